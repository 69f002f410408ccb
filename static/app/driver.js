/* The driver's tour in the dead spots: keeps the page of every stop still to do, and says which stops wait on this phone.
   Links to keep carry data-keep; notes to show carry data-queued (inside the stop), data-queued-for (an address) or data-unsent-sum.
   Also the search among the places of a stop added on the way (data-choose-store). */
"use strict";

(() => {
  const links = [...document.querySelectorAll("a[data-keep]")];
  const onTour = Boolean(document.querySelector("[data-tour-page]"));
  const STALE = 60000; // milliseconds after which the list is fetched again: another phone may have recorded a stop
  const loaded = Date.now();
  let kept = 0; // forms on this phone, refused ones too: another link may let them leave

  const keep = () => {
    if (!("serviceWorker" in navigator) || !links.length || !navigator.onLine) return;
    navigator.serviceWorker.ready.then((registration) => {
      links.forEach((link) => registration.active.postMessage({ keep: link.pathname }));
    }).catch(() => {}); // no worker (private browsing): the pages work, online only
  };

  const typing = () => document.activeElement?.matches("input, textarea, select") || document.querySelector("[data-form-errors]");
  const refresh = () => { if (onTour && navigator.onLine && !typing()) location.reload(); };

  const showQueued = async () => {
    const items = await window.outboxStore?.all().catch(() => []) ?? [];
    const waiting = new Set(items.filter((item) => item.state === "waiting").map((item) => item.action));
    links.forEach((link) => {
      const note = link.parentElement.querySelector("[data-queued]");
      if (note) note.hidden = !waiting.has(link.pathname);
    });
    document.querySelectorAll("[data-queued-for]").forEach((note) => { note.hidden = !waiting.has(note.dataset.queuedFor); });
    document.querySelectorAll("[data-unsent-sum]").forEach((note) => { note.hidden = !waiting.size; });
    if (items.length < kept) refresh(); // what was sent shows on the list
    kept = items.length;
  };

  const search = (box) => {
    const select = box.querySelector("select");
    const filter = box.querySelector("[data-store-filter]");
    const input = filter.querySelector("input");
    const state = box.querySelector("[data-store-state]");
    const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    const options = [...select.options];
    filter.hidden = false;
    input.addEventListener("input", () => {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      const chosen = select.value;
      const found = options.filter((option) => option.value && words.every((word) => plain(option.textContent).includes(word)));
      select.replaceChildren(options[0], ...found);
      select.value = found.some((option) => option.value === chosen) ? chosen : found.length === 1 && words.length ? found[0].value : "";
      state.textContent = found.length ? box.dataset.textFound.replace("{n}", found.length) : box.dataset.textNothing;
    });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); }); // it searches, it does not send
  };

  const searches = () => document.querySelectorAll("[data-choose-store]").forEach((box) => {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    search(box);
  });

  keep();
  searches();
  showQueued();
  document.addEventListener("outbox:replaced", searches);
  window.addEventListener("pageshow", showQueued);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - loaded > STALE && !kept) refresh();
  });
  if ("BroadcastChannel" in window) new BroadcastChannel("outbox").addEventListener("message", showQueued);
})();
