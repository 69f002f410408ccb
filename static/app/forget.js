/* On the page to sign in, nobody is signed in on this device: what its service worker kept of the pages under [data-forget] goes.
   Forms that were filled in and not sent (IndexedDB, see outbox_store.js) stay. Notes: [data-forgotten], [data-unsent]. Needs idb and outbox_store.js. */
"use strict";

(() => {
  const box = document.querySelector("[data-forget]");
  if (!box) return;
  const folder = box.dataset.forget;

  /** Delete the kept pages. Returns whether there were any. */
  const forget = async () => {
    if (!("caches" in window)) return false;
    const names = (await caches.keys()).filter((name) => name.startsWith(`lincassable:${folder}:pages:`));
    let pages = 0;
    for (const name of names) {
      pages += (await (await caches.open(name)).keys()).length;
      await caches.delete(name);
    }
    return pages > 0;
  };

  /** Whether filled-in forms of these pages wait on this phone. */
  const waits = async () => (await window.outboxStore.all()).some((item) => item.action.startsWith(folder));

  const show = (name, yes) => {
    box.querySelector(name).hidden = !yes;
    if (yes) box.hidden = false;
  };

  forget().catch(() => false).then((were) => show("[data-forgotten]", were))
    .then(waits).catch(() => false).then((wait) => show("[data-unsent]", wait))
    .then(() => { box.dataset.done = "1"; });
})();
