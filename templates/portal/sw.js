{% comment %}The service worker of /p/ and of /chauffeur/. Rendered by lincassable.pwa.service_worker; every value is JSON.{% endcomment %}/* Keeps the pages of one phone readable without network. Never a POST, never the address of a link's secret. */
"use strict";
const START_URL = {{ start_url_json }};
const ASSETS = {{ assets_json }};
const PAGES_TO_KEEP = {{ pages_json }};
const PREFIX = `lincassable:${START_URL}:`;
const STATIC = `${PREFIX}static:{{ version }}`;
const PAGES = `${PREFIX}pages:{{ version }}`;
const PATIENCE = 5000; // milliseconds before a kept page is shown while the network drags
const SECRET = /^\/[^/]+\/[A-Za-z0-9_-]{20,}\/?$/; // /p/<token>

const keepable = (response) => response && response.status === 200 && response.type === "basic" && !response.redirected;
const isPage = (response) => (response.headers.get("Content-Type") || "").startsWith("text/html"); // a photo is shown, not kept

async function keepPage(path) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin || !url.pathname.startsWith(START_URL) || SECRET.test(url.pathname)) return;
  const response = await fetch(url, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  if (keepable(response)) await (await caches.open(PAGES)).put(url, response);
}

self.addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open(STATIC)).addAll(ASSETS);
  await Promise.all(PAGES_TO_KEEP.map(keepPage));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== STATIC && name !== PAGES).map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

self.addEventListener("message", (event) => {
  if (event.data && event.data.keep) event.waitUntil(keepPage(event.data.keep));
});

async function fromNetwork(request, url) {
  const response = await fetch(request);
  const pages = await caches.open(PAGES);
  if (SECRET.test(url.pathname)) await caches.delete(PAGES); // another store's card: what was kept is not this phone's any more
  else if (keepable(response) && isPage(response)) await pages.put(request, response.clone());
  else if ([401, 403, 404, 410].includes(response.status)) await pages.delete(request);
  return response;
}

async function page(request, url) {
  const network = fromNetwork(request, url);
  const same = () => caches.match(request, { ignoreVary: true });
  const kept = async () => (await same()) || caches.match(new URL(START_URL, location.origin), { ignoreVary: true });
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE); }).then(same).then((hit) => hit || network);
  try {
    const response = await Promise.race([network, late]);
    return response.status >= 502 ? (await same()) || response : response; // the server is restarting
  } catch (error) {
    const hit = await kept();
    if (hit) return hit;
    throw error;
  }
}

async function asset(request) {
  const hit = await caches.match(request, { ignoreVary: true });
  if (hit) return hit;
  const response = await fetch(request);
  if (keepable(response)) await (await caches.open(STATIC)).put(request, response.clone());
  return response;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request, url));
  else if (url.pathname.startsWith({{ static_url_json }})) event.respondWith(asset(event.request));
});
