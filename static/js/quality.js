// What ml/quality.py measures of the square that the network sees, measured here before the photo is sent:
// the same resize (ml/images.py: box reduction, then an antialiased bicubic, bytes after each pass), the same
// luminance, the same sharpness. The bounds come with the page.
const GAP = 3; // Pillow's reducing_gap
const STRIP = 256; // rows read at a time: a whole photo of 12 million pixels would take 48 MB

// A square { x, y, size } of a picture as whole pixels: left, top, side.
export function box(width, height, crop) {
  const side = Math.max(1, Math.round(crop.size * Math.min(width, height)));
  const start = (centre, length) => Math.round(Math.min(Math.max(centre * length - side / 2, 0), length - side));
  return { left: start(crop.x, width), top: start(crop.y, height), side };
}

// Every pixel the mean of factor x factor, as { data (3 bytes a pixel), side }.
function reduced(image, { left, top, side }, factor) {
  const small = Math.floor(side / factor);
  const data = new Uint8ClampedArray(small * small * 3);
  const strip = document.createElement("canvas");
  const rows = Math.max(1, Math.floor(STRIP / factor));
  strip.width = small * factor;
  strip.height = rows * factor;
  const context = strip.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  for (let row = 0; row < small; row += rows) {
    // White behind what is transparent.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, strip.width, strip.height);
    const high = Math.min(strip.height, side - row * factor);
    context.drawImage(image, left, top + row * factor, strip.width, high, 0, 0, strip.width, high);
    const pixels = context.getImageData(0, 0, strip.width, strip.height).data;
    for (let y = 0; y < rows && row + y < small; y += 1) {
      for (let x = 0; x < small; x += 1) mean(pixels, strip.width, x, y, factor, data, ((row + y) * small + x) * 3);
    }
  }
  return { data, side: small };
}

function mean(pixels, width, x, y, factor, into, at) {
  const sum = [0, 0, 0];
  for (let dy = 0; dy < factor; dy += 1) {
    let from = ((y * factor + dy) * width + x * factor) * 4;
    for (let dx = 0; dx < factor; dx += 1, from += 4) {
      sum[0] += pixels[from];
      sum[1] += pixels[from + 1];
      sum[2] += pixels[from + 2];
    }
  }
  for (let channel = 0; channel < 3; channel += 1) into[at + channel] = sum[channel] / (factor * factor);
}

function bicubic(x) {
  const a = Math.abs(x);
  if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
  return a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
}

// For each pixel of `to`, where its neighbours among `from` begin and what each weighs.
function weights(from, to) {
  const scale = from / to;
  const wide = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - 2 * wide + 0.5), 0);
    const last = Math.min(Math.trunc(centre + 2 * wide + 0.5), from);
    const parts = Array.from({ length: last - first }, (_, k) => bicubic((k + first - centre + 0.5) / wide));
    const all = parts.reduce((sum, part) => sum + part, 0);
    return { first, parts: parts.map((part) => part / all) };
  });
}

// One pass over rows of `side` pixels: the lines come out as columns, so that two passes make a resize.
function pass(data, side, lines, to) {
  const out = new Uint8ClampedArray(to * lines * 3);
  weights(side, to).forEach(({ first, parts }, place) => {
    for (let line = 0; line < lines; line += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (let k = 0; k < parts.length; k += 1) sum += parts[k] * data[(line * side + first + k) * 3 + channel];
        out[(place * lines + line) * 3 + channel] = sum;
      }
    }
  });
  return out;
}

// Of a loaded picture: the luminance's mean and standard deviation, and how sharp it is, on `to` x `to` pixels.
export function measure(image, crop, to) {
  const square = box(image.naturalWidth, image.naturalHeight, crop);
  const { data, side } = reduced(image, square, Math.max(Math.floor(square.side / to / GAP), 1));
  const pixels = pass(pass(data, side, side, to), side, to, to);
  const light = Float64Array.from({ length: to * to }, (_, at) =>
    0.299 * pixels[3 * at] + 0.587 * pixels[3 * at + 1] + 0.114 * pixels[3 * at + 2]);
  const brightness = light.reduce((sum, one) => sum + one, 0) / light.length;
  const variance = light.reduce((sum, one) => sum + (one - brightness) ** 2, 0) / light.length;
  return { brightness, spread: Math.sqrt(variance), sharpness: sharpness(light, to) };
}

function sharpness(light, side) {
  let sum = 0;
  for (let y = 1; y < side - 1; y += 1) {
    for (let x = 1; x < side - 1; x += 1) {
      const at = y * side + x;
      sum += Math.abs(4 * light[at] - light[at - side] - light[at + side] - light[at - 1] - light[at + 1]);
    }
  }
  return sum / (side - 2) ** 2;
}

// What keeps the square from being judged, in ml/quality.py's order and by its codes; "" where nothing does.
export function verdict({ brightness, spread, sharpness }, bounds) {
  if (brightness < bounds.dark) return "too_dark";
  if (brightness > bounds.bright) return "too_bright";
  if (spread < bounds.flat) return "no_detail";
  return sharpness < bounds.blurred ? "blurred" : "";
}
