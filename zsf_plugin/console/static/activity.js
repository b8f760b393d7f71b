// The list by keyboard, with the entry beside it: arrows move, Enter opens, Escape closes and returns the focus.
// Without script each row is a link to the same entry.
(() => {
  "use strict";

  const links = () => [...document.querySelectorAll("#entries .event-link")];
  const opened = () => document.querySelector("#entry .entry");

  function mark(id) {
    for (const link of links()) {
      if (link.id === `to-${id}`) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
  }

  function close(address) {
    const entry = opened();
    if (!entry) return;
    const row = document.getElementById(`to-${entry.dataset.entry}`);
    document.getElementById("entry").replaceChildren();
    mark(null);
    history.pushState({ htmx: true }, "", address);
    (row || document.getElementById("filter-words")).focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && opened() && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      close(opened().querySelector("[data-close]").href);
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = step ? links().indexOf(document.activeElement) : -1;
    if (at < 0) return;
    event.preventDefault();
    links()[Math.min(Math.max(at + step, 0), links().length - 1)].focus();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    close(link.href);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const region = event.detail.target?.id;
    if (region !== "entry" && region !== "list") return;
    mark(opened()?.dataset.entry);
    if (region === "list") {
      if (event.detail.requestConfig.elt.closest("#newer a")) links()[0]?.focus();
      return;
    }
    event.detail.target.scrollTop = 0;
    if (matchMedia("(max-width: 1100px)").matches) window.scrollTo(0, 0);
    document.getElementById("entry-name")?.focus({ preventScroll: true });
  });
  // The list is live only with script.
  document.addEventListener("DOMContentLoaded", () => { document.getElementById("live").hidden = false; });
  // Refreshed rows come without the mark of the open entry.
  document.addEventListener("htmx:oobAfterSwap", () => mark(opened()?.dataset.entry));
})();
