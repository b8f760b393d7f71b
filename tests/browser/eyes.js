// What tests ask a page about itself. Put into each page by the browser, past its policy; changes nothing but the scroll.
window.eyes = (() => {
  "use strict";

  const shortly = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Pixels that the page is wider than its window, and what sticks out furthest inside.
  function tooWide() {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const wide = all("main *, header *").filter((one) => !one.closest(".tabs") && one.getBoundingClientRect().right > innerWidth + 1);
    return { over, wide: wide.slice(-3).map(shortly) };
  }

  function moving() {
    const longest = (words) => Math.max(...words.split(",").map(parseFloat));
    return all("*").filter((one) => {
      const style = getComputedStyle(one);
      const animated = style.animationName !== "none" && longest(style.animationDuration) > 0.001;
      return animated || longest(style.transitionDuration) > 0.001;
    }).map(shortly);
  }

  const headings = () => all("h1,h2,h3,h4,h5,h6").filter(isShown).map((one) => Number(one.tagName[1]));

  // What can be used by keyboard and is a stop of its own: of radio buttons, the chosen one stands for all.
  function isStop(one) {
    if (!isShown(one) || one.disabled || one.type === "hidden" || one.tabIndex < 0) return false;
    if (one.type !== "radio" || one.checked) return true;
    return !all("input[type=radio]").some((other) => other.checked && other.name === one.name && other.form === one.form);
  }
  let stops = [];
  function lookForStops() {
    stops = all("a[href], button, input, select, textarea, summary, [tabindex='0']").filter(isStop);
    return stops.map(shortly);
  }

  // Where the focus is: its number among the stops, whether a reader sees it, and whether it is on the screen.
  function focused() {
    const one = document.activeElement;
    if (one === document.body) return null;
    const rings = (part) => {
      const style = getComputedStyle(part);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    const parts = [one, one.nextElementSibling, one.parentElement, one.closest("label")].filter(Boolean);
    const box = one.getBoundingClientRect();
    const isOnScreen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { stop: stops.indexOf(one), isSeen: parts.some(rings), isOnScreen, html: shortly(one) };
  }

  // Each control is aimed at beside its middle: what is hit there has to be it, or what belongs to it.
  function small(least) {
    const far = least / 2 - 1;
    const hits = (one, x, y) => {
      const met = document.elementFromPoint(x, y);
      return met && (one.contains(met) || (met.contains(one) && met.matches("label, button, a")));
    };
    const controls = all("button, select, summary, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), .button");
    return controls.filter((one) => isShown(one) && !one.closest("[aria-hidden=true]")).filter((one) => {
      one.scrollIntoView({ block: "center", inline: "center" });
      const box = one.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
      if (box.width < 2 || box.height < 2) return false;
      const isLow = box.height < least && !(hits(one, x, y - far) && hits(one, x, y + far));
      return isLow || (box.width < least && !(hits(one, x - far, y) && hits(one, x + far, y)));
    }).map((one) => `${Math.round(one.offsetWidth)} × ${Math.round(one.offsetHeight)} px: ${shortly(one)}`);
  }

  return { tooWide, moving, headings, lookForStops, focused, small };
})();
