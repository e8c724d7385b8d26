// allauth's script only logs what went wrong with a passkey; this says it on the page.
document.addEventListener("allauth.error", (event) => {
  const place = document.getElementById("passkey-error");
  if (!place || !event.detail.tags.includes("webauthn")) return;
  event.preventDefault();
  const cancelled = event.detail.exception.name === "NotAllowedError";
  place.textContent = cancelled
    ? "It was cancelled, took too long, or this device has no passkey for this site. Try again."
    : "This browser or address can't use passkeys here. Passkeys need https or localhost, and a name instead of an IP address.";
  place.hidden = false;
});
