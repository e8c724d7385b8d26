// What the page says and knows, written by its template: no sentence and no bound stands in a script.
const page = document.querySelector("[data-words]");

// {names} in the sentence are replaced by the values.
export function say(name, values = {}) {
  const words = page.querySelector(`[data-word="${name}"]`).textContent;
  return words.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

const number = (name) => Number(page.dataset[name]);

// Sides in pixels, light from 0 to 255; `side` is 0 where no network is installed.
export const bounds = {
  minSide: number("minSide"), longSide: number("longSide"), minCrop: number("minCrop"), side: number("side"),
  dark: number("dark"), bright: number("bright"), flat: number("flat"), blurred: number("blurred"),
};

export function day(moment) {
  // The day before the month, as the pages write it.
  const language = document.documentElement.lang.replace(/^en$/, "en-GB");
  return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(moment);
}

export const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

export function paragraph(words) {
  const p = document.createElement("p");
  p.textContent = words;
  return p;
}
