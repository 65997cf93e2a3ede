/** Answers with the files of this build, with a network or without. The build fills in which. */
const FILES = __FILES__;
const CACHE = `kindred-${__VERSION__}`;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  const outdated = (name) => name.startsWith('kindred-') && name !== CACHE;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(outdated).map((name) => caches.delete(name)))),
  );
});

self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const options = { cacheName: CACHE, ignoreSearch: event.request.mode === 'navigate', ignoreVary: true };
  event.respondWith(caches.match(event.request, options).then((kept) => kept ?? fetch(event.request)));
});
