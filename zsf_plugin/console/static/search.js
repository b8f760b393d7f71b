// Search preview: how many are in the box, a chosen file sent at once, Ctrl+Enter. The page works without it.
(() => {
  "use strict";
  const form = document.getElementById("search-form");
  const howMany = document.getElementById("how-many");
  const file = document.getElementById("file");
  const MOST = 100;

  // A heading and a line each, or JSON; where it cannot be told at a glance, no number is shown.
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
    if (trimmed.includes('"')) return 0;
    const lines = trimmed.split(/\r\n|\r|\n/).filter((line) => line.trim());
    return lines.length - (lines[0].includes("@") ? 0 : 1);
  }

  function show() {
    const number = Math.min(counted(document.getElementById("pasted").value), MOST);
    howMany.textContent = number > 1 ? `${number} ` : "";
  }

  form.addEventListener("input", show);
  document.addEventListener("htmx:afterSettle", show);
  file.addEventListener("change", () => { if (file.files.length) form.requestSubmit(); });
  // The file's text stands in the box by now; the next look-up is the box's.
  form.addEventListener("htmx:afterRequest", () => { file.value = ""; });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  show();
})();
