// The page for when there is no connection; a browser without service workers does without it.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
