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
    // A company's name alone is completed: shown as it is typed, and sent in full.
    const shown = document.getElementById("own-completed");
    const completed = () => {
      const typed = own.value.trim().toLowerCase();
      if (typed === "localhost" || !/^[a-z0-9]+(-[a-z0-9]+)*(--[a-z0-9]+)?$/.test(typed)) return null;
      return `${typed}${typed.includes("--") ? shown.dataset.sandbox : shown.dataset.production}`;
    };
    const show = () => {
      const address = completed();
      shown.textContent = address ? `You will sign in at ${address}` : "";
    };
    own.addEventListener("input", show);
    own.form.addEventListener("submit", () => { const address = completed(); if (address) own.value = `https://${address}`; });
    show();
    fold.addEventListener("toggle", () => { follow(); if (fold.open && !own.value) own.focus(); });
    follow();
  });
})();
