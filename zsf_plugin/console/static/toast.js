// Toasts (#toast): each gets a close button and disappears by itself, but not while it is hovered or focused. Errors stay
// until they are closed. Without script a toast is a plain message of the page.
(() => {
  "use strict";

  const SHOWN_MS = 8000;
  const SHOWN_WITH_ACTION_MS = 20000;
  let timer = 0;

  const toast = () => document.getElementById("toast");

  function close() {
    window.clearTimeout(timer);
    const shown = toast();
    if (!shown) return;
    const hadFocus = shown.contains(document.activeElement);
    shown.replaceChildren();
    delete shown.dataset.stays;
    if (hadFocus) document.getElementById("main")?.focus({ preventScroll: true });
  }

  function closeUnlessInUse() {
    if (toast()?.matches(":hover, :focus-within")) start();
    else close();
  }

  function start() {
    window.clearTimeout(timer);
    const shown = toast();
    if (!shown?.hasChildNodes() || "stays" in shown.dataset) return;
    timer = window.setTimeout(closeUnlessInUse, shown.querySelector("form, a") ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  }

  function show() {
    const shown = toast();
    if (!shown?.hasChildNodes()) return;
    if (!shown.querySelector("[data-close-toast]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "toast-close";
      button.dataset.closeToast = "";
      button.setAttribute("aria-label", "Close");
      button.textContent = "×";
      shown.append(button);
    }
    start();
  }

  document.addEventListener("click", (event) => { if (event.target.closest("[data-close-toast]")) close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
  });
  document.addEventListener("toast", show); // a script of ours has filled it
  document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target?.id === "toast" || toast()) show(); });
  document.addEventListener("DOMContentLoaded", show);
})();
