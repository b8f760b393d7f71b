// For every page: shows times in the reader's zone, keeps the focus over swaps, reports what was entered before it ran, and
// shows failures until they are closed.
// Pages work without it.
(() => {
  "use strict";

  const FORMATS = {
    day: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
    clock: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
    date: { day: "numeric", month: "short", year: "numeric" },
    hour: { hour: "2-digit", minute: "2-digit" },
  };

  function localTimes(root) {
    for (const element of root.querySelectorAll("time[data-as]")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime()) || element.dataset.localized) continue;
      element.dataset.localized = "yes";
      element.title = element.textContent;
      const format = { ...FORMATS[element.dataset.as], hourCycle: "h23" };
      if (format.year && at.getFullYear() === new Date().getFullYear()) delete format.year;
      element.textContent = new Intl.DateTimeFormat("en-GB", format).format(at);
    }
  }

  // A swap must not lose the focus: the element with the same ID gets it back.
  let focused = null;
  document.addEventListener("htmx:beforeSwap", () => { focused = document.activeElement && document.activeElement.id; });
  document.addEventListener("htmx:afterSettle", (event) => {
    localTimes(event.target.parentElement || document);
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
    // An error is shown above the heading: scroll to it.
    if (event.target.id === "alert") event.target.scrollIntoView({ block: "nearest" });
  });

  // Whoever replaces what may be clicked awaits this first: a click is lost if its element goes while it is pressed.
  let released = Promise.resolve();
  document.addEventListener("pointerdown", () => {
    released = new Promise((resolve) => {
      const release = () => window.setTimeout(resolve); // after the click that follows
      for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release, { capture: true, once: true });
    });
  }, true);
  window.zsfReleased = () => released;

  function alertWords(words) {
    const alert = document.getElementById("alert");
    if (!alert) return;
    const box = document.createElement("div");
    box.className = "message message-warn";
    const text = document.createElement("p");
    text.textContent = words;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "message-close";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "Close");
    close.textContent = "×";
    box.append(text, close);
    alert.replaceChildren(box);
    alert.scrollIntoView({ block: "nearest" });
  }
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (!event.detail.elt.closest("[data-quiet]")) alertWords("Zaplify didn’t answer. Your changes are still here. Try again.");
    });
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.closest("[data-quiet]")) document.getElementById("alert")?.replaceChildren();
  });
  // Do not poll while the tab is hidden.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt.closest("[data-quiet]") && document.hidden) event.preventDefault();
  });

  // Buttons that open and close a dialog; without script they are links to a page of their own.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog) { event.preventDefault(); dialog.showModal(); return; }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    const dismissed = event.target.closest("[data-dismiss]");
    if (dismissed) { dismissed.closest(".message").remove(); document.getElementById("main")?.focus({ preventScroll: true }); }
    const locked = event.target.closest("[aria-disabled=true]");
    if (locked && locked.matches("button, a")) event.preventDefault();
  });

  // Entered on a slow line before the scripts ran, or brought back by the browser on a reload: what the page shows for it
  // (samples, previews, lists) is of the former value.
  function differsFromPage(control) {
    if (control.matches("select")) {
      const options = [...control.options];
      const fromServer = options.findLast((option) => option.defaultSelected) ?? options[0];
      return Boolean(fromServer) && control.value !== fromServer.value;
    }
    if (control.matches("[type=radio], [type=checkbox]")) return control.checked && !control.defaultChecked;
    return control.value !== control.defaultValue;
  }
  function reportEarlier() {
    for (const control of document.querySelectorAll("main :is(select, textarea, input:not([type=hidden], [type=file]))")) {
      if (!differsFromPage(control)) continue;
      for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, { bubbles: true }));
    }
  }

  document.addEventListener("DOMContentLoaded", () => { localTimes(document); reportEarlier(); });
})();
