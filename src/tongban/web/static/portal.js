/* The citizen's form: what is typed is saved a moment later, and fields that follow from an answer appear. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-draft]");
  document.querySelector(".mine-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  /* A chosen photo is sent at once; the button stays for who has no script. */
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sends]") && event.target.files.length) event.target.form.requestSubmit();
  });
  if (!form) return;

  const place = form.querySelector("[data-save-state]");
  const tell = (state) => { place.dataset.state = state; place.textContent = place.dataset[state === "saved" ? "savedText" : state] || ""; };
  let timer = 0, running = null, again = false, leaving = false;

  /* Fields that stay keep what the person is typing; new ones come in, moot ones go, empty ones are filled. */
  const take = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const incoming = fresh.getElementById("fields"), here = form.querySelector("#fields");
    if (!incoming) return;
    const old = new Map([...here.querySelectorAll(":scope > .field")].map((field) => [field.id, field]));
    let last = null;
    for (const field of [...incoming.querySelectorAll(":scope > .field")]) {
      const known = old.get(field.id);
      const kept = known && (known.contains(document.activeElement) || filled(known)) ? known : field;
      if (kept === known && filled(known)) {
        known.querySelectorAll(".field-error").forEach((one) => one.remove());
        known.querySelectorAll(".is-invalid").forEach((one) => { one.classList.remove("is-invalid"); one.removeAttribute("aria-invalid"); });
        if (!field.querySelector(".field-source")) known.querySelector(".field-source")?.remove();
      }
      if (known && known !== kept) known.replaceWith(kept);
      else if (!known) last ? last.after(kept) : here.prepend(kept);
      old.delete(field.id);
      last = kept;
    }
    for (const moot of old.values()) if (!moot.contains(document.activeElement)) moot.remove();
    here.querySelector("[name=asked]").value = incoming.querySelector("[name=asked]").value;
    form.querySelector("#warnings").replaceChildren(...fresh.getElementById("warnings").childNodes);
  };
  const filled = (field) => [...field.querySelectorAll("input, select, textarea")].some((one) => one.type === "radio" ? one.checked : one.value !== "");

  const save = async () => {
    if (running) { again = true; return running; }
    running = (async () => {
      tell("saving");
      try {
        const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
        if (answer.ok) {
          form.elements.revision.value = answer.headers.get("x-revision");
          form.elements.state.value = answer.headers.get("x-state");
          /* Who has pressed on already is not held to fields they never saw: the next page shows those. */
          if (!leaving) take(await answer.text());
          tell("saved");
        } else tell(answer.status === 401 ? "ended" : answer.status === 409 ? "stale" : "failed");
      } catch { tell("failed"); }
    })();
    await running;
    running = null;
    if (again && !leaving) { again = false; await save(); }
  };

  /* A choice is saved at once; typing after a pause, or when the field is left. */
  form.addEventListener("change", () => { clearTimeout(timer); timer = setTimeout(save, 150); });
  form.addEventListener("input", (event) => {
    if (event.target.type === "radio") return;
    clearTimeout(timer);
    timer = setTimeout(save, 2500);
  });

  /* A page that is still saving waits for that first: otherwise it would look changed elsewhere. */
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    leaving = true;
    if (!running) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    running.finally(() => setTimeout(() => form.requestSubmit(button), 0));
  }, true);
})();
