// Search preview: counts the pasted prospects, sends a chosen file at once, and handles Ctrl+Enter. The page works without it.
(() => {
  "use strict";
  const form = document.getElementById("search-form");
  const howMany = document.getElementById("how-many");
  const file = document.getElementById("file");
  const example = document.getElementById("example");
  const results = document.getElementById("results");
  const MAX_PROSPECTS = 100;

  // A header row and one line each, or JSON; invalid JSON shows no number.
  function counted(text) {
    const trimmed = text.trim();
    if (!trimmed) return 0;
    if (/^[[{]/.test(trimmed)) {
      try {
        const document = JSON.parse(trimmed);
        return Array.isArray(document) ? document.length : 1;
      } catch {
        return 0;
      }
    }
    const lines = trimmed.replace(/"(?:[^"]|"")*"/g, "x").split(/\r\n|\r|\n/).filter((line) => line.trim());
    return lines.length - (lines[0].includes("@") ? 0 : 1);
  }

  function show() {
    const text = document.getElementById("pasted").value;
    const number = Math.min(counted(text), MAX_PROSPECTS);
    howMany.textContent = number > 1 ? `${number} ` : "";
    if (example) example.hidden = text !== "";
  }

  form.addEventListener("input", show);
  document.addEventListener("htmx:afterSettle", show);
  file.addEventListener("change", () => { if (file.files.length) form.requestSubmit(); });
  // The file's text is in the box now: the next look-up uses the box.
  form.addEventListener("htmx:afterRequest", () => { file.value = ""; });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  // If the results are below the box, scroll to them.
  results.addEventListener("htmx:afterSettle", () => {
    if (results.getBoundingClientRect().top > window.innerHeight * 0.7) results.scrollIntoView({ block: "start" });
  });
  show();
})();
