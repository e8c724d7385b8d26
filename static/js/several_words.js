// What is said of one of several photos, and what is sent of it besides its bytes.
import { day, megabytes, say } from "./words.js";

export function describe(file) {
  return say("item_about", { size: megabytes(Math.max(file.size, 52_500)), day: day(new Date(file.lastModified)) });
}

export function describeStored(photo, before) {
  if (before) return say("item_before", { day: day(new Date(photo.created_at)) });
  return photo.taken_at ? say("item_stored", { day: day(new Date(photo.taken_at)) }) : say("item_stored_undated");
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const newKey = () => `page-${hex(crypto.getRandomValues(new Uint8Array(16)))}`;

// The same bytes of the same mole have the same key, here and after the page was loaded anew.
// Where the browser can't digest (plain HTTP on another machine) a key lasts as long as the page.
export async function keyOf(file, mole) {
  if (!crypto.subtle) return newKey();
  const bytes = await new Blob([mole, file]).arrayBuffer();
  return `file-${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
}

// The day's first moment in the site's time zone, as the form's own field; of today, a minute ago.
export function takenAt(date) {
  const now = new Date(Date.now() - 60_000);
  const today = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  return date === today ? now.toISOString() : `${date}T00:00:00`;
}

// The cookie's: logging in again in another tab changes it.
export function csrfToken(form) {
  const [, cookie] = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) ?? [];
  return cookie ?? form.elements.csrfmiddlewaretoken.value;
}

// What an answer that stored nothing means: the state, and the words for it.
export function outcome({ status, text }) {
  const { code = "", message = "" } = errorOf(text);
  if (code === "idempotency_conflict") return { state: "moved", words: say("item_moved") };
  if (status === 401 || status === 403) return { state: "failed", words: say("item_logged_out") };
  if (status >= 500) return { state: "broken", words: say("item_fault") };
  return { state: status === 429 ? "failed" : "refused", words: say("item_refused", { reason: message }) };
}

function errorOf(text) {
  try {
    return JSON.parse(text).error ?? {};
  } catch {
    return {};
  }
}
