// After a write, this part of the page is replaced: move the focus if its button is gone.
(() => {
  "use strict";

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "held" || document.activeElement !== document.body) return;
    const chosen = document.querySelector("#held .choices input[type=radio]");
    (chosen || document.querySelector("#held h1"))?.focus();
  });
})();
