// Opens the popup and reports its outcome. Without script, its links open the same page in this tab.
(() => {
  "use strict";

  const CHANNEL = "zsf-connection";
  const status = () => document.getElementById("connect-status");
  let popup = null;
  let answered = false;

  function showStatus(name) {
    const template = document.getElementById(name);
    if (template && status()) status().replaceChildren(template.content.cloneNode(true));
  }

  function watch() {
    const timer = setInterval(() => {
      if (!popup || !popup.closed) return;
      clearInterval(timer);
      popup = null;
      if (!answered) showStatus("connect-closed");
    }, 300);
  }

  document.addEventListener("click", (event) => {
    const stays = event.target.closest("[data-stays]");
    if (stays && stays.closest("dialog")) { event.preventDefault(); return; }
    const link = event.target.closest("a[data-popup], .notices a[href$='/connect']");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    status()?.replaceChildren();
    answered = false;
    const address = new URL(link.href);
    address.searchParams.set("popup", "1");
    popup = window.open(address, "zsf-connect", "popup,width=500,height=720");
    if (!popup) { showStatus("connect-blocked"); return; }
    popup.focus();
    watch();
  });

  if ("BroadcastChannel" in window) {
    new BroadcastChannel(CHANNEL).addEventListener("message", (event) => {
      if (event.data === "failed") { answered = true; status()?.replaceChildren(); }
      if (event.data !== "connected") return;
      answered = true;
      if (status()) window.location.assign(status().dataset.next);
    });
  }
})();
