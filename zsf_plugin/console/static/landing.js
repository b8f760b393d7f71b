// Back from Salesforce: the code leaves the address bar at once, the page that opened the popup is told, the popup goes.
(() => {
  "use strict";

  window.history.replaceState(null, "", window.location.pathname);
  document.addEventListener("DOMContentLoaded", () => {
    const landed = document.querySelector("[data-landed]");
    if (!landed || !("inPopup" in landed.dataset)) return;
    if ("BroadcastChannel" in window) new BroadcastChannel("zsf-connection").postMessage(landed.dataset.landed);
    if (landed.dataset.landed === "connected") window.close();
  });
})();
