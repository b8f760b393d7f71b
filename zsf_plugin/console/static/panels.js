// The live preview: drops answers to outdated requests, and keeps unfolded details open.
(() => {
  "use strict";

  // Counted on the way down, before what asks hears of it.
  let asked = 0;
  let answers = 0;
  for (const name of ["mapping:changed", "switched"]) document.addEventListener(name, () => { asked += 1; }, true);
  document.addEventListener("change", (event) => { if (event.target.id === "preview-prospect") asked += 1; }, true);

  const isPreview = (event) => event.detail.target?.id === "preview";
  document.addEventListener("htmx:configRequest", (event) => { if (isPreview(event)) answers = asked; });
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isPreview(event)) return;
    if (answers !== asked) event.detail.shouldSwap = false;
    unfolded = [...event.detail.target.querySelectorAll("details[open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (isPreview(event)) for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  });
})();
