/* Charts of the advisories page: why a situation was raised, and what each option is predicted to do. Exposes MallAdvisoryCharts. */
(function (root) {
  "use strict";
  const T = root.MallText, { make } = root.MallFrame, { textWidth } = root.MallPlan;
  const DASHES = { O: "1 3", A: "none", B: "7 4", C: "2 3", D: "10 3 2 3" };
  const color = (key) => `var(--opt${key === "O" ? "0" : key})`;
  const scale = (low, high, from, to) => (v) => from + ((v - low) / (high - low || 1)) * (to - from);
  const text = (x, y, words, anchor = "start", css = null) => make("text", { x, y, "text-anchor": anchor, class: css }, words);
  const ROUND = [0.2, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 5000, 10000];
  const roundUp = (value) => ROUND.find((n) => n >= value) ?? Math.ceil(value);
  const short = (value) => (value >= 100 ? T.count(value) : T.decimal(value, value % 1 ? (value < 1 ? 2 : 1) : 0));

  /* The path of points; null is a gap. */
  function pathOf(points, X, Y) {
    let d = "", pen = false;
    for (const [x, y] of points) {
      if (y == null) { pen = false; continue; }
      d += `${pen ? "L" : "M"}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`;
      pen = true;
    }
    return d;
  }
  function bandOf(minutes, low, high, X, Y) {
    const up = minutes.map((m, i) => `${X(m).toFixed(1)} ${Y(high[i]).toFixed(1)}`), down = minutes.map((m, i) => `${X(m).toFixed(1)} ${Y(low[i]).toFixed(1)}`).reverse();
    return `M${up.join("L")}L${down.join("L")}Z`;
  }
  /* The y-range that all predictions of a set share: whole curves, and the limits near them. */
  function sharedRange(predictions, limits) {
    const known = predictions.filter(Boolean), values = known.flatMap((p) => [...p.low, ...p.high]);
    if (!values.length) return [0, 1];
    const high = Math.max(...values), low = Math.min(...values), near = limits.map((l) => l.value).filter((v) => v <= 1.1 * high && v >= 0.5 * low);
    const top = Math.max(high, ...near), least = Math.min(low, ...near), room = 0.08 * (top - least || top || 1);
    return [least - room < 0.3 * top ? 0 : least - room, top + room];
  }
  /* Two to four round values within a range. */
  function marks([low, high]) {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].find((s) => (high - low) / s <= 3) || high - low, list = [];
    for (let v = Math.ceil(low / step) * step; v <= high + 1e-9; v += step) list.push(+v.toFixed(4));
    return list;
  }
  /* One prediction over 15 minutes; beside it, dashed, what happens without action. */
  function prediction(key, own, bare, { range, limits, words, size = [196, 84], axis = true, measured = [], begins = T.t("adv.now") }) {
    const [w, h] = size, left = axis ? 30 : 2, right = w - 2, X = scale(0, own.minutes.at(-1) || 15, left, right), Y = scale(range[0], range[1], h - 15, 4);
    const svg = make("svg", { class: "ch mini", viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "img", "aria-label": words });
    svg.append(make("path", { class: "base", d: `M${left} ${h - 15}H${right}` }));
    for (const limit of limits) if (limit.value >= range[0] && limit.value <= range[1]) svg.append(make("path", { class: `lim ${limit.severity}`, d: `M${left} ${Y(limit.value).toFixed(1)}H${right}` }));
    if (axis) for (const value of marks(range)) svg.append(text(left - 5, Y(value) + 4, short(value), "end"));
    if (bare && key !== "O") svg.append(make("path", { class: "exp", d: pathOf(bare.minutes.map((m, i) => [m, bare.likely[i]]), X, Y) }));
    svg.append(make("path", { class: "spread", d: bandOf(own.minutes, own.low, own.high, X, Y), style: `fill:${color(key)}` }),
      make("path", { class: "curve", d: pathOf(own.minutes.map((m, i) => [m, own.likely[i]]), X, Y), style: `stroke:${color(key)};stroke-dasharray:${DASHES[key]}` }),
      make("circle", { class: "now", cx: X(0), cy: Y(own.likely[0]), r: 3.5 }));
    for (const point of measured) svg.append(make("path", { class: "measured", d: `M${X(point.after_min) - 5} ${Y(point.measured)}h10M${X(point.after_min)} ${Y(point.measured) - 5}v10` }));
    svg.append(text(left, h - 2, begins), text(X(5), h - 2, "+5", "middle"), text(right, h - 2, T.t("adv.plus15"), "end"));
    return svg;
  }

  /* One panel of the reasons: a curve, its limits labelled at the right end, the moment it was raised. */
  function panel(svg, rows, { X, top, bottom, left, right, limits = [], title, unit, css, high = 0 }) {
    const values = rows.flatMap((row) => row.slice(1)).filter((v) => v != null), most = Math.max(high, ...values, 0);
    const end = roundUp(Math.max(most * 1.05, ...limits.map((l) => l.value).filter((v) => v <= 1.6 * most), 0.2)), Y = scale(0, end, bottom, top + 22);
    svg.append(make("text", { x: left, y: top + 10, class: "k" }, make("tspan", { class: "kb" }, title), ` ${unit}`));
    for (const v of [0, end / 2, end]) svg.append(make("path", { class: "ax", d: `M${left} ${Y(v).toFixed(1)}H${right}` }), text(left - 6, Y(v) + 4, short(v), "end"));
    let free = Infinity;
    for (const limit of [...limits].sort((a, b) => a.value - b.value).filter((l) => l.value <= end)) {
      const y = Y(limit.value), at = Math.min(y + 4, free - 15);
      free = at;
      svg.append(make("path", { class: `lim ${limit.severity}`, d: `M${left} ${y.toFixed(1)}H${right}` }), text(right + 8, at, `${T.t(`severity.${limit.severity}`).split(" ")[0]} ${limit.words}`, "start", "k"));
    }
    css.forEach((name, i) => svg.append(make("path", { class: name, d: pathOf(rows.map((row) => [row[0], row[i + 1]]), X, Y) })));
    const last = [...rows].reverse().find((row) => row[1] != null);
    if (last) svg.append(make("circle", { cx: X(last[0]), cy: Y(last[1]), r: 3.5, class: css[0] === "s2" ? "now2" : "now" }));
    return Y;
  }
  /* Density (or what the rule measures) above, flow below, on one time axis.
     rows: [[unix, value, flow out, flow in], …] at one-minute steps, null where unknown. */
  function why(rows, { since, until, raised, limits, value, flow, width: w, words }) {
    const h = flow ? 226 : 150, left = 34, right = w - Math.max(56, ...limits.map((l) => textWidth(`${T.t(`severity.${l.severity}`).split(" ")[0]} ${l.words}`, 12) + 12)), X = scale(since, until, left, right);
    const svg = make("svg", { class: "ch evidence", viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "img", "aria-label": words });
    panel(svg, rows.map((r) => [r[0], r[1]]), { X, top: 0, bottom: flow ? 112 : h - 18, left, right, limits, css: ["s1"], ...value });
    if (flow) panel(svg, rows.map((r) => [r[0], r[2], r[3]]), { X, top: 124, bottom: h - 18, left, right, css: ["s2", "exp"], ...flow });
    if (raised >= since && raised <= until) {
      // above the curves, as near to its line as the title leaves room
      const label = T.t("adv.raisedAt", { time: T.clock(raised) }), x = X(raised), long = textWidth(label, 12), from = left + textWidth(value.title, 12, true) + textWidth(` ${value.unit}`, 12) + 12;
      const lines = [[15, flow ? 112 : h - 18], ...(flow ? [[140, h - 18]] : [])].map(([y0, y1]) => `M${x.toFixed(1)} ${y0}V${y1}`).join("");
      svg.append(make("path", { class: "moment", d: lines }), text(Math.max(from, Math.min(x - long / 2, right - long)), 10, label));
    }
    [[since, "start"], [(since + until) / 2, "middle"], [until, "end"]].forEach(([at, anchor]) => svg.append(text(X(at), h - 3, T.clock(at, false), anchor)));
    return svg;
  }
  root.MallAdvisoryCharts = { prediction, sharedRange, why, color, DASHES };
})(window);
