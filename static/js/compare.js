// Three ways to look at two photos. Without this script they stand side by side.
const root = document.querySelector("[data-compare]");
const share = root.querySelector("[data-share]");
const later = root.querySelector("[data-later]");
const turned = root.querySelector("[data-turned]");
const clip = root.querySelector("[data-clip]");
const divider = root.querySelector("[data-divider]");
const label = root.querySelector("[data-share-label]");
const aligned = root.querySelector("[data-align]");
const modes = root.querySelector("[data-modes]");

const mode = () => modes.querySelector(":checked").value;

function draw() {
  const value = Number(share.value);
  const swiping = mode() === "swipe";
  for (const part of root.querySelectorAll("[data-mode]")) {
    part.hidden = !part.dataset.mode.split(" ").includes(mode());
  }
  // Divided, the earlier photo is on the left of the line, as earlier is on a time line.
  clip.setAttribute("x", swiping ? value : 0);
  clip.setAttribute("width", swiping ? 100 - value : 100);
  later.setAttribute("opacity", swiping ? 1 : value / 100);
  divider.toggleAttribute("hidden", !swiping);
  divider.setAttribute("x1", value);
  divider.setAttribute("x2", value);
  label.textContent = swiping ? label.dataset.swipe : label.dataset.over;
  if (aligned?.checked) turned.setAttribute("transform", turned.dataset.matrix);
  else turned.removeAttribute("transform");
}

modes.hidden = false;
for (const control of [modes, share, aligned]) control?.addEventListener("input", draw);
// A browser that comes back to the page keeps what was chosen.
addEventListener("pageshow", draw);
draw();
