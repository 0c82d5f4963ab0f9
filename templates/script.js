// Every page works without this script.
const find = (selector) => document.querySelector(selector);
const findAll = (selector) => document.querySelectorAll(selector);
const say = (text) => { find("#status").textContent = text; };

// The token leaves the address bar, and survives a reload.
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
  // A link pasted over an answer changes its fragment.
  else if (linked()) location.replace(`?${location.hash}`);
});

// One click, one request, until the page comes back from the cache.
addEventListener("submit", (event) => {
  const { dataset } = event.target;
  if (dataset.sent) event.preventDefault();
  dataset.sent = "yes";
  setTimeout(() => delete dataset.sent, 10000);
});
// Then the page waits for AWS itself.
addEventListener("formdata", ({ target, formData }) => {
  if (target.method === "post") formData.set("script", "yes");
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Copies what the portal sent, or selects it.
for (const button of findAll("[data-copy]")) {
  const source = find(`#${button.dataset.copy}`);
  const label = button.textContent;
  queueMicrotask(() => { source.dataset.text ??= source.textContent; });
  button.hidden = false;
  button.onclick = async () => {
    let told = "copied";
    try { await navigator.clipboard.writeText(source.dataset.text); } catch {
      getSelection().selectAllChildren(source);
      told = "selected";
    }
    say(button.textContent = find("#status").dataset[told]);
    setTimeout(() => { button.textContent = label; say(""); }, 9000);
  };
}

// The wait between two codes, by the server's clock.
const codes = find(".codes");
if (codes) {
  const [first, second] = findAll(".code");
  const progress = find("progress");
  const began = Date.now() / 1000 - (30 - codes.dataset.secondsLeft);
  const passed = () => Date.now() / 1000 - began;
  const step = () => Math.floor(passed() / 30);
  let typedIn = null;
  let shown = "idle";
  const show = () => {
    const now = typedIn === null || second.value[5] ? "idle" : ["waiting", "now"][step() - typedIn] || "late";
    progress.value = find("[data-left]").textContent = 30 - Math.floor(passed() % 30);
    for (const line of findAll("[data-when]")) {
      line.hidden = line.dataset.when !== now;
      if (!line.hidden && now !== shown && now !== "idle") say(line.textContent);
    }
    shown = now;
  };
  // In any script, digits go up from zero.
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
