"""The script of API Gateway's page for a portal that is full: it goes on by itself, as the portal's own pages do.

``location.reload()`` would do for every request in Chromium, but after a form, Firefox asks the member and WebKit
loads the address without the form. So the script sends the fields that the portal's page has kept
(``templates/kept-form.js``), and counts where the portal counts (``chalicelib/web/trying_again.py``).
"""

# What API Gateway tells the script, in attributes of the page: the method, and the time by its own clock in ms.
CONTEXT = 'data-method="$context.httpMethod" data-arrived="$context.requestTimeEpoch"'
# No "$": API Gateway takes it for a variable. The three numbers are those of the portal's own pages, too.
SCRIPT = """
const [shortest, longest, most] = [2, 16, 40];
const {method, arrived} = document.documentElement.dataset;
const isGet = method === "GET";
const address = location.origin + location.pathname;
const kept = sessionStorage[address] ?? (isGet ? "" : null);
const fields = new URLSearchParams(kept ?? "");
const tries = Number(fields.get("tries"));
function goOn() {
  fields.set("tries", tries + 1);
  if (!fields.has("since") && arrived > 0) fields.set("since", Math.floor(arrived / 1000));
  sessionStorage[address] = fields;
  if (isGet) return location.reload();
  const form = document.createElement("form");
  form.method = "post";
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    Object.assign(field, {type: "hidden", name, value});
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}
if (kept !== null && tries < most) {
  for (const line of document.querySelectorAll("[data-advice]")) line.hidden = !line.hidden;
  const range = Math.min(longest, 2 * shortest * 2 ** tries) - shortest;
  setTimeout(goOn, 1000 * (shortest + Math.random() * range));
}
"""
