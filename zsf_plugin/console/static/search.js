// Search preview: how many are in the box, a chosen file sent at once, Ctrl+Enter. The page works without it.
(() => {
  "use strict";
  const form = document.getElementById("search-form");
  const howMany = document.getElementById("how-many");
  const file = document.getElementById("file");
  const example = document.getElementById("example");
  const results = document.getElementById("results");
  const MOST = 100;

  // A header and a line each, or JSON; no number is shown if it can't be counted quickly.
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
    const number = Math.min(counted(text), MOST);
    howMany.textContent = number > 1 ? `${number} ` : "";
    if (example) example.hidden = text !== "";
  }

  form.addEventListener("input", show);
  document.addEventListener("htmx:afterSettle", show);
  file.addEventListener("change", () => { if (file.files.length) form.requestSubmit(); });
  // The file's text stands in the box by now; the next look-up is the box's.
  form.addEventListener("htmx:afterRequest", () => { file.value = ""; });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  // Where the results stand below the box, what was asked for is brought into view.
  results.addEventListener("htmx:afterSettle", () => {
    if (results.getBoundingClientRect().top > window.innerHeight * 0.7) results.scrollIntoView({ block: "start" });
  });
  show();
})();
