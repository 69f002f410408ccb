/* Forms that survive a dead spot: <form data-outbox data-outbox-kind data-outbox-scope data-outbox-label>.
   Kept on the phone before being sent; sent once the network is back, even after the page was closed and opened again.
   Texts come from [data-outbox-status] (templates/components/outbox_status.html). Needs idb and outbox_store.js. */
"use strict";

(() => {
  const store = window.outboxStore;
  const status = document.querySelector("[data-outbox-status]");
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("outbox") : null;
  const shown = new Map(); // key of an item made on this page -> its form
  let sending = 0, sent = false, attempts = 0, timer = null, drawn = "", held = "";

  const text = (name) => (status && status.dataset[name]) || "";
  const failure = (data) => (data && (data.message || flatten(data.errors))) || "";
  const flatten = (errors) => (errors && typeof errors === "object" ? Object.values(errors).flat().join(" ") : errors || "");

  // --- What the person sees -------------------------------------------------------------------------------------
  const button = (label, style, action) => {
    const element = document.createElement("button");
    Object.assign(element, { type: "button", className: `btn ${style}`, textContent: label });
    element.addEventListener("click", action);
    return element;
  };

  const note = (level, lines, buttons = []) => {
    const box = document.createElement("div");
    box.className = `note note-${level} alert`;
    const content = box.appendChild(document.createElement("div"));
    lines.filter(Boolean).forEach((line) => { content.appendChild(document.createElement("div")).textContent = line; });
    content.append(...buttons);
    return box;
  };

  const title = (item) => [item.label, new Date(item.occurred_at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" })].filter(Boolean).join(" · ");

  const discard = (item) => button(text("textDiscard"), "btn-outline-danger", async () => {
    if (!window.confirm(text("textConfirmDiscard"))) return;
    await store.remove(item.key);
    changed();
  });

  const queuedNote = (waiting) => {
    const line = waiting.length === 1 ? text("textQueuedOne") : text("textQueued").replace("{n}", waiting.length);
    const buttons = [button(text("textRetry"), "btn-outline-primary", () => flush())];
    const hidden = waiting.map((item) => shown.get(item.key)).find((form) => form && form.hidden);
    if (hidden) buttons.push(button(text("textAnother"), "btn-link", () => another(hidden)));
    return note("warning", [held || line], buttons);
  };

  const problemNote = (item) => {
    const buttons = item.html ? [button(text("textReview"), "btn-outline-primary", () => review(item))] : [];
    return note("danger", [title(item), item.message || text(item.state === "invalid" ? "textInvalid" : "textRefused")], [...buttons, discard(item)]);
  };

  /** Forms of this page whose item another tab has sent, or has seen refused. */
  const reconcile = (items) => shown.forEach((form, key) => {
    const item = items.find((one) => one.key === key);
    if (item && item.state === "waiting") return;
    shown.delete(key);
    if (!item) { sent = true; form.reset(); }
    form.hidden = false;
    busy(form, false);
  });

  const draw = async () => {
    if (!status) return;
    const items = await store.all().catch(() => []);
    reconcile(items);
    const waiting = items.filter((item) => item.state === "waiting");
    const problems = items.filter((item) => item.state !== "waiting");
    const signature = JSON.stringify([sending > 0, sent, waiting.map((i) => [i.key, !!shown.get(i.key)?.hidden]), problems.map((i) => [i.key, i.message]), held]);
    if (signature === drawn) return; // a live region read again and again is noise
    drawn = signature;
    const notes = problems.map(problemNote);
    if (sending) notes.push(note("info", [text("textSending")]));
    else if (waiting.length) notes.push(queuedNote(waiting));
    else if (sent) notes.push(note("success", [text("textSent")]));
    status.replaceChildren(...notes);
    status.dataset.outboxWaiting = waiting.length;
    status.dataset.outboxProblems = problems.length;
  };

  const changed = () => { channel?.postMessage("changed"); return draw(); };

  // --- Forms ----------------------------------------------------------------------------------------------------
  const busy = (form, value) => {
    form.toggleAttribute("data-outbox-busy", value);
    form.querySelectorAll("[type=submit]").forEach((element) => { element.disabled = value; element.ariaBusy = String(value); });
  };

  const another = (form) => {
    shown.forEach((value, key) => { if (value === form) shown.delete(key); });
    form.reset();
    form.hidden = false;
    busy(form, false);
    form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    draw();
  };

  /** Give a form the files it was sent with: the server's version of it cannot hold them. files: [[name, file]]. */
  const putFiles = (form, files) => {
    new Set(files.map(([name]) => name)).forEach((name) => {
      const input = form.elements.namedItem(name);
      if (!input || typeof DataTransfer === "undefined") return;
      const transfer = new DataTransfer();
      files.forEach(([each, file]) => { if (each === name) transfer.items.add(file); });
      input.files = transfer.files;
    });
  };

  /** Put the server's version of a form, with its errors, in the place of `old` (or under the status). files: of a queued one. */
  const replace = (old, html, files = []) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const form = template.content.querySelector("form[data-outbox]");
    if (!form) return null;
    old?.querySelectorAll("input[type=file]").forEach((input) => {
      const next = form.elements.namedItem(input.name);
      if (next && input.files.length) next.files = input.files;
    });
    putFiles(form, files);
    if (old) old.replaceWith(template.content);
    else status.after(template.content);
    form.dispatchEvent(new CustomEvent("outbox:replaced", { bubbles: true }));
    const target = form.querySelector("[data-form-errors]") || form.querySelector(".is-invalid, [aria-invalid=true]") || form;
    target.focus();
    target.scrollIntoView({ block: "center" });
    return form;
  };

  const review = (item) => {
    const same = [...document.querySelectorAll("form[data-outbox]")].find((form) => form.dataset.outboxKind === item.kind);
    const form = replace(same, item.html, item.fields.filter(([, value]) => value instanceof Blob));
    if (form) Object.assign(form.dataset, { outboxReplaces: item.key, outboxOccurredAt: item.occurred_at });
  };

  const itemOf = (form, submitter) => {
    const fields = [...new FormData(form)].filter(([, value]) => !(value instanceof File) || value.name || value.size);
    if (submitter?.name) fields.push([submitter.name, submitter.value]);
    const { outboxKind: kind = "", outboxScope: scope = "", outboxLabel: label = "", outboxOccurredAt: then } = form.dataset;
    const action = new URL(submitter?.getAttribute("formaction") || form.getAttribute("action") || "", location.href);
    return {
      key: store.uuid(), kind, scope, label, action: action.pathname + action.search, state: "waiting", message: "", html: "",
      occurred_at: then || new Date().toISOString(), fields: fields.filter(([name]) => !["key", "occurred_at", "scope"].includes(name)),
    };
  };

  /** Without storage (private browsing), the browser sends the form by itself; offline, it stays on the screen. */
  const sendPlainly = (form, item, submitter) => {
    if (!navigator.onLine) {
      busy(form, false);
      status?.replaceChildren(note("danger", [text("textUnsaved")]));
      return;
    }
    const hidden = { key: item.key, occurred_at: item.occurred_at, ...(item.scope && { scope: item.scope }), ...(submitter?.name && { [submitter.name]: submitter.value }) };
    Object.entries(hidden).forEach(([name, value]) => {
      form.querySelectorAll(`input[type=hidden][name="${name}"]`).forEach((element) => element.remove());
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    });
    HTMLFormElement.prototype.submit.call(form);
  };

  const submit = async (form, submitter) => {
    const item = itemOf(form, submitter);
    busy(form, true);
    try {
      await store.put(item, form.dataset.outboxReplaces);
    } catch {
      sendPlainly(form, item, submitter);
      return;
    }
    delete form.dataset.outboxReplaces;
    delete form.dataset.outboxOccurredAt;
    shown.set(item.key, form);
    sent = false;
    navigator.storage?.persist?.().catch(() => {});
    await flush({ wait: true });
    if (shown.has(item.key)) await keep(item, form);
  };

  /** The form could not leave now: say so, and put it away so that it is not sent again by impatience. */
  const keep = async (item, form) => {
    const now = await store.get(item.key);
    if (now && now.state === "waiting") form.hidden = true;
    await draw();
    status?.scrollIntoView({ block: "nearest" });
  };

  // --- Sending --------------------------------------------------------------------------------------------------
  /** Do what the answer asks. Returns whether the browser is leaving for the receipt. */
  const settle = async (item, { result, data }) => {
    const form = shown.get(item.key);
    let leaving = false;
    if (result === "sent") {
      shown.delete(item.key);
      await store.remove(item.key);
      sent = true;
      leaving = Boolean(form) && arrive(form, data);
    } else if (result === "invalid" && form && !form.hidden && data.html && replace(form, data.html)) {
      await store.remove(item.key);
      shown.delete(item.key);
    } else if (result === "invalid" || result === "refused") {
      await store.put({ ...item, state: result, message: failure(data), html: (data && data.html) || "" });
      shown.delete(item.key);
      if (form) { form.hidden = false; busy(form, false); }
    }
    await changed();
    return leaving;
  };

  const arrive = (form, data) => {
    form.reset();
    const target = new URL(data.redirect || location.href, location.href);
    const ours = target.origin === location.origin;
    if (ours) location.assign(target);
    return ours;
  };

  const sendAll = async (again) => {
    let later = false;
    held = "";
    sending += 1;
    await draw();
    try {
      for (const item of await store.all()) {
        if (item.state === "invalid" || (item.state === "refused" && !again)) continue;
        const answer = await store.send(item);
        if (answer.result === "unreachable") { later = true; break; }
        if (answer.result === "failed") { later = true; held = failure(answer.data) || held; } // the server says why it takes no more now
        else if (await settle(item, answer)) break; // leaving this page: the next one sends the rest
      }
    } finally {
      sending -= 1;
      schedule(later);
      await changed();
    }
  };

  /** Send what waits; one tab at a time. wait: queue behind another tab. again: try refused items once more. */
  const flush = async ({ wait = false, again = false } = {}) => {
    const items = await store.all().catch(() => []);
    if (!items.some((item) => item.state === "waiting" || (again && item.state === "refused"))) return draw();
    if (!navigator.locks) return sendAll(again);
    return navigator.locks.request("lincassable-outbox", { ifAvailable: !wait }, (lock) => (lock ? sendAll(again) : draw()));
  };

  const schedule = (later) => {
    clearTimeout(timer);
    attempts = later ? attempts + 1 : 0;
    if (!later) return;
    const delay = Math.min(300, 5 * 2 ** (attempts - 1)) * (0.8 + 0.4 * Math.random()); // seconds
    timer = setTimeout(() => flush(), delay * 1000);
  };

  const wake = () => { if (document.visibilityState === "visible") flush(); };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-outbox]") || event.defaultPrevented || !store) return;
    event.preventDefault();
    if (!form.hasAttribute("data-outbox-busy")) submit(form, event.submitter);
  });
  window.addEventListener("online", () => { attempts = 0; flush(); });
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-outbox-busy]:not([hidden])").forEach((form) => busy(form, false));
    flush({ again: !event.persisted });
  });
  channel?.addEventListener("message", draw);
})();
