/* The tenant page: one sentence, four figures, the door in steps of 15 minutes, the own unit on the plan. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, Fresh = window.MallFresh, { make, put, byId } = F;
  const { unit, units, site } = T.page, EVERY_MS = 2000, ANSWER_MS = 3000, SILENT_MS = 5000, SMALL = "<10";
  let seen = null, now = null, heardAt = performance.now(), lost = false, store = null, timer = 0;

  // --- the picker
  function drawUnits() {
    const host = byId("units");
    if (host) host.replaceChildren(...units.map((u) => make("li", {}, make("a", { href: `/tenant?unit=${encodeURIComponent(u.id)}` }, T.label(u), make("small", {}, u.level.toUpperCase())))));
  }
  if (!unit) { byId("fresh").hidden = true; drawUnits(); T.onChange(drawUnits); return; }

  // --- words for coarse counts
  const name = () => T.label(units.find((u) => u.id === unit));
  const count = (n, k) => (n == null ? T.t("tenant.none") : n === SMALL ? `<${k}` : T.count(n));
  const people = (n, k) => (n === SMALL ? T.t("tenant.people.one", { k }) : T.t("tenant.people", { n: T.count(n) }));
  const height = (n) => (n == null ? 0 : n === SMALL ? 5 : n);
  /* The unit as it may be shown now: its row grows old by the same rule as on every other page. */
  function look() {
    lost = performance.now() - heardAt > SILENT_MS;
    if (seen) now = Fresh.aged(seen.zones[unit] || { state: "unknown", age_s: null, people: null }, lost);
  }
  function headline() {
    const k = seen.k;
    if (now.state === "unknown") return T.t("tenant.head.never", { name: name() });
    if (now.people == null) return T.t("tenant.head.nodata", { name: name(), age: T.age(Fresh.ageNow(now)) });
    const inside = people(now.people, k);
    if (now.state === "stale") return T.t("tenant.head.stale", { name: name(), inside });
    if (!seen.has_door) return T.t("tenant.head.nodoor", { name: name(), inside });
    if (seen.today.in == null) return T.t("tenant.head.first", { name: name(), inside });
    return T.t("tenant.head.live", { name: name(), inside, count: seen.today.in === SMALL ? T.t("tenant.under", { k }) : T.t("tenant.about", { n: T.count(seen.today.in) }) });
  }
  function busiest() {
    const known = seen.steps.filter((s) => s.in != null && s.in !== SMALL);
    return known.reduce((best, s) => (!best || s.in > best.in ? s : best), null);
  }
  function kpi(label, value, note, stale) {
    return make("div", { class: `kpi2${stale ? " stale" : ""}` }, make("span", { class: "l" }, label), make("b", {}, value), make("small", {}, note));
  }
  /* Since when the door was counted today, and whether that is all of it. */
  function counted() {
    const first = seen.steps.find((s) => s.in != null);
    return first ? [T.t("tenant.since", { time: T.clock(first.start, false) }), seen.today.partial && T.t("tenant.partial")].filter(Boolean).join(" · ") : "";
  }
  function drawFigures() {
    look();
    Fresh.bar({ lost, store, at: seen?.at });
    Fresh.mark(seen ? [now] : [], { lost, key: now ? `zone.${now.state}` : "fresh.waiting" });
    if (!seen) { put(byId("headline"), lost ? T.t("tenant.failed") : "…"); return; }
    const top = busiest(), from = top ? T.t("tenant.note.in15", { time: T.clock(top.start, false) }) : "";
    const state = T.t(`zone.${now.state}`), age = Fresh.ageNow(now);
    put(byId("headline"), headline());
    byId("kpis").replaceChildren(
      kpi(T.t("tenant.now"), count(now.people, seen.k), age == null ? state : `${state} · ${T.age(age)}`, now.state === "stale"),
      kpi(T.t("tenant.in"), count(seen.today.in, seen.k), counted(), lost),
      kpi(T.t("tenant.out"), count(seen.today.out, seen.k), counted(), lost),
      kpi(T.t("tenant.busiest"), top ? count(top.in, seen.k) : T.t("tenant.none"), from, lost));
    put(byId("step"), T.t("tenant.step", { n: seen.step_s / 60 }));
    put(byId("kept"), T.t("tenant.kept", { round: seen.round_to, k: seen.k, source: now.source ? T.t(`source.${now.source}`) : "–" }));
    const tags = byId("source-tags");
    if (tags) tags.replaceChildren(...(now.source && now.source !== "camera" ? [make("span", { class: "tag sim" }, T.t(`tag.${now.source}`))] : []));
  }

  // --- the door: in upward, out beside it; a step without data is a gap, "<10" is a hatched stub
  function drawChart() {
    const host = byId("chart"), steps = seen.steps.slice(seen.steps.findIndex((s) => s.in != null));
    const none = !seen.steps.some((s) => s.in != null);
    document.querySelector("#door details").hidden = none;
    if (none) { host.replaceChildren(make("p", { class: "soft" }, T.t("tenant.empty"))); byId("table").replaceChildren(); return; }
    const w = Math.max(260, host.clientWidth), h = 240, left = 34, bottom = 24, head = 10;
    const most = Math.max(10, ...steps.flatMap((s) => [height(s.in), height(s.out)])), unitStep = [5, 10, 20, 25, 50, 100, 200, 500, 1000].find((s) => most / s <= 4) || 2000;
    const top = Math.ceil(most / unitStep) * unitStep, y = (v) => head + (h - head - bottom) * (1 - v / top);
    const slot = Math.min(48, (w - left - 8) / steps.length), bar = Math.max(2, (slot - 3) / 2);
    const svg = make("svg", { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "img", "aria-label": twin() });
    for (let v = 0; v <= top; v += unitStep) svg.append(make("path", { class: "grid", d: `M${left} ${y(v)}H${w - 4}` }), text(left - 6, y(v) + 4, String(v), "end"));
    const every = Math.max(1, Math.ceil(44 / slot));
    steps.forEach((s, i) => {
      const x = left + i * slot;
      [["in", 0], ["out", 1]].forEach(([key, side]) => {
        if (s[key] == null) return;
        const value = height(s[key]);
        const node = make("rect", { class: `dbar ${key}${s[key] === SMALL ? " small" : ""}`, x: x + side * bar, y: y(value), width: bar - 1, height: Math.max(1, y(0) - y(value)) });
        node.append(make("title", {}, `${T.clock(s.start, false)} ${T.t(key === "in" ? "tenant.colIn" : "tenant.colOut")} ${count(s[key], seen.k)}`));
        svg.append(node);
      });
      if (i % every === 0) svg.append(text(x, h - 6, T.clock(s.start, false), "start"));
    });
    const key = make("p", { class: "keys2" }, make("i", { class: "in" }), T.t("tenant.colIn"), make("i", { class: "out" }), T.t("tenant.colOut"), make("i", { class: "small" }), `<${seen.k}`);
    host.replaceChildren(key, svg);
    const row = (s) => make("tr", {}, make("td", {}, T.clock(s.start, false)), make("td", { class: "r" }, count(s.in, seen.k)), make("td", { class: "r" }, count(s.out, seen.k)));
    byId("table").replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...["time", "colIn", "colOut"].map((k) => make("th", { scope: "col", class: k === "time" ? null : "r" }, T.t(`tenant.${k}`))))), make("tbody", {}, ...steps.map(row))));
  }
  function text(x, y, words, anchor) { const node = make("text", { x, y, "text-anchor": anchor, class: "ax" }); node.textContent = words; return node; }
  function twin() {
    const top = busiest(), n = seen.step_s / 60;
    return top ? T.t("tenant.twin", { n, time: T.clock(top.start, false), most: count(top.in, seen.k) }) : T.t("tenant.twinSmall", { n, k: seen.k });
  }

  // --- where it is: the own unit outlined, the corridor in front of it plain, everything else blank
  function drawPlan() {
    const host = byId("plan"), own = site.zones.find((z) => z.id === unit), ring = own.polygon;
    const xs = ring.map((p) => p[0]), ys = ring.map((p) => p[1]), w = host.clientWidth, h = host.clientHeight;
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const k = Math.min(w / (box[2] - box[0]), h / (box[3] - box[1])) * 0.5, cx = (box[0] + box[2]) / 2, cy = (box[1] + box[3]) / 2;
    const at = ([x, y]) => [w / 2 + (x - cx) * k, h / 2 - (y - cy) * k], d = (r) => `M${r.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L")}Z`;
    const svg = make("svg", { width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": T.t("tenant.place") });
    for (const zone of [...site.zones].sort((a, b) => (a.id === unit) - (b.id === unit))) svg.append(make("path", { class: zone.id === unit ? "own" : "corridor", d: d(zone.polygon) }));
    svg.append(words(w / 2, h / 2 + 5, name(), "strong"));
    for (const zone of site.zones.filter((z) => z.id !== unit)) {
      const spot = visibleMiddle(zone.polygon.map(at), w, h);
      if (spot) svg.append(words(spot[0], spot[1], T.label(zone), "soft"));
    }
    host.replaceChildren(svg);
  }
  function words(x, y, text, kind) { const node = make("text", { x, y, "text-anchor": "middle", class: `ax ${kind}` }); node.textContent = text; return node; }
  /* The middle of the part of a ring that lies within the picture, on a coarse grid; none where too little is seen. */
  function visibleMiddle(ring, w, h) {
    const seenAt = [];
    for (let i = 1; i < 16; i++) for (let j = 1; j < 16; j++) if (window.MallPlan.contains([ring], (w * i) / 16, (h * j) / 16)) seenAt.push([(w * i) / 16, (h * j) / 16]);
    if (seenAt.length < 10) return null;
    const x = seenAt.reduce((sum, p) => sum + p[0], 0) / seenAt.length, y = seenAt.reduce((sum, p) => sum + p[1], 0) / seenAt.length;
    return seenAt.reduce((best, p) => (Math.hypot(p[0] - x, p[1] - y) < Math.hypot(best[0] - x, best[1] - y) ? p : best));
  }

  let drawn = "";
  function drawDoor() {
    const key = JSON.stringify([T.language, seen.steps, byId("chart").clientWidth]);
    if (key !== drawn) { drawn = key; drawChart(); }
  }
  async function read() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const answer = await fetch(`/api/v1/tenant/${encodeURIComponent(unit)}`, { signal: AbortSignal.timeout(ANSWER_MS) });
      store = answer.status === 503 ? store || { since: F.now() } : null;
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      heardAt = performance.now();
      for (const row of Object.values(told.zones)) row.heard = heardAt;
      seen = told;
      F.syncClock(seen.at);
      drawFigures(); drawDoor();
    } catch (error) { /* what is shown grows old, and says so */ }
    clearTimeout(timer);
    timer = setTimeout(read, EVERY_MS);
  }
  drawPlan();
  read();
  setInterval(() => { if (!document.hidden) drawFigures(); }, 1000);
  // A page that was not looked at asks at once, and is lost only if nothing comes then.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    heardAt = Math.max(heardAt, performance.now() - SILENT_MS + ANSWER_MS);
    read();
  });
  window.addEventListener("resize", () => { drawPlan(); if (seen) drawDoor(); });
  T.onChange(() => { drawFigures(); if (seen) drawDoor(); drawPlan(); });
})();
