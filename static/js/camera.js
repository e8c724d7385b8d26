// The live picture with a guide ring and a faint earlier photo. What was taken goes where a chosen file goes.
import { advice, clear, show } from "./feedback.js";
import { say } from "./words.js";

// The ring's width in widths of the picture's shorter side; the square is laid around it.
export const RING = 0.6;
const PROBLEMS = { NotAllowedError: "camera_denied", SecurityError: "camera_denied", NotFoundError: "camera_none",
  OverconstrainedError: "camera_none" };
const WANTED = { audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1920 } } };

export async function hasCamera() {
  if (!navigator.mediaDevices?.getUserMedia || !window.HTMLDialogElement) return false;
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.some((device) => device.kind === "videoinput");
  } catch {
    return false;
  }
}

export class Camera {
  // `take(file)` gets each photo that is used; `problem` is where it is said what went wrong.
  constructor(dialog, problem, take) {
    const part = (name) => dialog.querySelector(`[data-${name}]`);
    Object.assign(this, { dialog, problem, take, stream: null, file: null, opening: 0 });
    this.stage = part("camera-stage");
    this.video = part("video");
    this.still = part("still");
    this.status = part("camera-status");
    this.shutter = part("shutter");
    this.torch = part("torch");
    this.ghost = part("ghost");
    this.ghostShown = part("ghost-shown");
    this.ghostOpacity = part("ghost-opacity");
    this.live = dialog.querySelectorAll("[data-live]");
    this.taken = part("taken-actions");
    this.listen(part);
  }

  listen(part) {
    for (const button of this.dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.dialog.close());
    }
    this.dialog.addEventListener("close", () => this.stop());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.shutter.addEventListener("click", () => this.shoot());
    this.torch.addEventListener("click", () => this.light(this.torch.getAttribute("aria-pressed") !== "true"));
    this.video.addEventListener("loadedmetadata", () => this.fit());
    this.still.addEventListener("load", () => this.judge());
    part("again").addEventListener("click", () => this.show(true));
    part("use").addEventListener("click", () => {
      this.take(this.file);
      this.dialog.close();
    });
    for (const control of [this.ghostShown, this.ghostOpacity]) {
      control?.addEventListener("input", () => this.drawGhost());
    }
    // The camera's light goes out when the person leaves.
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
  }

  leave() {
    if (!this.dialog.open) return;
    this.dialog.close();
    // The dialog says "close" a moment later; a page that is left may not come to it.
    this.stop();
  }

  async open() {
    const opening = (this.opening += 1);
    this.problem.textContent = "";
    this.dialog.showModal();
    this.show(true);
    this.shutter.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia(WANTED);
      // Closed, or opened anew, while the browser was asking.
      if (opening !== this.opening || !this.dialog.open) return end(stream);
      await this.start(stream);
    } catch (error) {
      if (opening === this.opening) this.fail(PROBLEMS[error.name] ?? "camera_busy");
    }
  }

  async start(stream) {
    this.stream = stream;
    this.video.srcObject = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.stream === stream && this.fail("camera_lost"));
    this.torch.hidden = !track.getCapabilities?.().torch;
    const image = this.ghost?.querySelector("image");
    image?.setAttribute("href", image.dataset.href);
    await this.video.play();
    this.shutter.disabled = false;
    this.shutter.focus();
  }

  fail(name) {
    this.dialog.close();
    this.problem.textContent = say(name);
  }

  stop() {
    this.opening += 1;
    if (this.stream) end(this.stream);
    this.stream = this.video.srcObject = null;
    this.torch.setAttribute("aria-pressed", "false");
    this.forget();
  }

  forget() {
    if (this.still.src) URL.revokeObjectURL(this.still.src);
    this.still.removeAttribute("src");
    this.file = null;
    clear(this.status);
  }

  // The live picture, or the photo just taken.
  show(live) {
    if (live) this.forget();
    this.still.hidden = live;
    this.taken.hidden = live;
    for (const part of this.live) part.hidden = !live;
    this.drawGhost(live);
    if (live && this.stream) this.shutter.focus();
  }

  // The ring keeps its place over the picture whatever the picture's shape.
  fit() {
    const { videoWidth: width, videoHeight: height } = this.video;
    this.stage.style.aspectRatio = `${width} / ${height}`;
    this.stage.style.setProperty("--shape", width / height);
    this.stage.style.setProperty("--ring", `${(100 * RING * Math.min(width, height)) / width}%`);
  }

  drawGhost(live = true) {
    if (!this.ghost) return;
    this.ghost.toggleAttribute("hidden", !live || !this.ghostShown.checked);
    this.ghost.style.opacity = Number(this.ghostOpacity.value) / 100;
    this.ghostOpacity.disabled = !this.ghostShown.checked;
  }

  key(event) {
    const alone = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    const own = event.target.closest("button, [type=checkbox]");
    if (!alone || own || !["Enter", " "].includes(event.key) || !this.taken.hidden) return;
    event.preventDefault();
    this.shoot();
  }

  shoot() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (this.shutter.disabled || !width) return;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    canvas.toBlob((blob) => {
      if (!this.dialog.open) return;
      const now = new Date();
      const name = `camera-${now.toISOString().slice(0, 19).replace(/\D/g, "-")}.jpg`;
      this.show(false);
      this.file = new File([blob], name, { type: "image/jpeg", lastModified: now.getTime() });
      this.still.src = URL.createObjectURL(this.file);
      this.taken.querySelector("button").focus();
    }, "image/jpeg", 0.95);
  }

  judge() { show(this.status, advice(this.still, { x: 0.5, y: 0.5, size: RING })); }

  async light(on) {
    const [track] = this.stream?.getVideoTracks() ?? [];
    try {
      await track?.applyConstraints({ advanced: [{ torch: on }] });
      this.torch.setAttribute("aria-pressed", String(on));
    } catch {
      this.torch.hidden = true;
    }
  }
}

function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}
