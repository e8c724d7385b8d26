// Several photos of one mole: a list in which each has its own square, date, note, progress and result.
// One after another they go to the API, each under a key made of its bytes: whatever breaks, and even after
// the page was loaded anew, the server knows what it has and stores nothing twice.
import { advice } from "./feedback.js";
import { post } from "./sending.js";
import { csrfToken, describe, describeStored, keyOf, newKey, outcome, takenAt } from "./several_words.js";
import { say } from "./words.js";

const PAUSES_MS = [1000, 4000]; // before a file is sent again by itself
const ASK_MS = [1000, 1000, 2000, 2000, 4000];
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Several {
  // `place(item)` opens the square of one photo, `problem(file)` says what keeps it from being sent,
  // `left(files)` hears which files are left when one is taken off the list, `locked(item)` whose square
  // can't be changed any more.
  constructor(form, { place, problem, left, locked }) {
    this.form = form;
    this.root = form.querySelector("[data-several]");
    this.list = this.root.querySelector("[data-items]");
    this.template = this.root.querySelector("template");
    this.sum = this.root.querySelector("[data-sum]");
    Object.assign(this, { place, problem, left, locked });
    Object.assign(this, { items: [], tried: new Set(), busy: false, looking: Promise.resolve() });
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
    addEventListener("online", () => this.items.some((item) => item.state === "offline") && this.send());
  }

  get shown() { return !this.root.hidden; }

  stored(files) { return this.items.some((item) => item.state === "stored" && files.includes(item.file)); }

  // The list holds these files: those already in it keep what was typed, in their place.
  // `square(file)` is the square it was taken with, `size` that of the others.
  show(files, square = () => null, size = 1) {
    const known = (file) => this.items.find((item) => item.file === file);
    this.items = files.map((file) => known(file) ?? this.add(file, square(file), size));
    this.list.replaceChildren(...this.items.map((item) => item.element));
    this.root.hidden = files.length === 0;
    this.number();
    this.know();
  }

  add(file, square, size) {
    const element = this.template.content.firstElementChild.cloneNode(true);
    const part = (name) => element.querySelector(`[data-${name}]`);
    const item = {
      file, element, part, state: "chosen", key: null, known: false, hopeless: this.problem(file),
      crop: square ?? { x: 0.5, y: 0.5, size }, touched: Boolean(square),
    };
    part("about").textContent = describe(file);
    part("place").addEventListener("click", () => this.place(item));
    part("remove").addEventListener("click", () => this.remove(item));
    part("retry").addEventListener("click", () => this.again(item));
    part("another").addEventListener("click", () => this.another(item));
    if (item.hopeless) this.change(item, "refused", say("item_refused", { reason: item.hopeless }));
    else this.looking = this.looking.then(() => this.look(item));
    return item;
  }

  // One after another, for a decoded photo is large: the small picture, and what can be said of it.
  async look(item) {
    const image = new Image();
    image.src = URL.createObjectURL(item.file);
    try {
      await image.decode();
      const small = item.part("thumbnail");
      const side = Math.min(image.naturalWidth, image.naturalHeight);
      const [left, top] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
      small.getContext("2d").drawImage(image, left, top, side, side, 0, 0, small.width, small.height);
      small.hidden = false;
      if (item.state === "chosen") this.advise(item, advice(image, item.crop));
    } catch {
      this.advise(item, [say("unreadable")]);
    }
    URL.revokeObjectURL(image.src);
  }

  number() {
    this.items.forEach((item, at) => {
      item.number = at + 1;
      const name = item.part("name");
      name.id = `photo-${at + 1}`;
      name.textContent = say("item_name", { number: at + 1, count: this.items.length, name: item.file.name });
      for (const control of item.element.querySelectorAll("button, input, textarea")) {
        control.setAttribute("aria-describedby", name.id);
      }
    });
    this.tell();
  }

  typed(item) { return [item.part("taken").value, item.part("note").value]; }

  // What was said of it while it was the only one.
  carry(item, { crop, touched }, taken, note) {
    this.crop(item, crop, touched);
    [item.part("taken").value, item.part("note").value] = [taken, note];
  }

  crop(item, crop, touched) { Object.assign(item, { crop, touched }); }

  suggest(size) {
    for (const item of this.items) if (!item.touched) item.crop = { x: 0.5, y: 0.5, size };
  }

  advise(item, sentences) {
    item.part("advice").replaceChildren(...sentences.map((sentence) => {
      const line = document.createElement("li");
      line.textContent = sentence;
      return line;
    }));
  }

  remove(item) {
    const next = this.items[item.number] ?? this.items[item.number - 2];
    this.left(this.items.filter((one) => one !== item).map((one) => one.file));
    if (this.shown) (next?.part("remove").hidden ? this.root.querySelector("h2") : next?.part("remove"))?.focus();
    else this.form.querySelector('[type="file"]').focus();
  }

  // Which of them the server has already: after the page was loaded anew none of that is lost.
  async know() {
    for (const item of this.items.filter((one) => one.state === "chosen" && !one.known)) {
      item.known = true;
      try {
        item.key ??= await keyOf(item.file, this.form.dataset.mole);
        const answer = await fetch(`${this.form.dataset.photosUrl}?idempotency_key=${item.key}`, {
          headers: { Accept: "application/json" }, cache: "no-store",
        });
        const [photo] = answer.ok ? (await answer.json()).results : [];
        if (photo && item.state === "chosen") this.keep(item, photo, true);
      } catch { /* the server says so when it is sent */ }
    }
  }

  // All that are not stored yet, one after another. What was refused waits for its own button.
  async send() {
    if (this.busy) return;
    this.busy = true;
    this.tried.clear();
    for (let item = this.next(); item; item = this.next()) {
      this.tried.add(item);
      await this.sendOne(item);
    }
    this.busy = false;
    this.tell();
  }

  next() {
    return this.items.find((item) => !this.tried.has(item) && !["stored", "refused", "moved"].includes(item.state));
  }

  again(item) {
    item.state = "chosen";
    this.tried.delete(item);
    this.send();
  }

  // On purpose a second time, with another square perhaps: under a key of its own.
  another(item) {
    item.key = newKey();
    this.change(item, "chosen", "");
    this.place(item);
  }

  async sendOne(item) {
    for (const wait of [...PAUSES_MS, null]) {
      if (!navigator.onLine) return this.change(item, "offline", say("item_offline"));
      try {
        return this.answered(item, await this.post(item));
      } catch {
        if (wait === null) break;
        this.change(item, "sending", say("item_again"));
        await pause(wait);
      }
    }
    return this.change(item, "broken", say("item_broken"));
  }

  async post(item) {
    item.key ??= await keyOf(item.file, this.form.dataset.mole);
    this.change(item, "sending", say("item_sending", { percent: 0 }));
    const [body, fields, [taken, note]] = [new FormData(), new FormData(this.form), this.typed(item)];
    body.append("image", item.file);
    body.append("photo_kind", fields.get("photo_kind"));
    for (const symptom of fields.getAll("symptoms")) body.append("symptoms", symptom);
    body.append("crop", JSON.stringify(item.crop));
    body.append("note", note);
    if (taken) body.append("taken_at", takenAt(taken));
    return post(this.form.dataset.photosUrl, body, {
      headers: { "Idempotency-Key": item.key, "X-CSRFToken": csrfToken(this.form), Accept: "application/json" },
      progress: (share) => {
        item.part("progress").value = 100 * share;
        const percent = Math.floor(100 * share);
        item.part("state-words").textContent = share < 1 ? say("item_sending", { percent }) : say("item_arrived");
      },
    });
  }

  answered(item, answer) {
    if (answer.status < 300) return this.keep(item, JSON.parse(answer.text), false);
    const { state, words } = outcome(answer);
    return this.change(item, state, words);
  }

  keep(item, photo, before) {
    this.change(item, "stored", describeStored(photo, before));
    item.part("another").hidden = !before;
    this.advise(item, []);
    this.watch(item, photo.prediction.id);
  }

  // The result as the server words it, asked for until it is final.
  async watch(item, prediction) {
    const url = this.form.dataset.lineUrl.replace(this.form.dataset.mole, prediction);
    for (let turn = 0; item.state === "stored" && item.element.isConnected; turn += 1) {
      try {
        const answer = await fetch(url, { cache: "no-store" });
        const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
        const line = page.querySelector("[data-terminal]");
        if (line && item.state === "stored") item.part("result").replaceChildren(line);
        if (line?.dataset.terminal === "yes" || [403, 404].includes(answer.status)) return;
      } catch { /* no connection at the moment: it is asked again */ }
      await pause(ASK_MS[Math.min(turn, ASK_MS.length - 1)]);
    }
  }

  change(item, state, words) {
    const { part } = item;
    item.state = item.element.dataset.state = state;
    part("state-words").textContent = words;
    const [stored, sending] = [state === "stored", state === "sending"];
    part("progress").hidden = !sending;
    if (!stored) part("result").replaceChildren();
    // What may have arrived keeps what was sent; what was refused can be mended.
    const locked = stored || ["sending", "broken", "offline"].includes(state);
    if (locked) this.locked(item);
    part("said").hidden = stored;
    for (const name of ["taken", "note"]) part(name).readOnly = locked;
    part("place").hidden = locked || Boolean(item.hopeless);
    part("remove").hidden = stored || sending;
    part("retry").hidden = !["broken", "offline", "failed", "refused"].includes(state) || Boolean(item.hopeless);
    part("another").hidden = state !== "moved";
    this.tell();
  }

  tell() {
    const [stored, count] = [this.items.filter((item) => item.state === "stored").length, this.items.length];
    const failed = this.items.filter((item) => !["stored", "chosen", "sending"].includes(item.state));
    const numbers = failed.map((item) => item.number).join(", ");
    const words = failed.length ? say("sum_failed", { stored, count, numbers })
      : say(stored || this.busy ? "sum" : "sum_none", { stored, count });
    if (this.sum.textContent !== words) this.sum.textContent = words;
    this.root.querySelector("[data-all-done]").hidden = !count || stored < count;
    this.form.querySelector('[type="submit"]').disabled = this.shown && (this.busy || stored === count);
  }
}
