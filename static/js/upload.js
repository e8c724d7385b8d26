// The upload form: choosing, dropping or taking a photo, and sending it with progress.
// Without this script the form works as a plain one.
import { Cropper } from "./cropper.js";

const TYPES = ["image/jpeg", "image/png", "image/webp"];
const form = document.querySelector("[data-upload]");
const input = form.querySelector('input[type="file"]');
const button = form.querySelector('button[type="submit"]');
const sending = form.querySelector("[data-sending]");
const status = form.querySelector("[data-status]");
const drop = form.querySelector("[data-drop]");
const camera = form.querySelector("[data-camera]");
const cropper = new Cropper(form.querySelector("[data-cropper]"));
const maxBytes = Number(form.dataset.maxBytes);

function problemWith(files) {
  if (files.length > 1) return "Send one photo at a time.";
  const [file] = files;
  if (!file) return "Choose a photo first.";
  if (file.size > maxBytes) {
    const [has, most] = [file.size, maxBytes].map((bytes) => (bytes / 1024 / 1024).toFixed(1));
    return `This photo has ${has} MB; at most ${most} MB can be sent. Save it smaller or as JPEG.`;
  }
  if (file.type && !TYPES.includes(file.type)) {
    return "This is not a JPEG, PNG or WebP photo. On an iPhone, share the photo as JPEG.";
  }
  return "";
}

function setError(field, ...content) {
  const box = document.getElementById(`${field}_error`);
  box.replaceChildren(...content);
  const control = document.getElementById(field) ?? form.querySelector(`[id^="${field}_"]:is(input)`);
  control?.setAttribute("aria-invalid", String(content.length > 0));
  if (content.length && control) control.setAttribute("aria-describedby", box.id);
}

function sentence(words) {
  const p = document.createElement("p");
  p.textContent = words;
  return p;
}

function choose(files) {
  const problem = problemWith(files);
  setError(input.id, ...(problem ? [sentence(problem)] : []));
  if (problem) return cropper.hide();
  if (input.files !== files) input.files = files;
  cropper.show(files[0]);
}

function takePicture() {
  const shot = document.createElement("input");
  Object.assign(shot, { type: "file", accept: "image/*", capture: "environment" });
  shot.addEventListener("change", () => shot.files.length && choose(shot.files));
  shot.click();
}

// The server answered with the form again: its sentences go beside the fields, what was typed stays.
function showErrors(html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const refusal = answer.querySelector("[data-refusal]");
  if (refusal) return fail(refusal.textContent);
  const boxes = [...answer.querySelectorAll("[data-error]")].filter((box) => box.children.length);
  if (!boxes.length) return fail("The photo could not be sent. Reload the page and try again.");
  for (const box of boxes) {
    if (box.id.endsWith("_error")) setError(box.id.slice(0, -"_error".length), ...box.children);
    else document.getElementById(box.id)?.replaceChildren(...box.children);
  }
  form.querySelector('[aria-invalid="true"]')?.focus();
  idle();
}

function fail(words) {
  setError(input.id, sentence(words));
  input.focus();
  idle();
}

function idle() {
  button.disabled = false;
  sending.hidden = true;
  status.textContent = "";
}

function send() {
  const request = new XMLHttpRequest();
  const progress = sending.querySelector("progress");
  request.open("POST", form.action || location.href);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
  });
  request.upload.addEventListener("load", () => { progress.removeAttribute("value"); });
  request.addEventListener("load", () => {
    if (request.status < 300 && request.responseURL !== location.href) location.assign(request.responseURL);
    else if (request.status >= 500) fail("Something broke on our side. Nothing was stored; try again in a minute.");
    else showErrors(request.responseText);
  });
  request.addEventListener("error", () => fail("The connection broke before the photo had arrived. Send it again."));
  button.disabled = true;
  progress.value = 0;
  sending.hidden = false;
  status.textContent = "Sending the photo.";
  request.send(new FormData(form));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const box of form.querySelectorAll("[data-error]")) box.replaceChildren();
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  const problem = problemWith(input.files);
  if (problem) return fail(problem);
  if (!form.querySelector('[name="photo_kind"]:checked')) {
    setError("id_photo_kind", sentence("Say how the photo was taken."));
    return form.querySelector('[name="photo_kind"]').focus();
  }
  send();
});

input.addEventListener("change", () => choose(input.files));
for (const kind of form.querySelectorAll('[name="photo_kind"]')) {
  kind.addEventListener("change", () => cropper.suggest(kind.value === "clinical" ? 0.5 : 1));
}
form.querySelector("[data-drop-hint]").hidden = false;
camera.hidden = !matchMedia("(pointer: coarse)").matches;
camera.addEventListener("click", takePicture);

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  choose(event.dataTransfer.files);
});
// Back from the result: the button works again.
addEventListener("pageshow", idle);
