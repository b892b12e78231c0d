/* Days on the site's clock as spans of UTC seconds: a day is from midnight to midnight, 23 or 25 hours where clocks change. Exposes MallDays. */
(function (root) {
  "use strict";
  const T = root.MallText, zone = T.page.timezone || "UTC";
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  /* What to add to UTC seconds for the local clock's reading. */
  function offset(at) {
    const p = Object.fromEntries(parts.formatToParts(new Date(at * 1000)).map((part) => [part.type, Number(part.value)]));
    return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) / 1000 - Math.floor(at);
  }
  const toUtc = (local) => { const guess = local - offset(local); return local - offset(guess); };
  const days = (text) => { const [y, m, d] = text.split("-").map(Number); return Date.UTC(y, m - 1, d) / 86400e3; };
  const text = (day) => new Date(day * 86400e3).toISOString().slice(0, 10);
  const dayOf = (at) => Math.floor((at + offset(at)) / 86400);
  const midnight = (day) => toUtc(day * 86400);
  /* The first and the last-but-one day of a range that holds a day: [from, after). Weeks begin on Monday. */
  function span(range, day) {
    if (range === "week") { const begin = day - ((day + 3) % 7); return [begin, begin + 7]; }
    if (range === "month") { const d = new Date(day * 86400e3), y = d.getUTCFullYear(), m = d.getUTCMonth(); return [Date.UTC(y, m, 1) / 86400e3, Date.UTC(y, m + 1, 1) / 86400e3]; }
    return [day, day + 1];
  }
  root.MallDays = { offset, days, text, dayOf, midnight, span };
})(window);
