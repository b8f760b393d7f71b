// The popup's keys and buttons: Esc and Cancel close it; a folded address is not sent. Works without script.
(() => {
  "use strict";

  const isPopup = () => document.querySelector("[data-in-popup]") !== null && window.name === "zsf-connect";

  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && isPopup()) window.close(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-window]") && isPopup()) { event.preventDefault(); window.close(); }
  });
  document.addEventListener("DOMContentLoaded", () => {
    const fold = document.getElementById("own-address");
    const own = document.getElementById("own");
    if (!fold || !own) return;
    const follow = () => { own.disabled = !fold.open; };
    fold.addEventListener("toggle", () => { follow(); if (fold.open && !own.value) own.focus(); });
    follow();
  });
})();
