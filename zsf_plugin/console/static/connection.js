// Opens the popup and reports its outcome. Without script, its links open the same page in this tab.
(() => {
  "use strict";

  const CHANNEL = "zsf-connection";
  const POLL_MS = 3000;
  const MAX_WAIT_MS = 660000; // a sign-in is valid for ten minutes
  const status = () => document.getElementById("connect-status");
  let popup = null;
  let waiting = null; // of this page's sign-in: until when, and whether Salesforce's page may be shown

  function showStatus(name) {
    const template = document.getElementById(name);
    if (template && status()) status().replaceChildren(template.content.cloneNode(true));
  }

  function showWaiting(host) {
    showStatus("connect-waiting");
    const where = status()?.querySelector("[data-where]");
    if (host && where) where.textContent = ` at ${host}`;
  }

  function start(host) {
    end();
    const timers = [setInterval(watchWindow, 300), setInterval(askServer, POLL_MS)];
    const left = Boolean(host) || !("BroadcastChannel" in window); // then nothing says when it leaves
    waiting = { until: Date.now() + MAX_WAIT_MS, left, timers };
    showWaiting(host);
  }

  function end() {
    waiting?.timers.forEach(clearInterval);
    waiting = null;
    status()?.replaceChildren();
  }

  // Only until it leaves for Salesforce: a page with a Cross-Origin-Opener-Policy looks closed from here.
  function watchWindow() {
    if (waiting.left || !popup?.closed) return;
    end();
    showStatus("connect-closed");
  }

  async function askServer() {
    if (Date.now() > waiting.until) { end(); showStatus("connect-late"); return; }
    if (document.hidden) return;
    const { mark, markUrl, next } = status().dataset;
    const answer = await fetch(markUrl, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || !waiting) return;
    const now = (await answer.json()).mark;
    if (now && now !== mark) window.location.assign(next);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-cancel-sign-in]")) { popup?.close(); end(); return; }
    const stays = event.target.closest("[data-stays]");
    if (stays && stays.closest("dialog")) { event.preventDefault(); return; }
    const link = event.target.closest("a[data-popup], .notices a[href$='/connect']");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    end();
    const address = new URL(link.href);
    address.searchParams.set("popup", "1");
    popup = window.open(address, "zsf-connect", "popup,width=500,height=720");
    if (!popup) { showStatus("connect-blocked"); return; }
    popup.focus();
    start();
  });

  if ("BroadcastChannel" in window) {
    new BroadcastChannel(CHANNEL).addEventListener("message", ({ data }) => {
      if (data.leaving && popup) start(data.leaving);
      if (data === "failed") end();
      if (data === "connected" && status()) window.location.assign(status().dataset.next);
    });
  }
})();
