// Asks the API how far the export is, and reloads the page once it is made or given up.
const panel = document.querySelector("[data-export]");
const title = panel.querySelector("[data-export-title]");
const bar = panel.querySelector("progress");
const text = panel.querySelector("[data-export-text]");
const PAUSE_MS = 1500;

const say = (words) => { if (text.textContent !== words) text.textContent = words; };

function show(state) {
  if (state.status === "running") title.textContent = panel.dataset.running;
  if (state.photo_count === null) return;
  bar.max = Math.max(state.photo_count, 1);
  bar.value = state.photo_count ? state.photos_done : 1;
  say(panel.dataset.words.replace("__done__", state.photos_done).replace("__count__", state.photo_count));
}

async function ask() {
  try {
    const response = await fetch(panel.dataset.export, { headers: { Accept: "application/json" }, cache: "no-store" });
    if ([401, 403, 404].includes(response.status)) return location.reload();
    if (response.ok) {
      const state = await response.json();
      if (state.terminal) return location.reload();
      show(state);
    }
  } catch {
    say(panel.dataset.offline);
  }
  setTimeout(ask, PAUSE_MS);
}

setTimeout(ask, PAUSE_MS);
