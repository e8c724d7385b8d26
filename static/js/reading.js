// Single keys and zoom of the reading room. Without this script Tab, arrows and Enter do the same, and a link
// opens the photo alone.
const LARGEST = 12;
const STORED = "reading-keys";
const frame = document.querySelector("[data-frame]");
const keys = document.querySelector("[data-keys-switch] input");

function remembered() {
  try { return localStorage.getItem(STORED) !== "off"; } catch { return true; }
}

function remember(on) {
  try { localStorage.setItem(STORED, on ? "on" : "off"); } catch { /* it holds for this page, then */ }
}

let scale = 1;

// What is in the middle stays there.
function zoom(factor) {
  const svg = frame.querySelector("svg");
  const x = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth;
  const y = (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight;
  scale = factor ? Math.min(Math.max(scale * factor, 1), LARGEST) : 1;
  frame.classList.toggle("zoomed", scale > 1);
  svg.style.width = `${100 * scale}%`;
  frame.scrollTo(x * frame.scrollWidth - frame.clientWidth / 2, y * frame.scrollHeight - frame.clientHeight / 2);
}

if (frame) {
  document.querySelector("[data-zoom-buttons]").hidden = false;
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }
}

if (keys) {
  keys.checked = remembered();
  keys.closest("[data-keys-switch]").hidden = false;
  keys.addEventListener("change", () => remember(keys.checked));
}

const typing = (element) => element.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");
const acts = (element) => element.closest?.("a, button, summary, input[type=checkbox]");

// On some keyboards + lies on =, and a number pad has its own.
function wanted(key) {
  const name = key === "=" ? "+" : key.toLowerCase();
  const found = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === name);
  // What stands in a closed part of the page is not meant.
  return found.find((one) => one.checkVisibility?.() ?? one.offsetParent);
}

function press(target) {
  const field = target.control;
  if (field) field.focus();
  if (!field || field.type === "radio") target.click();
}

function main() {
  const open = document.querySelector("details[open] [data-enter]");
  return open ?? document.querySelector("[data-enter]");
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.repeat || event.altKey || event.metaKey) return;
  if (key === "Escape" && typing(target)) return target.blur();
  if (key === "Enter") {
    if (acts(target) || (typing(target) && !event.ctrlKey)) return;
    event.preventDefault();
    return main()?.click();
  }
  if (event.ctrlKey || typing(target) || !(keys?.checked)) return;
  const element = wanted(key);
  if (!element) return;
  event.preventDefault();
  press(element);
});
