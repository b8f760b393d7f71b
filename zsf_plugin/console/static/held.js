// After a write the whole part of the page is new: who was on a button that has gone is put at its beginning.
(() => {
  "use strict";

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "held" || document.activeElement !== document.body) return;
    const chosen = document.querySelector("#held .choices input[type=radio]");
    (chosen || document.querySelector("#held h1"))?.focus();
  });
})();
