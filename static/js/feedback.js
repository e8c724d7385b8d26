// Advice on a photo before it is sent. It keeps nobody from sending it.
import { measure, verdict } from "./quality.js";
import { bounds, paragraph, say } from "./words.js";

// Sentences on a loaded picture and its square; none where nothing is to be said against it.
export function advice(image, crop) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const shorter = Math.min(width, height);
  if (shorter < bounds.minSide) return [say("too_small", { width, height, least: bounds.minSide })];
  // The stored photo is smaller than this one where that is very large.
  const pixels = Math.round(crop.size * shorter * Math.min(1, bounds.longSide / Math.max(width, height)));
  if (pixels < bounds.minCrop) return [say("crop_too_small", { pixels, least: bounds.minCrop })];
  if (!bounds.side) return [];
  const found = verdict(measure(image, crop, bounds.side), bounds);
  const small = pixels < bounds.side ? [say("crop_small", { pixels, side: bounds.side })] : [];
  return found ? [...small, say(found)] : small;
}

// Into a status region, so that it is also heard.
export function show(region, sentences) {
  const words = sentences.length ? [...sentences, say("anyway")] : [say("fine")];
  region.dataset.kind = sentences.length ? "warning" : "fine";
  if (region.textContent !== words.join("")) region.replaceChildren(...words.map(paragraph));
}

export function clear(region) {
  region.replaceChildren();
  delete region.dataset.kind;
}
