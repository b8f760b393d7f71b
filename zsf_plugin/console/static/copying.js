// Copy buttons: shown if the browser has a clipboard. A toast says what was copied.
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
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { words = "The browser did not allow copying."; }
    const text = document.createElement("p");
    text.textContent = words;
    document.getElementById("toast")?.replaceChildren(text);
    document.dispatchEvent(new Event("toast"));
  });
})();
