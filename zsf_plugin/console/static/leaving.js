// Leaving for Salesforce: says where to, for the page behind. Its window may not be ours from here on.
(() => {
  "use strict";

  const left = document.querySelector("[data-leaving]");
  if (!left || !("inPopup" in left.dataset) || !("BroadcastChannel" in window)) return;
  new BroadcastChannel("zsf-connection").postMessage({ leaving: left.dataset.leaving });
})();
