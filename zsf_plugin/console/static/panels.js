// The live preview: an answer to a question that was asked anew since is not shown. Decides nothing else.
(() => {
  "use strict";

  // Counted on the way down, before what asks hears of it.
  let asked = 0;
  let answers = 0;
  for (const name of ["mapping:changed", "switched"]) document.addEventListener(name, () => { asked += 1; }, true);
  document.addEventListener("change", (event) => { if (event.target.id === "preview-prospect") asked += 1; }, true);

  const isPreview = (event) => event.detail.target?.id === "preview";
  document.addEventListener("htmx:configRequest", (event) => { if (isPreview(event)) answers = asked; });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (isPreview(event) && answers !== asked) event.detail.shouldSwap = false;
  });
})();
