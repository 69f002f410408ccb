/* Registers the service worker named by <body data-sw-url data-sw-scope>, and keeps this page for the dead spots. */
"use strict";

(() => {
  const { swUrl, swScope } = document.body.dataset;
  if (!swUrl || !("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(swUrl, { scope: swScope }).then(() => navigator.serviceWorker.ready).then((registration) => {
    // The very first page was loaded before the worker was there to keep it.
    if (!navigator.serviceWorker.controller) registration.active.postMessage({ keep: location.pathname });
    document.body.dataset.swReady = "1";
  }).catch(() => {}); // no worker (private browsing): the pages work, online only
})();
