/* One's own licences and receipts for where no network is: kept when the person asks, sealed with a code of theirs
   (PBKDF2-SHA-256, AES-256-GCM), for a week. Signing out forgets them, and so does somebody else's signing in. */
(() => {
  "use strict";
  const NAME = "tongban-offline", ROUNDS = 600000, WEEK = 7 * 24 * 3600 * 1000, TRIES = 10;
  if (!("indexedDB" in window) || !window.crypto?.subtle || !("serviceWorker" in navigator)) return;

  const store = (mode, act) => new Promise((done, failed) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const change = opening.result.transaction("kept", mode), asked = act(change.objectStore("kept"));
      change.oncomplete = () => { opening.result.close(); done(asked.result); };
      change.onerror = () => { opening.result.close(); failed(change.error); };
    };
  });
  const read = () => store("readonly", (kept) => kept.get("mine"));
  const write = (value) => store("readwrite", (kept) => kept.put(value, "mine"));
  const forget = async () => { localStorage.removeItem(NAME); await store("readwrite", (kept) => kept.clear()); };

  const key = async (code, salt) => {
    const given = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveKey"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
    return crypto.subtle.deriveKey(how, given, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  };
  const seal = async (code, text) => {
    const salt = crypto.getRandomValues(new Uint8Array(16)), iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(code, salt), new TextEncoder().encode(text));
    return { salt, iv, sealed, at: Date.now(), tries: 0 };
  };
  const unseal = async (code, kept) =>
    new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, await key(code, kept.salt), kept.sealed));

  const tell = (place, text) => { place.textContent = text || ""; place.hidden = !text; };

  /* <section data-offline-keep hidden>: the person chooses a code and keeps. */
  const keeping = async (part) => {
    const form = part.querySelector("form"), said = part.querySelector("[data-offline-said]"), away = part.querySelector("[data-offline-forget]");
    part.hidden = false;
    away.hidden = !(await read());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const code = form.elements.code.value;
      if (code.length < 6) { tell(said, part.dataset.short); form.elements.code.focus(); return; }
      try {
        await navigator.serviceWorker.register("/service-worker.js");
        const answer = await fetch("/offline/mine", { cache: "no-store" });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        await write(await seal(code, await answer.text()));
        localStorage.setItem(NAME, document.body.dataset.person);
        await navigator.serviceWorker.ready;
        form.reset();
        away.hidden = false;
        tell(said, part.dataset.kept);
      } catch {
        tell(said, part.dataset.failed);
      }
    });
    away.addEventListener("click", async () => { await forget(); away.hidden = true; tell(said, part.dataset.gone); });
  };

  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const card = (one) => {
    const made = element("section", "", "card"), body = element("div", "", "card-body"), facts = element("dl", "", "facts");
    for (const [label, value] of one.facts) {
      const line = element("div");
      line.append(element("dt", label), element("dd", value));
      facts.append(line);
    }
    const picture = element("img", "", "offline-qr");
    picture.src = one.qr;
    picture.alt = one.code;
    body.append(element("h2", one.title), facts, picture);
    made.append(body);
    return made;
  };

  /* <section data-offline-view hidden>: the code opens what was kept. */
  const showing = async (part) => {
    const kept = await read();
    if (!kept) return;
    if (Date.now() - kept.at > WEEK) { await forget(); return; }
    const form = part.querySelector("form"), said = part.querySelector("[data-offline-said]"), place = part.querySelector("[data-offline-cards]");
    part.hidden = false;
    document.querySelector("[data-offline-none]").hidden = true;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      let mine;
      try {
        mine = JSON.parse(await unseal(form.elements.code.value, kept));
      } catch {
        kept.tries += 1;
        if (kept.tries >= TRIES) { await forget(); window.location.reload(); return; }
        await write(kept);
        tell(said, part.dataset.wrong);
        return;
      }
      tell(said, `${part.dataset.since} ${mine.at}`);
      form.hidden = true;
      place.replaceChildren(...mine.cards.map(card));
    });
    part.querySelector("[data-offline-forget]").addEventListener("click", async () => { await forget(); window.location.reload(); });
  };

  const keep = document.querySelector("[data-offline-keep]"), view = document.querySelector("[data-offline-view]");
  if (keep) keeping(keep);
  if (view) showing(view);
})();
