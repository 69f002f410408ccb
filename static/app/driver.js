/* The driver's tour in the dead spots: keeps the page of every stop still to do, and says which stops wait on this phone.
   Links to keep carry data-keep; notes to show carry data-queued (inside the stop) or data-queued-for (an address). */
"use strict";

(() => {
  const links = [...document.querySelectorAll("a[data-keep]")];

  const keep = () => {
    if (!("serviceWorker" in navigator) || !links.length || !navigator.onLine) return;
    navigator.serviceWorker.ready.then((registration) => {
      links.forEach((link) => registration.active.postMessage({ keep: link.pathname }));
    }).catch(() => {}); // no worker (private browsing): the pages work, online only
  };

  const showQueued = async () => {
    const items = await window.outboxStore?.all().catch(() => []) ?? [];
    const waiting = new Set(items.filter((item) => item.state === "waiting").map((item) => item.action));
    links.forEach((link) => {
      const note = link.parentElement.querySelector("[data-queued]");
      if (note) note.hidden = !waiting.has(link.pathname);
    });
    document.querySelectorAll("[data-queued-for]").forEach((note) => { note.hidden = !waiting.has(note.dataset.queuedFor); });
  };

  keep();
  showQueued();
  window.addEventListener("pageshow", showQueued);
  if ("BroadcastChannel" in window) new BroadcastChannel("outbox").addEventListener("message", showQueued);
})();
