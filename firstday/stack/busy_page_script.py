"""The script of API Gateway's page for a portal that is full: it goes on by itself, as the portal's own pages do.

In Chromium, ``location.reload()`` sends a form again without a question. Firefox asks first, and WebKit loads the
address without the form: there, only a page that was no form goes on, and the words say what to do. To keep the
form in the browser's storage instead would put the seed of an MFA device on the disk.
"""

# What API Gateway tells the script, in an attribute of the page.
CONTEXT = 'data-method="$context.httpMethod"'
# No other "$": API Gateway takes it for a variable. The numbers are those of the portal's own pages, too.
# Only Chromium has userAgentData. What is kept, for this tab, is how often and when it last tried.
SCRIPT = """
const [shortest, longest, most] = [2, 16, 40];
const [count, last] = JSON.parse(sessionStorage.tries ?? "[0, 0]");
const tries = Date.now() - last < 60000 ? count : 0;
const isSent = document.documentElement.dataset.method === "GET" || "userAgentData" in navigator;
if (isSent && tries < most) {
  for (const line of document.querySelectorAll("[data-advice]")) line.hidden = !line.hidden;
  const range = Math.min(longest, 2 * shortest * 2 ** tries) - shortest;
  setTimeout(() => {
    sessionStorage.tries = JSON.stringify([tries + 1, Date.now()]);
    location.reload();
  }, 1000 * (shortest + Math.random() * range));
}
"""
