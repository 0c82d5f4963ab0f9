
// API Gateway answers by itself while the portal is full. Its page sends what is kept here, for this tab, again.
sessionStorage.clear();
for (const form of document.forms) {
  if (form.method !== "post") continue;
  form.addEventListener("submit", ({ submitter }) => {
    const fields = new FormData(form, submitter);
    for (const name of ["password", "repeated"]) fields.delete(name);
    sessionStorage[form.action] = new URLSearchParams(fields);
  });
}
