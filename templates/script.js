"use strict";
// Every page works without this script; it only makes them kinder.
const find = (selector) => document.querySelector(selector);
const findAll = (selector) => document.querySelectorAll(selector);
const say = (text) => { find("#status").textContent = text; };

// The token leaves the address bar, but survives a reload and a change of language.
const tokenForm = find("[data-token-form]");
const linked = () => document.getElementById(location.hash.slice(1)) ? "" : location.hash.slice(1);
function takeToken() {
  const token = linked() || history.state;
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
  // A new link pasted over an answer would change the fragment only.
  else if (linked()) location.replace(`?${location.hash}`);
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

// Between two codes: how long to wait, by the server's clock.
const codes = find(".codes");
if (codes) {
  const [first, second] = findAll(".codes input");
  const progress = find("progress");
  const began = Date.now() - (30 - codes.dataset.secondsLeft) * 1000;
  const step = () => Math.floor((Date.now() - began) / 30000);
  let typedIn = null;
  let shown = "idle";
  const show = () => {
    const now = typedIn === null || second.value[5] ? "idle" : ["waiting", "now"][step() - typedIn] || "late";
    progress.value = find("[data-left]").textContent = 30 - Math.floor((Date.now() - began) / 1000 % 30);
    for (const line of findAll("[data-when]")) {
      line.hidden = line.dataset.when !== now;
      if (!line.hidden && now !== shown && now !== "idle") say(line.textContent);
    }
    shown = now;
  };
  // In any script, digits stand in a row from zero on.
  const plain = (digit) => {
    let value = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt() - value - 1))) value += 1;
    return value % 10;
  };
  const take = ({ target, isComposing }) => {
    if (isComposing) return;
    const code = target.value.normalize("NFKC").replace(/\P{Nd}/gu, "").replace(/./gu, plain).slice(0, 6);
    if (target.value !== code) target.value = code;
    if (target === first) typedIn = code[5] ? step() : null;
    show();
  };
  codes.addEventListener("input", take);
  codes.addEventListener("compositionend", take);
  progress.hidden = false;
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
    find("[data-left]").textContent = left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    automatic.requestSubmit();
  }, 1000);
}
