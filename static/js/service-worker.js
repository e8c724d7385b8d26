// One page for when there is no connection. Nothing else is ever kept: no page of anybody, and no photo.
const OFFLINE = "/offline/";
const CACHE = "offline-1";

async function keep() {
  const cache = await caches.open(CACHE);
  // As nobody: what is kept belongs to no account.
  const page = await fetch(OFFLINE, { credentials: "omit", cache: "reload" });
  if (!page.ok) throw new Error(`${OFFLINE}: ${page.status}`);
  const html = await page.clone().text();
  const styles = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, address]) => address);
  await cache.addAll(styles);
  await cache.put(OFFLINE, page);
}

async function tidy() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});
addEventListener("activate", (event) => event.waitUntil(tidy()));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const kept = async (address) => (await caches.match(address)) ?? Response.error();
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => kept(OFFLINE)));
  else if (request.destination === "style") event.respondWith(fetch(request).catch(() => kept(request)));
});
