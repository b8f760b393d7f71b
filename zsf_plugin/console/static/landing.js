// Back from Salesforce: removes the code from the address bar, notifies the opener and closes the popup.
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
