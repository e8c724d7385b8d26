// One POST with progress: fetch can't tell how much of a body has left.
const SILENT_MS = 120_000;

// Resolves to { status, url, text }; rejects where the connection breaks.
export function post(url, body, { headers = {}, progress = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENT_MS);
    };
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      heard();
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.upload.addEventListener("load", () => progress(1));
    request.addEventListener("load", () => resolve({
      status: request.status, url: request.responseURL, text: request.responseText,
    }));
    for (const end of ["error", "abort"]) request.addEventListener(end, () => reject(new Error(end)));
    request.addEventListener("loadend", () => clearTimeout(silence));
    heard();
    request.send(body);
  });
}
