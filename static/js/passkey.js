// allauth's script only logs what went wrong with a passkey; this says it on the page.
document.addEventListener("allauth.error", (event) => {
  const place = document.getElementById("passkey-error");
  if (!place || !event.detail.tags.includes("webauthn")) return;
  event.preventDefault();
  const cancelled = event.detail.exception.name === "NotAllowedError";
  place.textContent = cancelled ? place.dataset.cancelled : place.dataset.unusable;
  place.hidden = false;
});
