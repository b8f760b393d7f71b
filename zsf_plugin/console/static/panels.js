// The live preview: drops answers to outdated requests, and keeps unfolded details open.
(() => {
  "use strict";

  // Counted in the capture phase, before htmx sends the request.
  let changes = 0;
  let requested = 0;
  for (const name of ["mapping:changed", "switched"]) document.addEventListener(name, () => { changes += 1; }, true);
  document.addEventListener("change", (event) => { if (event.target.id === "preview-prospect") changes += 1; }, true);

  const isPreview = (event) => event.detail.target?.id === "preview";
  document.addEventListener("htmx:configRequest", (event) => { if (isPreview(event)) requested = changes; });
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isPreview(event)) return;
    if (requested !== changes) event.detail.shouldSwap = false;
    unfolded = [...event.detail.target.querySelectorAll("details[open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (isPreview(event)) for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  });
})();
