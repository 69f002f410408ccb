/* The queue of forms kept on this phone (IndexedDB), and how one of them is sent.
   An item: {key, kind, scope, label, action, fields: [[name, value or File]], occurred_at, state, message, html}.
   state: "waiting" (to be sent), "invalid" (the server wants it corrected), "refused" (kept until it is accepted or deleted). */
"use strict";

window.outboxStore = (() => {
  const TIMEOUT = 30000; // milliseconds, for a form without files
  const SLOWEST = 10; // bytes a millisecond: what a photo may take over a bad network
  let opening = null;

  const database = () => {
    opening ||= idb.openDB("lincassable", 1, {
      upgrade: (db) => db.createObjectStore("outbox", { keyPath: "key" }),
      terminated: () => { opening = null; },
    }).catch((error) => { opening = null; throw error; });
    return opening;
  };

  /** A random UUID (version 4); crypto.randomUUID is missing on plain HTTP and on older phones. */
  const uuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  /** All items, oldest first. */
  const all = async () => {
    const items = await (await database()).getAll("outbox");
    return items.sort((a, b) => a.occurred_at.localeCompare(b.occurred_at));
  };

  /** Write an item; `instead`, the key of an item it corrects, goes in the same transaction. */
  const put = async (item, instead = "") => {
    const transaction = (await database()).transaction("outbox", "readwrite", { durability: "strict" });
    if (instead) transaction.store.delete(instead);
    transaction.store.put(item);
    await transaction.done;
  };

  const get = async (key) => (await database()).get("outbox", key);
  const remove = async (key) => (await database()).delete("outbox", key);

  const body = (item) => {
    const data = new FormData();
    item.fields.forEach(([name, value]) => data.append(name, value));
    data.set("key", item.key);
    data.set("occurred_at", item.occurred_at);
    if (item.scope) data.set("scope", item.scope);
    return data;
  };

  const read = async (response) => {
    if (!(response.headers.get("Content-Type") || "").includes("json")) return null;
    return response.json().catch(() => null);
  };

  /** Send one item. Returns {result, data}; result: "sent", "invalid", "refused", "unreachable" or "failed" (try again later). */
  const send = async (item) => {
    const abort = new AbortController();
    const bytes = item.fields.reduce((sum, [, value]) => sum + (value.size || 0), 0);
    const timer = setTimeout(() => abort.abort(), TIMEOUT + bytes / SLOWEST);
    try {
      const response = await fetch(item.action, {
        method: "POST", body: body(item), credentials: "same-origin", cache: "no-store", redirect: "manual", signal: abort.signal,
        headers: { Accept: "application/json", "Idempotency-Key": item.key },
      });
      const data = await read(response);
      // A shop's Wi-Fi portal answers 200 with its own page: only our JSON means that the form has arrived.
      if (response.ok) return { result: data ? "sent" : "failed", data };
      if (response.status === 0 || response.status >= 500 || [408, 425, 429].includes(response.status)) return { result: "failed", data };
      if ([400, 422].includes(response.status) && data && (data.html || data.errors)) return { result: "invalid", data };
      return { result: "refused", data };
    } catch {
      return { result: "unreachable", data: null };
    } finally {
      clearTimeout(timer);
    }
  };

  return { uuid, all, put, get, remove, send };
})();
