// The system's theme until the person chooses one; the choice stays in this browser.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const isDark = () => (chosen() ? chosen() === "dark" : dark.matches);
  let printing = false;
  const show = () => {
    root.dataset.bsTheme = isDark() && !printing ? "dark" : "light";
    // The browser's own bars: a colour chosen here outweighs the system's.
    for (const meta of document.querySelectorAll("meta[data-theme]")) {
      meta.media = chosen() ? (meta.dataset.theme === chosen() ? "all" : "not all")
        : `(prefers-color-scheme: ${meta.dataset.theme})`;
    }
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isDark()));
    }
  };
  const toggle = () => {
    const next = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch { /* private window: it lasts for this page */ }
    root.dataset.bsTheme = next;
    show();
  };
  show();
  dark.addEventListener("change", show);
  // Paper is white whatever the screen is, also where that changes meanwhile.
  for (const [event, now] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => { printing = now; show(); });
  }
  document.addEventListener("DOMContentLoaded", () => {
    show();
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.addEventListener("click", toggle);
    }
  });
})();
