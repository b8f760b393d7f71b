// Checks that tests run in a page. The browser adds it to each page despite the policy; it changes only the scroll position.
window.layoutChecks = (() => {
  "use strict";

  const excerpt = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // By how many pixels the page is wider than its window, and its widest elements.
  function tooWide() {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const wide = all("main *, header *").filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    return { over, wide: wide.slice(-3).map(excerpt) };
  }

  function moving() {
    const maxOf = (words) => Math.max(...words.split(",").map(parseFloat));
    return all("*").filter((one) => {
      const style = getComputedStyle(one);
      const animated = style.animationName !== "none" && maxOf(style.animationDuration) > 0.001;
      return animated || maxOf(style.transitionDuration) > 0.001;
    }).map(excerpt);
  }

  const headings = () => all("h1,h2,h3,h4,h5,h6").filter(isShown).map((one) => Number(one.tagName[1]));

  // Elements that Tab stops at; in a group of radio buttons only the checked one.
  function isStop(one) {
    if (!isShown(one) || one.disabled || one.type === "hidden" || one.tabIndex < 0) return false;
    if (one.type !== "radio" || one.checked) return true;
    return !all("input[type=radio]").some((other) => other.checked && other.name === one.name && other.form === one.form);
  }
  let stops = [];
  function findStops() {
    stops = all("a[href], button, input, select, textarea, summary, [tabindex='0']").filter(isStop);
    return stops.map(excerpt);
  }

  // The focused element: its index among the stops, whether the focus is visible, and whether it is on the screen.
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
    return { stop: stops.indexOf(one), isSeen: parts.some(rings), isOnScreen, html: excerpt(one) };
  }

  // Tests points beside the middle of each control: they must hit the control or what belongs to it.
  function small(minPx) {
    const far = minPx / 2 - 1;
    const hits = (one, x, y) => {
      const hit = document.elementFromPoint(x, y);
      return hit && (one.contains(hit) || (hit.contains(one) && hit.matches("label, button, a")));
    };
    const controls = all("button, select, summary, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), .button");
    return controls.filter((one) => isShown(one) && !one.closest("[aria-hidden=true]")).filter((one) => {
      one.scrollIntoView({ block: "center", inline: "center" });
      const box = one.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
      if (box.width < 2 || box.height < 2) return false;
      const isLow = box.height < minPx && !(hits(one, x, y - far) && hits(one, x, y + far));
      return isLow || (box.width < minPx && !(hits(one, x - far, y) && hits(one, x + far, y)));
    }).map((one) => `${Math.round(one.offsetWidth)} × ${Math.round(one.offsetHeight)} px: ${excerpt(one)}`);
  }

  // What is cut off in the top bar, or lies over something else there.
  function crowdedBar() {
    const parts = all(".tabs a, .top-brand, .top-org, .top-help").filter(isShown);
    const boxes = parts.map((one) => one.getBoundingClientRect());
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    const cut = parts.filter((one, at) => boxes[at].right > innerWidth || one.scrollWidth > one.clientWidth + 1);
    const over = parts.filter((one, at) => boxes.some((box, other) => other > at && meet(boxes[at], box)));
    return [...cut, ...over].map(excerpt);
  }
  const barHeight = () => document.querySelector(".top").offsetHeight;

  return { crowdedBar, barHeight, tooWide, moving, headings, findStops, focused, small };
})();
