"""Scripts that make a page's surroundings odd, as browsers, extensions and translators do."""

# As Google's in Chromium: every text in new elements, in another language, from right to left. It leaves alone what
# says so, what is typed into, and styles and scripts.
TRANSLATOR = """
(() => {
  const foreign = (text) => text.replace(/\\p{L}/gu, "ש");
  const translate = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    for (const node of found) {
      const kept = node.parentElement?.closest('[translate="no"], .notranslate, script, style, textarea, font');
      if (kept || !node.data.trim()) continue;
      if (node.parentElement.matches("title")) {
        if (!node.data.includes("ש")) node.data = foreign(node.data);
        continue;
      }
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      inner.textContent = foreign(node.data);
      outer.append(inner);
      node.replaceWith(outer);
    }
    for (const button of document.querySelectorAll("[title], [aria-label]")) {
      for (const name of ["title", "aria-label"]) {
        if (button.hasAttribute(name)) button.setAttribute(name, foreign(button.getAttribute(name)));
      }
    }
  };
  addEventListener("load", () => {
    document.documentElement.lang = "he";
    document.documentElement.dir = "rtl";
    document.documentElement.classList.add("translated-rtl");
    translate(document.documentElement);
    new MutationObserver(() => translate(document.body)).observe(
      document.body, { characterData: true, childList: true, subtree: true });
  });
})();
"""
# One that leaves nothing alone, run on a page that is open.
RUDE_TRANSLATION = """
for (const shown of document.querySelectorAll("pre, code")) {
  shown.innerHTML = "<font><font>" + shown.textContent.replace(/[a-z]/gi, "x") + "</font></font>";
}
"""
CLIPBOARD_REFUSED = """
navigator.clipboard.writeText = () => Promise.reject(new DOMException("not allowed", "NotAllowedError"));
"""
NO_CLIPBOARD = """
Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined });
"""
# A browser inside an app opens no windows, and keeps no downloads.
INSIDE_AN_APP = (
    NO_CLIPBOARD
    + """
window.open = () => null;
addEventListener("click", (event) => {
  if (event.target.closest("[download], [target=_blank]")) event.preventDefault();
}, true);
"""
)
# Extensions put fields and buttons of their own into forms, and name them as they like.
EXTENSION = """
addEventListener("DOMContentLoaded", () => {
  for (const form of document.forms) {
    form.insertAdjacentHTML("afterbegin", '<input aria-label="of an extension" name="extension" value="x">');
    for (const field of form.querySelectorAll("input:not([type=hidden])")) {
      field.insertAdjacentHTML("beforebegin", '<input aria-label="beside it" name="beside" value="x">');
    }
  }
});
"""
# What Firefox's text-only zoom and the font size in browsers' settings do: the page's width stays.
LARGE_TEXT = """
addEventListener("DOMContentLoaded", () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("html { font-size: 200%; }");
  document.adoptedStyleSheets = [sheet];
});
"""
