/* What pages gain where scripts run: copying, confirming, previews, warnings. Every page works without it. */
(() => {
  "use strict";
  const said = (text) => { const place = document.getElementById("said"); if (place) place.textContent = text; };

  /* Copy buttons appear only where copying works. */
  const showCopy = (root) => {
    if (!navigator.clipboard) return;
    root.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  };

  /* An error summary takes the focus, so that nobody looks for what went wrong. */
  const focusSummary = (root) => root.querySelector("[data-focus]")?.focus();

  const preview = (input) => {
    const place = document.getElementById(input.dataset.preview);
    if (!place) return;
    place.replaceChildren();
    for (const file of input.files) {
      const figure = document.createElement("figure");
      if (file.type.startsWith("image/") && !/hei[cf]/.test(file.type)) {
        const picture = document.createElement("img");
        picture.alt = "";
        picture.src = URL.createObjectURL(file);
        picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
        figure.append(picture);
      }
      const caption = document.createElement("figcaption");
      caption.textContent = `${place.dataset.remark} ${file.name} · ${(file.size / 1048576).toFixed(1)} MB`;
      figure.append(caption);
      place.append(figure);
    }
  };

  /* <button data-confirm="dialog-id">: asks in the dialog, then sends the form with this very button. */
  const confirm = (event, button) => {
    const dialog = document.getElementById(button.dataset.confirm);
    if (!dialog || button.dataset.sure) return;
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector("[data-confirm-yes]").onclick = () => {
      dialog.close();
      button.dataset.sure = "1";
      button.form.requestSubmit(button);
      delete button.dataset.sure;
    };
    dialog.querySelector("[data-confirm-no]").onclick = () => { dialog.close(); button.focus(); };
  };

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        copy.classList.add("copied");
        said(copy.textContent.trim() + " ✓");
      });
    }
    const asks = event.target.closest("[data-confirm]");
    if (asks) confirm(event, asks);
    const prints = event.target.closest("[data-print]");
    if (prints) window.print();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-preview]")) preview(event.target);
  });

  /* <form data-autosave="/address">: what is typed is saved a moment later; [data-saved] tells. */
  const timers = new WeakMap();
  const save = async (form) => {
    const place = form.querySelector("[data-saved]");
    const tell = (state) => { if (place) { place.dataset.state = state; place.textContent = place.dataset[state] || ""; } };
    tell("saving");
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")), headers: { "X-Requested-With": "autosave" },
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const revision = answer.headers.get("X-Revision");
      if (revision && form.elements.revision) form.elements.revision.value = revision;
      tell("saved");
    } catch {
      tell("failed");
    }
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (!form || event.target.type === "file") return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), 900));
  });
  document.addEventListener("submit", (event) => {
    clearTimeout(timers.get(event.target));
    /* A second click must not send twice; the page comes back anew with the answer. */
    if (event.target.dataset.sent) event.preventDefault();
    if (event.target.matches("form[method=post]:not([hx-post])") && !event.defaultPrevented) {
      event.target.dataset.sent = "1";
      setTimeout(() => { delete event.target.dataset.sent; }, 4000);
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  /* What was kept for where no network is goes when its person signs out, and when somebody else signs in. */
  const KEPT = "tongban-offline";
  const forget = () => { localStorage.removeItem(KEPT); indexedDB.deleteDatabase(KEPT); };
  try {
    const whose = localStorage.getItem(KEPT), person = document.body.dataset.person;
    if (whose && person && whose !== person) forget();
  } catch { /* a browser that keeps nothing has nothing to forget */ }
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[action='/sign-out']")) try { forget(); } catch { /* likewise */ }
  });

  const enliven = (root) => { showCopy(root); focusSummary(root); };
  enliven(document);
  document.addEventListener("htmx:after:swap", (event) => enliven(event.target instanceof Element ? event.target : document));
  document.documentElement.classList.add("scripted");
})();
