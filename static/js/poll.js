// Asks the API how the prediction stands, and reloads the page once it is done.
const panel = document.querySelector("[data-poll]");
const title = panel.querySelector("[data-poll-title]");
const text = panel.querySelector("[data-poll-text]");
// What it says stands on the page, in the page's language.
const { queued, running, slow, offline } = panel.dataset;
const TITLES = { queued, running };
const FIRST_MS = 1000, LONGEST_MS = 5000, SLOWER = 1.15;
const started = Date.now();
let pause = FIRST_MS;

const say = (words) => { if (words && text.textContent !== words) text.textContent = words; };

function show(prediction) {
  title.textContent = TITLES[prediction.status] ?? title.textContent;
  for (const stage of panel.querySelectorAll("[data-stage-name]")) {
    stage.toggleAttribute("aria-current", stage.dataset.stageName === prediction.status);
    if (stage.hasAttribute("aria-current")) stage.setAttribute("aria-current", "step");
  }
  if (prediction.reason) say(prediction.reason);
  else if (Date.now() - started > 30000) say(slow);
}

async function ask() {
  try {
    const response = await fetch(panel.dataset.poll, { headers: { Accept: "application/json" }, cache: "no-store" });
    if ([401, 403, 404].includes(response.status)) return location.reload();
    if (response.ok) {
      const prediction = await response.json();
      if (prediction.terminal) return location.reload();
      show(prediction);
    }
  } catch {
    say(offline);
  }
  pause = Math.min(pause * SLOWER, LONGEST_MS);
  setTimeout(ask, pause);
}

setTimeout(ask, pause);
