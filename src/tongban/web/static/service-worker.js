/* Answers where no network does, with the one page that says so. It keeps that page and what it is drawn with (SHELL,
   written above by the server); no page of a person ever comes into a cache. Installed only when a person asks. */
"use strict";
const CACHE = `tongban-shell-${VERSION}`;
const kept = (request) => caches.match(request, { cacheName: CACHE, ignoreVary: true }).then((found) => found || Response.error());

self.addEventListener("install", (event) => {
  const wanted = SHELL.map((address) => new Request(address, { credentials: "omit", cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("tongban-shell-") && name !== CACHE);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => kept("/offline")));
  else if (SHELL.includes(pathname)) event.respondWith(fetch(request).catch(() => kept(pathname)));
});
