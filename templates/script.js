"use strict";
// Every page works without this script; it only makes them kinder.
const find = (selector) => document.querySelector(selector);
const findAll = (selector) => document.querySelectorAll(selector);
const say = (text) => { find("#status").textContent = text; };

// The invitation token leaves the address bar, but survives a reload and a change of language.
const tokenForm = find("[data-token-form]");
function takeToken() {
  const fragment = location.hash.slice(1);
  const token = fragment && !document.getElementById(fragment) ? fragment : history.state;
  const field = find("#token");
  if (typeof token === "string") {
    field.value = token;
    history.replaceState(token, "", location.pathname + location.search);
    for (const link of findAll(".languages a")) link.hash = token;
  }
  field.parentElement.hidden = field.value !== "" && !field.hasAttribute("aria-invalid");
}
if (tokenForm) takeToken();
addEventListener("hashchange", () => {
  if (tokenForm) takeToken();
  // A new link pasted over an answer of this address would change nothing but the fragment.
  else if (!document.getElementById(location.hash.slice(1))) location.replace(`?${location.hash}`);
});

// One click, one request; a page that comes back from the cache may send again.
for (const form of document.forms) {
  // Then the page waits for AWS itself.
  if (form.method === "post") form.addEventListener("formdata", ({ formData }) => formData.set("script", "yes"));
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 30000);
  });
}
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

for (const button of navigator.clipboard ? findAll("[data-copy]") : []) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value || source.textContent);
    button.textContent = button.dataset.copied;
    say(button.dataset.copied);
    setTimeout(() => { button.textContent = label; say(""); }, 3000);
  });
}

// Between two codes: how long to wait, counted from the server's clock, not from this computer's.
const codes = find(".codes");
if (codes) {
  const [first, second] = codes.querySelectorAll("input");
  const began = Date.now() - (30 - codes.dataset.secondsLeft) * 1000;
  let typedIn = null;
  let shown = "idle";
  const show = () => {
    const seconds = (Date.now() - began) / 1000;
    const passed = Math.floor(seconds / 30) - typedIn;
    const left = 30 - Math.floor(seconds % 30);
    const isSecondDone = second.value.length === 6;
    const now = typedIn === null || isSecondDone ? "idle" : ["waiting", "now"][passed] || "late";
    codes.querySelector("progress").value = left;
    codes.querySelector("[data-left]").textContent = left;
    for (const line of codes.querySelectorAll("[data-when]")) {
      line.hidden = line.dataset.when !== now;
      if (!line.hidden && now !== shown && now !== "idle") say(line.textContent);
    }
    shown = now;
  };
  codes.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const digits = event.target.value.normalize("NFKC").replace(/\D/g, "").slice(0, 6);
    if (event.target.value !== digits) event.target.value = digits;
    if (event.target === first) {
      typedIn = digits.length === 6 ? Math.floor((Date.now() - began) / 30000) : null;
    }
    show();
  });
  codes.querySelector("progress").hidden = false;
  show();
  setInterval(show, 1000);
}

const automatic = find("[data-automatic]");
if (automatic) {
  const note = find("[data-automatic-note]");
  let left = automatic.dataset.automatic;
  note.hidden = false;
  say(note.textContent);
  const timer = setInterval(() => {
    note.querySelector("[data-left]").textContent = left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    automatic.requestSubmit();
  }, 1000);
}
