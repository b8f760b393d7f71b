// The draft in the form: how many changes are not saved, a row drawn anew when its field or source changes, saving by
// keyboard, asking before changes are lost. The server decides what a draft means; the page works without this.
(() => {
  "use strict";

  const form = document.getElementById("mapping-form");
  if (!form) return;
  const bar = document.getElementById("unsaved");
  const PAUSE_MS = 700;
  let leaving = false;

  const differs = (control) => {
    if (control.type === "radio") return control.checked && !("was" in control.dataset);
    if (control.classList.contains("map-value") && getComputedStyle(control).display === "none") return false;
    return control.value.toLowerCase() !== control.dataset.was.toLowerCase();
  };

  function changes() {
    const names = [];
    const mode = form.querySelector(".mapping-mode");
    if ([...mode.querySelectorAll("input[type=radio]")].some(differs)) names.push(mode.dataset.change);
    for (const row of form.querySelectorAll("[data-row]")) {
      const changed = [...row.querySelectorAll("[data-was]")].filter(differs);
      row.classList.toggle("map-changed", changed.length > 0);
      row.querySelector(".map-policy")?.classList.toggle("map-policy-changed", changed.some((one) => one.classList.contains("map-policy")));
      if (changed.length) names.push(row.dataset.change);
    }
    return names;
  }

  function recount() {
    const names = changes();
    bar.hidden = names.length === 0;
    document.getElementById("unsaved-count").textContent = `${names.length} ${names.length === 1 ? "change" : "changes"} not saved`;
    document.getElementById("unsaved-names").textContent = names.join(", ") + (names.length ? "." : "");
    return names.length;
  }

  // The row asks, not the form: that would remember the button that was pressed last, and go where it goes.
  function redraw(row) {
    window.htmx.ajax("POST", form.dataset.draft, {
      source: row, target: `#${CSS.escape(row.id)}`, swap: "outerHTML", values: { row: row.dataset.row },
    });
  }

  // Who types in a list of choices changes it with each letter: the row waits until the list is left, or for a while.
  let soon = null;
  function redrawSoon(row) {
    window.clearTimeout(soon?.timer);
    soon = { row, timer: window.setTimeout(redrawNow, PAUSE_MS) };
  }
  function redrawNow() {
    if (!soon) return;
    window.clearTimeout(soon.timer);
    const { row } = soon;
    soon = null;
    redraw(row);
  }
  form.addEventListener("focusout", redrawNow);

  // Nothing is drawn anew under an open picker; it is once that is closed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    if (!target?.dataset?.row || !target.querySelector(".combobox")) return;
    event.detail.shouldSwap = false;
    target.dataset.stale = "yes";
  });
  form.addEventListener("combobox:closed", (event) => {
    const row = event.target.closest("[data-row]");
    if (row?.dataset.stale) redraw(row);
  });

  form.addEventListener("change", (event) => {
    recount();
    const row = event.target.closest("[data-row]");
    if (row && event.target.name.endsWith(".to")) redraw(row);
    else if (row && event.target.matches(".map-redraw, .map-value")) redrawSoon(row);
    form.dispatchEvent(new CustomEvent("mapping:changed", { bubbles: true }));
  });
  form.addEventListener("input", recount);
  form.addEventListener("submit", () => { leaving = true; });
  document.getElementById("discard").addEventListener("click", () => { leaving = true; });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!form.contains(event.target) && !event.target.closest?.("#mapping-form")) return;
    recount();
    const config = event.detail.requestConfig;
    const added = config && config.elt && config.elt.name === "add" && document.getElementById(`map-${config.elt.value}`);
    if (added) {
      [...added.querySelectorAll("th .map-redraw")].pop()?.focus();
      form.dispatchEvent(new CustomEvent("mapping:changed", { bubbles: true }));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
    if (recount()) form.requestSubmit(document.getElementById("save"));
  });

  window.addEventListener("beforeunload", (event) => {
    if (!leaving && changes().length) event.preventDefault();
  });
  window.addEventListener("pageshow", () => { leaving = false; recount(); });
  recount();
})();
