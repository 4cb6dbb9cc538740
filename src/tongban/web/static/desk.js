/* What the desk gains where scripts run: moving through a list by key, wordings at a click. All works without. */
(() => {
  "use strict";
  const KEYS = "tongban-desk-keys";
  const links = () => [...document.querySelectorAll("[data-row]")];
  const stored = () => { try { return localStorage.getItem(KEYS); } catch { return null; } };
  const store = (value) => { try { localStorage.setItem(KEYS, value); } catch { /* private browsing */ } };
  /* A single letter must never act while somebody types, and can be switched off (WCAG 2.2, 2.1.4). */
  const typing = (place) => place.closest("input, select, textarea, [contenteditable]") !== null;

  const hint = document.querySelector("[data-keys]");
  const button = document.querySelector("[data-keys-switch]");
  const label = () => { if (button) button.textContent = stored() === "off" ? button.dataset.on : button.dataset.off; };
  if (hint) { hint.hidden = false; label(); }
  button?.addEventListener("click", () => { store(stored() === "off" ? "on" : "off"); label(); });

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!["j", "k"].includes(key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (stored() === "off" || typing(event.target)) return;
    const rows = links();
    if (!rows.length) return;
    event.preventDefault();
    const now = rows.indexOf(document.activeElement);
    const to = key === "j" ? Math.min(now + 1, rows.length - 1) : Math.max(now - 1, 0);
    rows[to].focus();
    rows[to].scrollIntoView({ block: "nearest" });
  });

  document.querySelectorAll("[data-wordings]").forEach((group) => { group.hidden = false; });
  document.addEventListener("click", (event) => {
    const wording = event.target.closest("[data-wording]");
    if (!wording) return;
    /* What the applicant reads is Chinese, whatever language the handler works in. */
    const place = document.getElementById(wording.dataset.wording);
    place.value += (place.value && !place.value.endsWith("\n") ? "\n" : "") + wording.dataset.text;
    place.focus();
  });
})();
