// Times become those of the reader's zone, each with the offset of its own day.
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

// A list that is typed outlives the session: the browser keeps it until it is checked, or for half a day.
const list = find("#list textarea");
const kept = "firstday-list";
try {
  if (find("[data-list-done]")) localStorage.removeItem(kept);
  const [text, until] = JSON.parse(localStorage.getItem(kept) ?? '["", 0]');
  if (list && Date.now() < until) list.value ||= text;
  list?.addEventListener("input", () => {
    localStorage.setItem(kept, JSON.stringify([list.value, Date.now() + 4.3e7]));
  });
} catch { /* This browser keeps nothing for pages. */ }
