// Buttons that copy: shown where the browser may, silent parts of the page where it may not. What was copied is said.
(() => {
  "use strict";

  const possible = Boolean(navigator.clipboard);
  function show(root) {
    if (possible) for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  }
  document.addEventListener("DOMContentLoaded", () => show(document));
  document.addEventListener("htmx:afterSettle", (event) => show(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    let words = button.dataset.copied;
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { words = "The browser did not let us copy."; }
    const text = document.createElement("p");
    text.textContent = words;
    document.getElementById("said")?.replaceChildren(text);
  });
})();
