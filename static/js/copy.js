import { say } from "./words.js";

// Copies the link; where the browser refuses, it is selected so that the keyboard can copy it.
const from = document.querySelector("[data-copy-from]");
const button = document.querySelector("[data-copy]");
const said = document.querySelector("[data-copied]");
button.hidden = false;
button.addEventListener("click", async () => {
  from.select();
  try {
    await navigator.clipboard.writeText(from.value);
    said.textContent = say("copied");
  } catch {
    said.textContent = say("selected");
  }
});
