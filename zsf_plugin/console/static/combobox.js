// The picker in its row: a combobox of the org's fields. The server finds and ranks them.
// Without script, and in a narrow window, the same button opens the picker as a page.
(() => {
  "use strict";

  const NARROW = window.matchMedia("(max-width: 640px)");
  const WAIT_MS = 150;
  // The one picker that is open: {button, box, input, pop, status, timer, request, searching, entered}. While `searching`,
  // the options shown are not those of the words typed; Enter (`entered`) then waits for them.
  let open = null;

  const optionsOf = () => [...open.pop.querySelectorAll("[role=option]")];
  const activeOption = () => open.pop.querySelector("[aria-selected=true]");

  function build(button) {
    const box = document.createElement("div");
    box.className = "combobox";
    const input = document.createElement("input");
    input.type = "text";
    const label = button.querySelector(".target-label:not(.blank)");
    input.value = label ? label.firstChild.textContent.trim() : "";
    const status = document.createElement("div");
    status.className = "hidden";
    status.setAttribute("role", "status");
    const pop = document.createElement("div");
    pop.className = "fields-pop";
    pop.hidden = true;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-expanded": "false", "aria-controls": "fields-list", "aria-autocomplete": "list",
      "aria-label": button.dataset.label, autocomplete: "off", spellcheck: "false",
    })) input.setAttribute(name, value);
    box.append(input, pop, status);
    return { button, box, input, pop, status, timer: 0, request: null, searching: false, entered: false };
  }

  function show(button) {
    close(false);
    open = build(button);
    button.setAttribute("aria-expanded", "true");
    button.parentElement.append(open.box);
    open.input.focus();
    open.input.select();
    open.input.addEventListener("input", () => {
      window.clearTimeout(open.timer);
      open.searching = true;
      open.entered = false;
      open.timer = window.setTimeout(() => {
        open.timer = 0;
        search(open.input.value);
      }, WAIT_MS);
    });
    open.input.addEventListener("keydown", onKey);
    open.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      close(true);
    });
    open.box.addEventListener("focusout", (event) => {
      if (open && !open.box.contains(event.relatedTarget)) close(false);
    });
    open.box.addEventListener("mousedown", (event) => { if (event.target !== open.input) event.preventDefault(); });
    open.box.addEventListener("click", onClick);
    search("");
  }

  async function search(words) {
    const mine = open;
    const form = mine.button.form;
    mine.request?.abort();
    const { signal } = mine.request = new AbortController();
    mine.searching = true;
    const body = new URLSearchParams(new FormData(form));
    body.set("pick", mine.button.value);
    body.set("words", words);
    let html;
    try {
      const headers = { "HX-Request": "true" };
      const answer = await fetch(form.dataset.fields, { method: "POST", body, headers, signal });
      if (!answer.ok) throw new Error(String(answer.status));
      html = await answer.text();
    } catch (error) {
      if (error.name === "AbortError" || open !== mine) return;
      const failure = document.createElement("p");
      failure.className = "fields-none";
      failure.textContent = mine.status.textContent = "Zaplify didn’t answer. Try again.";
      mine.pop.replaceChildren(failure); // not options of other words
      mine.pop.hidden = false;
      mine.searching = mine.entered = false;
      return;
    }
    await window.zsfReleased();
    if (open !== mine || signal.aborted) return;
    mine.pop.innerHTML = html; // our own template's answer, escaped there
    mine.pop.hidden = false;
    mine.input.setAttribute("aria-expanded", "true");
    activate(optionsOf().find((option) => option.getAttribute("aria-disabled") !== "true") || null);
    mine.status.textContent = mine.pop.querySelector("#fields-count, .fields-none")?.textContent || "";
    const none = mine.pop.querySelector(".fields-none");
    if (none) mine.status.textContent = none.textContent;
    mine.searching = mine.timer !== 0;
    if (mine.entered && !mine.searching) enter();
  }

  function activate(option) {
    activeOption()?.setAttribute("aria-selected", "false");
    if (!option) { open.input.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    open.input.setAttribute("aria-activedescendant", option.id);
  }

  function move(step) {
    const options = optionsOf();
    if (!options.length) return;
    const at = options.indexOf(activeOption());
    activate(options[at < 0 ? (step > 0 ? 0 : options.length - 1) : (at + step + options.length) % options.length]);
  }

  function onKey(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (open.searching) open.entered = true;
      else enter();
    }
  }

  function enter() {
    open.entered = false;
    const option = activeOption();
    if (option) take(option);
  }

  function onClick(event) {
    const option = event.target.closest("[role=option]");
    const suggestion = event.target.closest("[data-words]");
    if (option) take(option);
    else if (suggestion) { open.input.value = suggestion.dataset.words; open.input.focus(); search(suggestion.dataset.words); }
    else if (event.target.closest("[data-unmap]")) choose("");
  }

  function take(option) {
    if (option.getAttribute("aria-disabled") === "true") {
      open.status.textContent = option.querySelector(".option-why").textContent.trim();
      return;
    }
    choose(option.dataset.name);
  }

  function choose(name) {
    const { button } = open;
    const to = button.form.elements[`${button.value}.to`];
    const changed = to.value !== name;
    to.value = name;
    close(true);
    if (changed) to.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function close(focus) {
    if (!open) return;
    const { button, box, timer, request } = open;
    open = null;
    window.clearTimeout(timer);
    request?.abort();
    box.remove();
    button.setAttribute("aria-expanded", "false");
    button.dispatchEvent(new CustomEvent("combobox:closed", { bubbles: true }));
    if (focus) button.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.pick");
    if (!button || NARROW.matches) return;
    event.preventDefault();
    show(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || NARROW.matches || !event.target.matches("button.pick")) return;
    event.preventDefault();
    show(event.target);
  });
})();
