// Times are written in UTC; here they become those of the reader's clock.
const two = (number) => String(Math.abs(Math.trunc(number))).padStart(2, "0");
const zoneOf = (date) => {
  const minutes = -date.getTimezoneOffset();
  return `UTC${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
};
for (const time of findAll("time")) {
  const at = new Date(time.dateTime);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const zone = "zone" in time.dataset ? ` (${zoneOf(at)})` : "";
  time.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())}${zone}`;
}
find("span[data-zone]").textContent = zoneOf(new Date());
