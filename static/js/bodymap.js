// The pin on the body map. Without this script the list of places does the same.
const STEP = 3;
const root = document.querySelector("[data-body-map]");
const PLACES = JSON.parse(root.dataset.bodyMap);
const select = root.querySelector("select");
const field = Object.fromEntries(["view", "x", "y"].map((name) => [name, root.querySelector(`[name=body_${name}]`)]));
const figures = [...root.querySelectorAll("[data-figure]")];
const words = (name) => root.querySelector(`[data-${name}]`).textContent;
const status = root.querySelector("[data-map-status]");
const { width, height } = figures[0].viewBox.baseVal;

const pin = document.createElementNS("http://www.w3.org/2000/svg", "circle");
for (const [name, value] of Object.entries({
  class: "pin", r: 7, tabindex: 0, role: "application", "aria-label": words("pin-name"), "aria-describedby": "map-help",
})) pin.setAttribute(name, value);

const bodyOf = (figure) => figure.querySelector("[data-body]");

function onBody(figure, x, y) {
  const point = figure.createSVGPoint();
  Object.assign(point, { x: x * width, y: y * height });
  return bodyOf(figure).isPointInFill(point);
}

function nearest(view, x, y) {
  const far = ([, place]) => Math.hypot((place.x - x) * width, (place.y - y) * height);
  return Object.entries(PLACES).filter(([, place]) => place.view === view).sort((a, b) => far(a) - far(b))[0][0];
}

function draw() {
  const figure = figures.find((one) => one.dataset.figure === field.view.value);
  if (!figure) return pin.remove();
  pin.setAttribute("cx", field.x.value * width);
  pin.setAttribute("cy", field.y.value * height);
  if (pin.parentNode !== figure) figure.append(pin);
}

// A point beside the body is not taken: the pin stays where it was.
function place(figure, x, y) {
  if (!onBody(figure, x, y)) return;
  Object.assign(field.view, { value: figure.dataset.figure });
  field.x.value = x.toFixed(4);
  field.y.value = y.toFixed(4);
  select.value = nearest(field.view.value, x, y);
  draw();
}

const say = () => { status.textContent = select.value ? select.selectedOptions[0].text : words("no-pin"); };

select.addEventListener("change", () => {
  const chosen = PLACES[select.value];
  for (const name of ["view", "x", "y"]) field[name].value = chosen ? chosen[name] : "";
  draw();
  say();
});

pin.addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const [dx, dy] = moves[event.key] ?? [];
  if (dx === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const step = event.shiftKey ? STEP / 3 : STEP;
  place(pin.ownerSVGElement, +field.x.value + (dx * step) / width, +field.y.value + (dy * step) / height);
  pin.focus();
  say();
});

const at = (figure, event) => {
  const box = figure.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};

// A click, not a press: a finger that scrolls the page must not move the pin.
for (const figure of figures) {
  figure.addEventListener("click", (event) => {
    if (event.target === pin) return;
    place(figure, ...at(figure, event));
    say();
  });
}

pin.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  pin.focus({ preventScroll: true });
  const figure = pin.ownerSVGElement;
  const stop = new AbortController();
  addEventListener("pointermove", (next) => place(figure, ...at(figure, next)), { signal: stop.signal });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => { stop.abort(); say(); }, { signal: stop.signal });
  }
});

root.querySelector("[data-map]").hidden = false;
draw();
