// Times are written in the portal's time zone; here they become those of the reader's, each with the offset of its day.
const two = (number) => String(Math.abs(Math.trunc(number))).padStart(2, "0");
for (const time of findAll("time")) {
  const at = new Date(time.dateTime);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minutes = -at.getTimezoneOffset();
  const offset = `UTC${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  const shown = "zone" in time.dataset ? `(${offset})` : offset;
  time.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())} ${shown}`;
}
find("span[data-zone]").textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;

// A list may be typed for longer than the session lasts: this browser keeps it until it is checked, or for half a day.
const list = find("#list textarea");
const KEPT = "firstday-list";
try {
  if (find("[data-list-done]")) localStorage.removeItem(KEPT);
  const [text, until] = JSON.parse(localStorage.getItem(KEPT) ?? "[\"\", 0]");
  if (until < Date.now()) localStorage.removeItem(KEPT);
  else if (list) list.value ||= text;
  list?.addEventListener("input", () => {
    localStorage.setItem(KEPT, JSON.stringify([list.value, Date.now() + 12 * 3600 * 1000]));
  });
} catch { /* The browser keeps nothing for pages; the list is there until the page is left. */ }
