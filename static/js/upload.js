// The upload form: choosing, dropping or taking photos, and sending one with progress; several.js sends more.
// Without this script the form works as a plain one.
import { Camera, hasCamera, RING } from "./camera.js";
import { Cropper } from "./cropper.js";
import { advice, clear, show } from "./feedback.js";
import { post } from "./sending.js";
import { Several } from "./several.js";
import { megabytes, paragraph, say } from "./words.js";

const LOOK_AFTER_MS = 200; // once the square rests
const form = document.querySelector("[data-upload]");
const input = form.querySelector('input[type="file"]');
const button = form.querySelector('button[type="submit"]');
const sending = form.querySelector("[data-sending]");
const status = form.querySelector("[data-status]");
const drop = form.querySelector("[data-drop]");
const ofOne = form.querySelector("[data-of-one]");
const feedback = form.querySelector("[data-feedback]");
const title = form.querySelector("[data-cropper-title]");
const cameraButton = form.querySelector("[data-camera]");
const cropper = new Cropper(form.querySelector("[data-cropper]"));
const several = input.multiple ? new Several(form, { place, problem: problemOf, left: choose, locked: close }) : null;
const shots = new WeakSet(); // photos of the camera: their square is the ring's
const plainTitle = title.textContent;
let chosen = [];
let current = null; // the one of several whose square is shown
let looking;

// What keeps one file from being sent at all; "" where nothing does.
function problemOf(file) {
  const most = Number(form.dataset.maxBytes);
  if (file.size > most) return say("too_large", { has: megabytes(file.size), most: megabytes(most) });
  return file.type && !file.type.startsWith("image/") ? say("no_photo") : "";
}

function problemWith(files) {
  const most = Number(input.dataset.most ?? 1);
  if (!files.length) return say("none");
  if (files.length > most) return most > 1 ? say("too_many", { count: files.length, most }) : say("one_only");
  return files.length === 1 ? problemOf(files[0]) : "";
}

function setError(field, ...content) {
  const box = document.getElementById(`${field}_error`);
  box.replaceChildren(...content);
  const control = document.getElementById(field) ?? form.querySelector(`[id^="${field}_"]:is(input)`);
  control?.setAttribute("aria-invalid", String(content.length > 0));
  if (content.length && control) control.setAttribute("aria-describedby", box.id);
}

function choose(files) {
  const problem = files.length ? problemWith(files) : "";
  setError(input.id, ...(problem ? [paragraph(problem)] : []));
  clear(feedback);
  // Too many leave those before; one that can't be sent stays, and is named again when it is sent.
  hold(problem && files.length > 1 ? chosen : files);
}

// These are the chosen photos now; what was typed for one goes along when it is no longer alone, and back.
function hold(files) {
  const [before, only] = [chosen, several?.items.find((item) => item.file === files[0])];
  const alone = before.length === 1 && { file: before[0], crop: cropper.crop, touched: cropper.touched };
  chosen = files;
  const list = new DataTransfer();
  for (const file of files) list.items.add(file);
  input.files = list.files;
  current = null;
  title.textContent = plainTitle;
  // One of several that is stored stays in the list, so that it is not sent in another way.
  if (files.length > 1 || several?.stored(files)) return showSeveral(alone);
  several?.show([]);
  ofOne.hidden = false;
  button.disabled = false;
  if (!files.length || problemOf(files[0])) return cropper.hide();
  if (only) [form.elements.taken_on.value, form.elements.note.value] = several.typed(only);
  const crop = shots.has(files[0]) ? ringSquare() : null;
  return cropper.show(files[0], only?.touched ? only.crop : crop);
}

function showSeveral(alone) {
  ofOne.hidden = true;
  several.show(chosen, (file) => (shots.has(file) ? ringSquare() : null), cropper.suggested);
  const first = alone && several.items.find((item) => item.file === alone.file);
  if (first) several.carry(first, alone, form.elements.taken_on.value, form.elements.note.value);
  const open = several.items.find((item) => item.state === "chosen");
  if (open) place(open, false);
  else cropper.hide();
}

