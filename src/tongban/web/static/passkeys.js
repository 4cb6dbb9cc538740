/* Passkeys: shows the buttons where the device has them, asks the device, and sends the form with its answer. */
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => {
    if (!buffer) return null;
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const create = async (options) => {
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = described(options.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: options });
    const transports = made.response.getTransports ? made.response.getTransports() : [];
    return {
      id: made.id, rawId: text(made.rawId), type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject),
        transports,
      },
      clientExtensionResults: made.getClientExtensionResults(),
    };
  };

  const get = async (options) => {
    options.challenge = bytes(options.challenge);
    options.allowCredentials = described(options.allowCredentials);
    const used = await navigator.credentials.get({ publicKey: options });
    return {
      id: used.id, rawId: text(used.rawId), type: used.type,
      response: {
        clientDataJSON: text(used.response.clientDataJSON), authenticatorData: text(used.response.authenticatorData),
        signature: text(used.response.signature), userHandle: text(used.response.userHandle),
      },
      clientExtensionResults: used.getClientExtensionResults(),
    };
  };

  const run = async (form) => {
    const headers = { "x-csrftoken": form.elements._csrf_token.value };
    const answer = await fetch(form.dataset.options, { method: "POST", headers, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const credential = await (form.dataset.passkey === "create" ? create : get)(await answer.json());
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const fault = form.querySelector("[data-passkey-error]");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      fault.hidden = true;
      run(form).catch(() => { fault.textContent = form.dataset.failed; fault.hidden = false; });
    });
  });
})();
