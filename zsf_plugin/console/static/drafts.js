// Keeps the draft in this tab (sessionStorage): Back, a sign-in that ended or a server that was restarted lose nothing. The
// draft is gone once it is saved or discarded, or the tab is closed. Without script, an error page carries it.
(() => {
  "use strict";

  const saved = document.querySelector("[data-saved-draft]"); // on the page after another one saved it
  if (saved) try { sessionStorage.removeItem(`zsf-draft:${saved.dataset.savedDraft}`); } catch { /* nothing is kept then */ }
  const form = document.getElementById("mapping-form");
  if (!form) return;
  const key = `zsf-draft:${form.dataset.keptFor}`;
  const waiting = document.getElementById("draft-waiting");
  const MAX_WAIT_MS = 15000;
  let changes = document.getElementById("unsaved").hidden ? 0 : 1; // mapping.js has counted; its page may carry the draft
  let ready = false;

  // A browser may forbid the storage: then the draft lives in the page alone.
  const attempt = (action) => { try { return action(); } catch { return null; } };
  const forget = () => attempt(() => sessionStorage.removeItem(key));
  const stored = () => attempt(() => JSON.parse(sessionStorage.getItem(key)));

  function keep() {
    if (!changes) { forget(); return; }
    const fields = [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
    attempt(() => sessionStorage.setItem(key, JSON.stringify(fields)));
  }

  form.addEventListener("mapping:counted", (event) => {
    changes = event.detail;
    if (ready || changes) keep();
  });
  for (const id of ["discard", "draft-drop"]) document.getElementById(id).addEventListener("click", forget);

  // The server applies the draft to what is saved now, and says what others saved meanwhile.
  async function bringBack(fields) {
    const body = new URLSearchParams(fields);
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("back-again", "yes");
    const answer = await fetch(form.dataset.draft, { method: "POST", body, signal: AbortSignal.timeout(MAX_WAIT_MS) });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["#tables", ".mapping-mode"]) {
      const fresh = page.querySelector(`#mapping-form ${part}`), old = form.querySelector(part);
      if (!fresh && !old) continue; // activities have no mode
      if (!fresh || !old) return false;
      old.replaceWith(document.adoptNode(fresh));
      window.htmx.process(form.querySelector(part));
    }
    form.dispatchEvent(new CustomEvent("mapping:redrawn"));
    form.dispatchEvent(new CustomEvent("mapping:changed", { bubbles: true }));
    return true;
  }

  // Shown by a button of another page, such as "Use this": a reload shows the mapping with the draft, not that page.
  function correctAddress() {
    const own = new URL(form.dataset.page, window.location.href);
    if (window.location.pathname !== own.pathname && (!changes || stored())) window.history.replaceState(null, "", own);
  }

  // Until the draft is back nothing can be changed: that would be stored in its place.
  async function start() {
    const fields = changes ? null : stored();
    form.inert = waiting.hidden = true;
    ready = !Array.isArray(fields) || await bringBack(fields).catch(() => false);
    form.inert = !ready;
    waiting.hidden = ready;
    if (ready) keep();
  }
  document.getElementById("draft-again").addEventListener("click", start);
  document.addEventListener("DOMContentLoaded", () => {
    if ("saved" in form.dataset) forget();
    correctAddress();
    start();
  });
})();