const ringSquare = () => ({ x: 0.5, y: 0.5, size: RING });

function place(item, move = true) {
  current = item;
  title.textContent = say("square_of", { number: item.number });
  cropper.show(item.file, item.touched ? item.crop : null);
  if (move) cropper.image.addEventListener("load", () => cropper.square.focus(), { once: true });
}

function close(item) {
  if (item !== current) return;
  current = null;
  cropper.hide();
  clear(feedback);
}

// Once the square rests: what can be said of it before anything is sent.
function look() {
  if (current) several.crop(current, cropper.crop, cropper.touched);
  clearTimeout(looking);
  looking = setTimeout(() => {
    if (!chosen.length || cropper.root.hidden || !cropper.image.complete) return;
    const sentences = advice(cropper.image, cropper.crop);
    show(feedback, sentences);
    if (current) several.advise(current, sentences);
  }, LOOK_AFTER_MS);
}

function takePicture() {
  const shot = document.createElement("input");
  Object.assign(shot, { type: "file", accept: "image/*", capture: "environment" });
  shot.addEventListener("change", () => shot.files.length && add([...shot.files]));
  shot.click();
}

// A drop or the camera adds to what was chosen where the form takes several.
function add(files) { choose(several ? [...chosen, ...files] : files); }

// The server answered with the form again: its sentences go beside the fields, what was typed stays.
function showErrors(html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const refusal = answer.querySelector("[data-refusal]");
  if (refusal) return fail(refusal.textContent);
  const boxes = [...answer.querySelectorAll("[data-error]")].filter((box) => box.children.length);
  if (!boxes.length) return fail(say("not_understood"));
  for (const box of boxes) {
    if (box.id.endsWith("_error")) setError(box.id.slice(0, -"_error".length), ...box.children);
    else document.getElementById(box.id)?.replaceChildren(...box.children);
  }
  form.querySelector('[aria-invalid="true"]')?.focus();
  return idle();
}

function fail(words) {
  setError(input.id, paragraph(words));
  input.focus();
  idle();
}

function idle() {
  button.disabled = false;
  sending.hidden = true;
  status.textContent = "";
}

async function send() {
  const bar = sending.querySelector("progress");
  button.disabled = true;
  bar.value = 0;
  sending.hidden = false;
  status.textContent = say("sending");
  const progress = (share) => (share < 1 ? (bar.value = 100 * share) : bar.removeAttribute("value"));
  try {
    const answer = await post(form.action || location.href, new FormData(form), { progress });
    if (answer.status < 300 && answer.url !== location.href) location.assign(answer.url);
    else if (answer.status >= 500) fail(say("our_fault"));
    else showErrors(answer.text);
  } catch {
    fail(say("connection"));
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const box of form.querySelectorAll("[data-error]")) box.replaceChildren();
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  const problem = problemWith(chosen);
  if (problem) return fail(problem);
  if (!form.querySelector('[name="photo_kind"]:checked')) {
    setError("id_photo_kind", paragraph(say("no_kind")));
    return form.querySelector('[name="photo_kind"]').focus();
  }
  return several?.shown ? several.send() : send();
});

input.addEventListener("change", () => choose([...input.files]));
for (const kind of form.querySelectorAll('[name="photo_kind"]')) {
  kind.addEventListener("change", () => {
    cropper.suggest(kind.value === "clinical" ? 0.5 : 1);
    several?.suggest(cropper.suggested);
  });
}
cropper.changed = look;
cropper.unreadable = () => show(feedback, [say("unreadable")]);
form.querySelector("[data-drop-hint]").hidden = false;

const problem = form.querySelector("[data-camera-problem]");
const camera = new Camera(document.querySelector("[data-camera-dialog]"), problem, (file) => {
  shots.add(file);
  add([file]);
});
hasCamera().then((live) => {
  cameraButton.hidden = !live && !matchMedia("(pointer: coarse)").matches;
  cameraButton.addEventListener("click", () => (live ? camera.open() : takePicture()));
});

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add([...event.dataTransfer.files]);
});
// Back from the result: the button works again.
addEventListener("pageshow", idle);
