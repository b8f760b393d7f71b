// The draft in the form: counts unsaved changes, redraws a row when its field or source changes, saves by keyboard, and
// asks before changes are lost. The server interprets the draft; the page works without this.
(() => {
  "use strict";

  const form = document.getElementById("mapping-form");
  if (!form) return;
  const bar = document.getElementById("unsaved");
  const PAUSE_MS = 700;
  let leaving = false;
  let requests = 0;
  let soon = null; // the row that waits to be redrawn: {row, timer}

  const differs = (control) => {
    if (control.type === "radio") return control.checked && !("was" in control.dataset);
    if (control.classList.contains("map-value") && getComputedStyle(control).display === "none") return false;
    return control.value.toLowerCase() !== control.dataset.was.toLowerCase();
  };

  function changes() {
    const names = [];
    const mode = form.querySelector(".mapping-mode");
    if (mode && [...mode.querySelectorAll("input[type=radio]")].some(differs)) {
      names.push(`${mode.dataset.change}: ${mode.querySelector(":checked").parentElement.textContent.trim()}`);
    }
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
    document.getElementById("unsaved-count").textContent = `${names.length} unsaved ${names.length === 1 ? "change" : "changes"}`;
    document.getElementById("unsaved-names").textContent = names.join(", ") + (names.length ? "." : "");
    form.dispatchEvent(new CustomEvent("mapping:counted", { detail: names.length }));
    return names.length;
  }

  // Redraws a row from the server's answer to the current form. An outdated answer is dropped; with an open picker, the
  // row is redrawn when the picker closes. Without an answer, the values stay.
  async function redraw(row) {
    if (soon?.row === row) { window.clearTimeout(soon.timer); soon = null; }
    if (!row.isConnected) return;
    const mine = row.dataset.request = String(++requests);
    const body = new URLSearchParams(new FormData(form));
    body.set("row", row.dataset.row);
    let html = "";
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: { "HX-Request": "true" } });
      if (answer.ok) html = await answer.text();
    } catch { /* offline: the choice is in the form anyway */ }
    await window.zsfReleased();
    if (!row.isConnected || row.dataset.request !== mine) return;
    delete row.dataset.request;
    if (row.querySelector(".combobox")) { row.dataset.stale = "yes"; return; }
    const parsed = document.createElement("template");
    parsed.innerHTML = html; // our own template's answer, escaped there
    const fresh = parsed.content.querySelector(`tr[data-row="${CSS.escape(row.dataset.row)}"]`);
    if ("depends" in row.dataset) row.hidden = html !== "" && !fresh; // another row fills the field
    if (!fresh) return;
    const focused = document.activeElement?.id;
    row.replaceWith(fresh);
    window.htmx.process(fresh);
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
    recount();
  }

  // Redraws a row, and the rows of required fields, which it may fill or empty.
  function redrawWithDependents(row) {
    redraw(row);
    for (const other of row.closest("tbody")?.querySelectorAll("[data-depends]") ?? []) if (other !== row) redraw(other);
  }

  // Typing in a list of choices changes it with each letter: redraw when the focus leaves, or after a pause.
  function redrawSoon(row) {
    window.clearTimeout(soon?.timer);
    delete row.dataset.request; // a pending answer does not have this letter
    soon = { row, timer: window.setTimeout(redrawNow, PAUSE_MS) };
  }
  function redrawNow() {
    if (!soon) return;
    window.clearTimeout(soon.timer);
    const { row } = soon;
    soon = null;
    redrawWithDependents(row);
  }
  form.addEventListener("focusout", redrawNow);

  form.addEventListener("combobox:closed", (event) => {
    const row = event.target.closest("[data-row]");
    if (row?.dataset.stale) { delete row.dataset.stale; redraw(row); }
  });

  form.addEventListener("change", (event) => {
    recount();
    const row = event.target.closest("[data-row]");
    if (row && event.target.name.endsWith(".to")) redrawWithDependents(row);
    else if (row && event.target.matches(".map-redraw, .map-value")) redrawSoon(row);
    else if (row?.dataset.request) redraw(row);
    form.dispatchEvent(new CustomEvent("mapping:changed", { bubbles: true }));
  });
  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && event.target.matches(".map-value")) { // it is redrawn once the value is entered
      delete row.dataset.request;
      if (soon?.row === row) { window.clearTimeout(soon.timer); soon = null; }
    }
    recount();
  });
  form.addEventListener("mapping:redrawn", recount);
  form.addEventListener("submit", () => { leaving = true; });
  document.getElementById("discard").addEventListener("click", () => { leaving = true; });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!form.contains(event.target) && !event.target.closest?.("#mapping-form")) return;
    recount();
    const config = event.detail.requestConfig;
    const button = config?.elt;
    const added = ["add", "map"].includes(button?.name) && document.getElementById(`map-${button.value.split(".")[0]}`);
    if (added) [...added.querySelectorAll("th .map-redraw")].pop()?.focus();
    if (added && button.name === "map") { button.disabled = true; button.textContent = "Mapped below"; }
    form.dispatchEvent(new CustomEvent("mapping:changed", { bubbles: true }));
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
