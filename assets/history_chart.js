/* The charts of the history page: people above (mean and most), in and out below, one time axis; what is unknown is hatched. Exposes MallHistoryChart. */
(function (root) {
  "use strict";
  const T = root.MallText, { make } = root.MallFrame, D = root.MallDays;
  const LEFT = 44, RIGHT = 12, PEOPLE_H = 210, COUNTS_H = 110, GAP = 26, FOOT = 22, WIDEST_BAR = 40;
  const NICE = [1, 1.2, 1.4, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];
  /* The next round even number above a value. */
  function top(value) { const ten = 10 ** Math.floor(Math.log10(value * 1.02)); return Math.max(2, 2 * Math.ceil((NICE.find((n) => n * ten >= value * 1.02) * ten) / 2)); }
  const label = (x, y, words, anchor = "start", css = null) => make("text", { x, y, "text-anchor": anchor, class: css }, words);

  /* Where the axis is marked: hours of a day, days of a week, every few days of more. */
  function ticks(since, until, wide) {
    const list = [], days = Math.round((until - since) / 86400), most = Math.max(2, Math.floor(wide / 62));
    if (days <= 1) { for (let h = 0; h <= 24; h += most >= 8 ? 3 : 6) list.push([since + h * 3600, T.clock(since + h * 3600, false)]); return list.filter(([at]) => at <= until); }
    const every = [1, 2, 5, 7, 14].find((n) => days / n <= most);
    for (let day = D.dayOf(since + 43200); D.midnight(day) < until; day += every || 1) if (every || D.text(day).endsWith("-01")) list.push([D.midnight(day), short(day, days <= 8)]);
    const skip = Math.ceil(list.length / most);
    return list.filter((_, i) => i % skip === 0);
  }
  function short(day, withName) {
    const options = { timeZone: "UTC", day: "numeric", ...(withName ? { weekday: "short" } : { month: "short" }) };
    return new Intl.DateTimeFormat(T.language === "ja" ? "ja-JP" : "en-GB", options).format(new Date(day * 86400e3));
  }
  /* A line goes on from a step to the next one, and never from an invented past into what was seen. */
  const follows = (a, b, step) => b.at - a.at <= 1.5 * step && (a.origin === "sample") === (b.origin === "sample");
  function path(rows, pick, X, Y, step) {
    let d = "", pen = false, before = null;
    for (const row of rows) {
      const v = pick(row);
      if (v == null || (before && !follows(before, row, step))) pen = false;
      before = row;
      if (v == null) continue;
      d += `${pen ? "L" : "M"}${X(row.at + step / 2).toFixed(1)} ${Y(v).toFixed(1)}${pen ? "" : "h.01"}`;
      pen = true;
    }
    return d;
  }
  /* The area between mean and most, one polygon a run of known steps. */
  function spread(rows, X, Y, step) {
    const runs = [];
    for (const row of rows) {
      const last = runs.at(-1)?.at(-1), known = row.mean != null && row.most != null;
      if (known && last && follows(last, row, step)) runs.at(-1).push(row); else if (known) runs.push([row]);
    }
    return runs.filter((run) => run.length > 1).map((run) => `M${run.map((r) => `${X(r.at + step / 2).toFixed(1)} ${Y(r.most).toFixed(1)}`).join("L")}L${[...run].reverse().map((r) => `${X(r.at + step / 2).toFixed(1)} ${Y(r.mean).toFixed(1)}`).join("L")}Z`).join("");
  }
  /* Spans of rows that are of a kind. */
  function runs(rows, isOf, step) {
    const list = [];
    for (const row of rows.filter(isOf)) { const last = list.at(-1); if (last && row.at - last[1] < 1) last[1] = row.at + step; else list.push([row.at, row.at + step]); }
    return list;
  }
  /* Spans in which nothing is known, of what has passed. */
  function gaps(rows, pick, since, until, step) {
    const list = [];
    let at = since;
    for (const row of rows) if (pick(row) != null) { if (row.at - at > 0.5 * step) list.push([at, row.at]); at = row.at + step; }
    if (until - at > 0.5 * step) list.push([at, until]);
    return list;
  }
  function axis(svg, most, Y, right, unit, words) {
    svg.append(make("text", { x: LEFT, y: Y(most) - 8, class: "k" }, make("tspan", { class: "kb" }, words), ` ${unit}`));
    for (const v of [0, most / 2, most]) svg.append(make("path", { class: "ax", d: `M${LEFT} ${Y(v).toFixed(1)}H${right}` }), label(LEFT - 6, Y(v) + 4, T.count(v), "end"));
  }
  /* rows: [{at, mean, most, in, out, origin}] oldest first; now: what lies behind it is not a gap but the future. */
  function draw(rows, { since, until, step, now, width: w, words }) {
    const hasCounts = rows.some((r) => r.in != null || r.out != null), h = 22 + PEOPLE_H + (hasCounts ? GAP + COUNTS_H : 0) + FOOT, right = w - RIGHT, X = (at) => LEFT + ((at - since) / (until - since)) * (right - LEFT), past = Math.min(until, now);
    const mostPeople = top(Math.max(2, ...rows.map((r) => Math.max(r.most ?? 0, r.mean ?? 0)))), mostCount = top(Math.max(2, ...rows.map((r) => Math.max(r.in ?? 0, r.out ?? 0))));
    const low = 22 + PEOPLE_H, Y = (v) => low - (v / mostPeople) * (PEOPLE_H - 10), base = hasCounts ? low + GAP + COUNTS_H : low, Z = (v) => base - (v / mostCount) * (COUNTS_H - 10);
    const svg = make("svg", { class: "ch hist", width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": words });
    const defs = make("g", { class: "hatch-def" });
    defs.innerHTML = '<defs><pattern id="hist-off" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="pOff" d="M0 0V9"/></pattern></defs>';
    svg.append(defs);
    for (const [a, b] of gaps(rows, (r) => r.mean, since, past, step)) svg.append(make("rect", { class: "gap", x: X(a), y: 32, width: Math.max(1, X(b) - X(a)), height: PEOPLE_H - 10 }));
    if (hasCounts) for (const [a, b] of gaps(rows, (r) => r.in, since, past, step)) svg.append(make("rect", { class: "gap", x: X(a), y: low + GAP + 10, width: Math.max(1, X(b) - X(a)), height: COUNTS_H - 10 }));
    axis(svg, mostPeople, Y, right, T.t("hist.meanMost"), T.t("hist.people"));
    if (hasCounts) axis(svg, mostCount, Z, right, T.t("hist.perStep", { step: T.t(`hist.step.${stepName(step)}`) }), T.t("hist.inOut"));
    svg.append(make("path", { class: "area", d: spread(rows, X, Y, step) }), make("path", { class: "most", d: path(rows, (r) => r.most, X, Y, step) }), make("path", { class: "s1", d: path(rows, (r) => r.mean, X, Y, step) }));
    const told = new Set(rows.filter((r) => r.mean != null).map((r) => r.at)); // one between two gaps is a dot
    for (const r of rows) if (told.has(r.at) && !told.has(r.at - step) && !told.has(r.at + step)) svg.append(make("circle", { class: "alone", cx: X(r.at + step / 2), cy: Y(r.mean), r: 3 }));
    const slot = X(since + step) - X(since), wide = Math.min(slot * 0.42, WIDEST_BAR);
    for (const r of rows) {
      if (slot >= 5) { for (const [name, i] of [["in", 0], ["out", 1]]) if (r[name] != null) svg.append(make("rect", { class: `hbar ${name}`, x: X(r.at) + slot / 2 + (i ? 0.03 * slot : -0.03 * slot - wide), y: Z(r[name]), width: Math.max(1, wide), height: Math.max(0.5, base - Z(r[name])) })); }
    }
    if (slot < 5) svg.append(make("path", { class: "s-out", d: path(rows, (r) => r.out, X, Z, step) }), make("path", { class: "s-in", d: path(rows, (r) => r.in, X, Z, step) }));
    for (const [a, b] of runs(rows, (r) => r.origin === "sample", step)) svg.append(make("rect", { class: "invented", x: X(a), y: base + 1, width: Math.max(1, X(Math.min(b, until)) - X(a)), height: 3 }));
    for (const [at, text] of ticks(since, until, right - LEFT)) svg.append(make("path", { class: "tick", d: `M${X(at).toFixed(1)} ${base}v4` }), label(Math.min(right - 2, X(at)), h - 4, text, at >= until ? "end" : at <= since ? "start" : "middle"));
    if (now > since && now < until) svg.append(make("path", { class: "nowline", d: `M${X(now).toFixed(1)} 26V${base}` }), label(Math.min(right - 30, X(now) + 4), 34, T.t("hist.now")));
    hover(svg, rows, { X, step, top: 26, bottom: base, w, since, until });
    return svg;
  }
  const stepName = (step) => ({ 60: "1m", 900: "15m", 3600: "1h", 86400: "1d" })[step];
  /* One step under the pointer, in words. */
  function hover(svg, rows, { X, step, top: y0, bottom, w, since, until }) {
    const line = make("path", { class: "hover" }), box = make("g", { class: "tip2" });
    svg.append(line, box);
    const clear = () => { line.removeAttribute("d"); box.replaceChildren(); };
    svg.addEventListener("pointermove", (event) => {
      const frame = svg.getBoundingClientRect(), at = since + ((event.clientX - frame.left) * (w / frame.width) - LEFT) / (w - RIGHT - LEFT) * (until - since), row = rows.find((r) => at >= r.at && at < r.at + step);
      if (!row) { clear(); return; }
      const x = X(row.at + step / 2), n = (v) => (v == null ? "–" : T.count(v)), lines = [root.MallHistoryChart.when(row.at, step), `${T.t("hist.people")} ${row.mean == null ? T.t("zone.nodata") : `${T.decimal(row.mean, 1)} (${T.t("hist.most")} ${n(row.most)})`}`, `${T.t("hist.in")} ${n(row.in)}　${T.t("hist.out")} ${n(row.out)}`, row.origin === "sample" ? T.t("hist.sample") : ""].filter(Boolean);
      const wide = Math.max(...lines.map((text) => text.length * (T.language === "ja" ? 11 : 7))) + 16, left = x + wide + 12 > w ? x - wide - 8 : x + 8;
      line.setAttribute("d", `M${x.toFixed(1)} ${y0}V${bottom}`);
      box.replaceChildren(make("rect", { x: left, y: y0 + 4, width: wide, height: lines.length * 17 + 10, rx: 6 }), ...lines.map((text, i) => label(left + 8, y0 + 21 + i * 17, text, "start", i ? null : "kb")));
    });
    svg.addEventListener("pointerleave", clear);
  }
  /* A step as people say it: "Sat 21 Nov 14:30". */
  function when(at, step) {
    const options = { timeZone: T.page.timezone, weekday: "short", day: "numeric", month: "short" };
    const date = new Intl.DateTimeFormat(T.language === "ja" ? "ja-JP" : "en-GB", options).format(new Date(at * 1000)).replace(/,/g, "");
    return step >= 86400 ? date : `${date} ${T.clock(at, false)}`;
  }
  root.MallHistoryChart = { draw, when };
})(window);
