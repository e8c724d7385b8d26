// A square over a local preview, moved by mouse, touch, keys or the three sliders.
// The sliders are the form's fields; the square only shows and changes them.
const STEP = 0.02;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Cropper {
  constructor(root) {
    const part = (name) => root.querySelector(`[data-${name}]`);
    this.root = root;
    this.stage = part("stage");
    this.image = part("preview");
    this.square = part("square");
    this.corner = part("corner");
    this.view = part("view");
    this.x = root.querySelector("#crop_x");
    this.y = root.querySelector("#crop_y");
    this.size = root.querySelector("#crop_size");
    this.touched = false;
    this.changed = () => {}; // called when the picture is there, and whenever the square moves
    this.unreadable = () => {};
    this.suggested = Number(this.size.value);
    this.listen();
  }

  // A square that somebody chose already is kept by later suggestions.
  show(file, at = null) {
    if (this.image.src) URL.revokeObjectURL(this.image.src);
    this.at = at;
    this.touched = Boolean(at);
    this.image.src = URL.createObjectURL(file);
  }

  get crop() { return { x: +this.x.value, y: +this.y.value, size: +this.size.value }; }

  hide() { this.root.hidden = true; }

  // A size that fits the kind of photo, as long as the person has not moved the square.
  suggest(size) {
    this.suggested = size;
    if (!this.touched) this.set(0.5, 0.5, size);
  }

  listen() {
    this.image.addEventListener("load", () => {
      this.root.hidden = false;
      const { x, y, size } = this.at ?? { x: 0.5, y: 0.5, size: this.suggested };
      this.set(x, y, size);
    });
    // The browser can't show it; the server will say what is wrong with it.
    this.image.addEventListener("error", () => {
      this.hide();
      this.set(0.5, 0.5, 1);
      this.unreadable();
    });
    for (const range of [this.x, this.y, this.size]) {
      range.addEventListener("input", () => this.change(+this.x.value, +this.y.value, +this.size.value));
    }
    this.square.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    addEventListener("resize", () => this.draw());
  }

  // Half the square as fractions of width and height.
  half(size) {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const side = (size * Math.min(width, height)) / 2;
    return width ? [side / width, side / height] : [size / 2, size / 2];
  }

  change(x, y, size) {
    this.touched = true;
    this.set(x, y, size);
  }

  set(x, y, size) {
    size = clamp(size, Number(this.size.min), 1);
    const [w, h] = this.half(size);
    this.size.value = size;
    this.x.value = clamp(x, w, 1 - w);
    this.y.value = clamp(y, h, 1 - h);
    this.draw();
    this.changed();
  }

  key(event) {
    const step = event.shiftKey ? STEP / 4 : STEP;
    const [x, y, size] = [+this.x.value, +this.y.value, +this.size.value];
    const moves = {
      ArrowLeft: [x - step, y, size], ArrowRight: [x + step, y, size],
      ArrowUp: [x, y - step, size], ArrowDown: [x, y + step, size],
      "+": [x, y, size + step], "=": [x, y, size + step], "-": [x, y, size - step], "_": [x, y, size - step],
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !moves[event.key]) return;
    event.preventDefault();
    this.change(...moves[event.key]);
  }

  grab(event) {
    if (event.button) return;
    event.preventDefault();
    this.square.focus({ preventScroll: true });
    const resizing = event.target === this.corner;
    const at = this.fraction(event);
    if (!this.square.contains(event.target)) this.change(at.x, at.y, +this.size.value);
    const from = { x: +this.x.value - at.x, y: +this.y.value - at.y };
    const [w, h] = this.half(+this.size.value);
    const fixed = { x: +this.x.value - w, y: +this.y.value - h };
    // Where in the handle it was taken: the corner keeps that distance from the pointer.
    const grip = { x: +this.x.value + w - at.x, y: +this.y.value + h - at.y };
    const move = (next) => {
      const to = this.fraction(next);
      if (resizing) this.resizeTo(fixed, { x: to.x + grip.x, y: to.y + grip.y });
      else this.change(to.x + from.x, to.y + from.y, +this.size.value);
    };
    const stop = new AbortController();
    addEventListener("pointermove", move, { signal: stop.signal });
    for (const end of ["pointerup", "pointercancel"]) {
      addEventListener(end, () => stop.abort(), { signal: stop.signal });
    }
  }

  // The corner follows the pointer; the opposite corner stays where it is.
  resizeTo(fixed, to) {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const short = Math.min(width, height);
    const wanted = Math.max((to.x - fixed.x) * width, (to.y - fixed.y) * height);
    const most = Math.min((1 - fixed.x) * width, (1 - fixed.y) * height);
    const size = clamp(Math.min(wanted, most) / short, Number(this.size.min), 1);
    const [w, h] = this.half(size);
    this.change(fixed.x + w, fixed.y + h, size);
  }

  fraction(event) {
    const box = this.image.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  draw() {
    const [w, h] = this.half(+this.size.value);
    const [left, top] = [+this.x.value - w, +this.y.value - h];
    Object.assign(this.square.style, {
      left: `${100 * left}%`, top: `${100 * top}%`, width: `${200 * w}%`, height: `${200 * h}%`,
    });
    const { naturalWidth: width, naturalHeight: height } = this.image;
    if (!width) return;
    const context = this.view.getContext("2d");
    context.drawImage(this.image, left * width, top * height, 2 * w * width, 2 * h * height,
      0, 0, this.view.width, this.view.height);
  }
}
