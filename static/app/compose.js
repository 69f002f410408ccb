/* Composing a tour (templates/pickups/admin/compose.html). Every gesture is a button of a plain form; here the same request is sent in the
   background and the plan's fragment swapped in. What somebody is typing in one row stays when the answer about another one comes.

   data-compose                 the whole; data-offline: what to say when no answer comes
   data-compose-form            a form whose buttons are gestures
   data-compose-auto            a field whose change is a gesture (the form's own button is pressed)
   data-compose-plain           a button that only those without this script need
   data-compose-live            holds data-compose-plan, which carries data-said (for the live region), data-mark and data-refused
   data-stop, data-part         a row of the plan, and the parts of it that are refreshed even while somebody types in it */
"use strict";

(() => {
  const root = document.querySelector("[data-compose]");
  if (!root) return;
  const live = root.querySelector("[data-compose-live]");
  const said = root.querySelector("[data-compose-said]");
  const places = root.querySelector("[data-compose-places]");
  const filter = root.querySelector("[data-compose-filter]");
  const list = () => live.querySelector("[data-compose-stops]");
  const stopsForm = () => live.querySelector("[data-compose-stops-form]");
  let queue = Promise.resolve();

  const say = (text) => {
    said.textContent = "";
    requestAnimationFrame(() => { said.textContent = text; });
  };

  const stops = () =>
    [...live.querySelectorAll("[data-stop]")].map((row, index) => ({
      id: row.dataset.stop,
      number: index + 1,
      at: row.dataset.lat ? [Number(row.dataset.lat), Number(row.dataset.lon)] : null,
    }));

  // -- swapping the plan in

  const replacePart = (from, to, name) => {
    const [old, fresh] = [from.querySelector(`[data-part="${name}"]`), to.querySelector(`[data-part="${name}"]`)];
    if (old && fresh) old.replaceWith(fresh);
  };

  const rowFor = (fresh) => {
    const old = live.querySelector(`[data-stop="${fresh.dataset.stop}"]`);
    const typing = old && ("dirty" in old.dataset || old.contains(document.activeElement));
    if (!old || fresh.dataset.refused !== undefined || !typing) return fresh;
    ["number", "way", "tag", "other", "warnings"].forEach((name) => replacePart(old, fresh, name));
    if (!("dirty" in old.dataset)) ["mark", "was"].forEach((name) => replacePart(old, fresh, name));
    old.className = fresh.className;
    return old;
  };

  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-compose-plan]");
    if (!fresh) return false;
    const now = live.querySelector("[data-compose-plan]");
    const focused = document.activeElement;
    const key = focused && live.contains(focused) && (focused.id || (focused.name ? `${focused.name}|${focused.type === "submit" ? focused.value : ""}` : ""));
    if (fresh.querySelector('[data-part="sent"]') && !now.querySelector('[data-part="sent"]')) live.replaceChildren(fresh);
    else {
      ["errors", "sent", "title", "empty", "seen"].forEach((name) => replacePart(now, fresh, name));
      if (!now.querySelector('[data-part="summary"]').contains(focused) || !focused.matches("input")) replacePart(now, fresh, "summary");
      const rows = [...fresh.querySelectorAll("[data-stop]")].map(rowFor);
      list().replaceChildren(...rows);
      ["said", "mark"].forEach((name) => { now.dataset[name] = fresh.dataset[name]; });
      now.toggleAttribute("data-refused", fresh.hasAttribute("data-refused"));
    }
    tidy();
    refocus(focused, key);
    say(fresh.dataset.said || live.querySelector('[role="alert"]')?.textContent.trim() || "");
    afterSwap();
    return true;
  };

  const refocus = (focused, key) => {
    if (!key || document.activeElement === focused) return;
    if (live.contains(focused)) return focused.focus();
    const [name, value] = key.split("|");
    const wanted = document.getElementById(key) ||
      [...live.querySelectorAll("[name]")].find((field) => field.name === name && (!value || field.value === value)) ||
      live.querySelector("[data-stop] button");
    wanted?.focus();
  };

  const afterSwap = () => {
    const now = stops();
    map?.draw(now);
    const chosen = new Set(now.map((stop) => stop.id));
    places.querySelectorAll("[data-place]").forEach((row) => { row.hidden = chosen.has(row.dataset.place); });
  };

  // -- sending a gesture

  const send = (action, body) => {
    queue = queue.then(async () => {
      const [data, typed] = body();
      live.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(action, { method: "POST", body: data, headers: { "X-Requested-With": "compose" } });
        if (response.redirected) location.assign(response.url); // the tour was closed or cancelled meanwhile
        else if (!swap(await response.text())) throw new Error(String(response.status));
      } catch {
        typed.forEach((row) => { row.dataset.dirty = ""; });
        const alert = document.createElement("div");
        alert.className = "compose-alert is-danger";
        alert.setAttribute("role", "alert");
        alert.textContent = root.dataset.offline;
        live.querySelector('[data-part="errors"]').replaceChildren(alert);
      } finally {
        live.removeAttribute("aria-busy");
      }
    });
    return queue;
  };

  const gesture = (form, verb, extra = {}) =>
    send(form.getAttribute("action"), () => {
      const data = new FormData();
      data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      data.set("plan_seen", live.querySelector("[data-compose-plan]").dataset.mark);
      data.set("do", verb);
      Object.entries(extra).forEach(([name, value]) => data.set(name, value));
      const target = live.querySelector(`[data-stop="${verb.split(":")[1]}"] [data-part="mark"]`);
      if (target) data.set(target.name, target.value);
      // Rows in which somebody has typed go along, so that nothing typed waits.
      const typed = [...live.querySelectorAll("[data-stop][data-dirty]")];
      typed.forEach((row) => {
        row.querySelectorAll("input").forEach((input) => data.set(input.name, input.value));
        delete row.dataset.dirty;
      });
      return [data, typed];
    });

  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-compose-form]") || !event.submitter) return;
    event.preventDefault();
    const verb = event.submitter.value || "save";
    const own = verb === "tour" ? Object.fromEntries([...new FormData(form)].filter(([name]) => name === "vehicle" || name === "departs_at")) : {};
    if (verb.startsWith("add:")) nextPlace(event.submitter);
    gesture(form, verb, own);
  });

  const nextPlace = (button) => {
    const row = button.closest("[data-place]");
    const next = [...places.querySelectorAll("[data-place]")].find((other) => !other.hidden && row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
    (next?.querySelector("button") || places).focus();
  };

  root.addEventListener("input", (event) => {
    const row = event.target.closest("[data-stop]");
    if (row) row.dataset.dirty = "";
  });

  root.addEventListener("change", (event) => {
    if (event.target.matches("[data-compose-auto]")) event.target.form.requestSubmit(event.target.form.querySelector("[name=do]"));
    const row = event.target.closest("[data-stop]");
    if (row && event.target.reportValidity()) gesture(stopsForm(), "save");
  });

  // -- dragging a stop to its place

  let dragged = null;
  root.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.("[data-compose-handle]");
    if (!handle) return;
    dragged = handle.closest("[data-stop]");
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.name);
    event.dataTransfer.setDragImage(dragged, 20, 20);
  });
  root.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-stop]");
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged || over.classList.contains("is-visited")) return;
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? "after" : "before"](dragged);
  });
  root.addEventListener("drop", (event) => dragged && event.preventDefault());
  root.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("is-dragged");
    const moved = dragged.dataset.stop;
    dragged = null;
    gesture(stopsForm(), `order:${moved}`, { order: stops().map((stop) => stop.id).join(",") });
  });

  // -- the list of places

  const show = async (query) => {
    try {
      const response = await fetch(`${location.pathname}${query}`, { headers: { "X-Requested-With": "compose" } });
      if (!response.ok) throw new Error(String(response.status));
      places.innerHTML = await response.text();
      history.replaceState(null, "", query);
      afterSwap();
    } catch {
      location.assign(query);
    }
  };
  const query = () => `?${new URLSearchParams(new FormData(filter))}`;
  let timer = 0;
  const filtered = () => {
    show(query());
    map?.load(query());
  };
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    filtered();
  });
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filtered, 300);
  });
  places.addEventListener("click", (event) => {
    const more = event.target.closest("[data-compose-more]");
    if (!more) return;
    event.preventDefault();
    show(more.getAttribute("href"));
  });

  // -- the start

  const tidy = () => root.querySelectorAll("[data-compose-plain]").forEach((element) => { element.hidden = true; });
  let map = null;
  tidy();
  const ground = root.querySelector("[data-compose-map]");
  if (window.L && window.composeMap) {
    map = window.composeMap(ground, (id) => gesture(stopsForm(), `add:${id}`));
    map.draw(stops());
    map.load(query()).finally(() => { root.dataset.ready = ""; });
  } else root.dataset.ready = "";
})();
