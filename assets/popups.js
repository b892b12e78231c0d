/* The pop-up page: sensor tiles from the stream, one-hour lines from the interface, kits on the plan. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, Fresh = window.MallFresh, { make, icon, severity, put, byId } = F;
  const site = T.page.site, HOUR_S = 3600, TRAIL_EVERY_MS = 30000, ASK_MS = 3000;
  const ICONS = { entries: "beam", inside: "people", co2: "co2", temperature: "temp", humidity: "humid", noise: "noise", power: "power", door: "door", battery: "battery" };
  const trails = {};   // "popup/sensor" -> [[unix, value], …]
  const tiles = {};
  let plan = null, refused = {}, stream = null, shown = { at: 0, popups: {}, zones: {} };

  /* The one view of this page: every figure, pill, count and the plan show these rows, aged as of the last look. */
  const rowOf = (popup, sensor) => shown.popups[popup.id]?.sensors?.[sensor.id];
  const stateOf = (popup, sensor) => rowOf(popup, sensor)?.state || "unknown";
  const phaseOf = (popup) => shown.popups[popup.id]?.phase || "open";
  const key = (popup, sensor) => `${popup.id}/${sensor.id}`;
  /* The short word of its kind; the site's own label only where a kit has two of a kind. */
  function sensorName(popup, sensor) {
    const plain = !sensor.label || sensor.label.toLowerCase() === sensor.kind || popup.sensors.filter((s) => s.kind === sensor.kind).length === 1;
    return plain ? T.t(`kind.${sensor.kind}`) : T.label(sensor);
  }
  const unitOf = (sensor) => (sensor.unit === "people" ? T.t("unit.people") : sensor.unit || "");
  const ageOf = Fresh.ageNow;
  function figure(sensor, value) {
    if (value == null) return "–";
    if (sensor.kind === "door") return T.t(value >= 0.5 ? "popups.open" : "popups.closed");
    return sensor.kind === "temperature" ? T.decimal(value, 1) : T.count(value);
  }
  const withUnit = (sensor, value) => `${figure(sensor, value)}${sensor.unit ? `\u00a0${unitOf(sensor)}` : ""}`;
  function breach(sensor, row) {
    if (!Fresh.isLive(row) || row.value == null) return null; // an old value is beyond nothing now
    if (sensor.kind === "door") return sensor.high != null && row.value > sensor.high ? T.t("popups.open") : null;
    if (sensor.high != null && row.value > sensor.high) return T.t("popups.above", { limit: withUnit(sensor, sensor.high) });
    if (sensor.low != null && row.value < sensor.low) return T.t("popups.below", { limit: withUnit(sensor, sensor.low) });
    return null;
  }

  // --- cards
  const day = (text) => (/^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.slice(0, 10)) / 86400e3 : null);
  function today() { return Date.parse(new Intl.DateTimeFormat("sv-SE", { timeZone: T.page.timezone }).format(new Date(F.now() * 1000))) / 86400e3; }
  function dates(popup) {
    const from = day(popup.starts), to = day(popup.ends);
    if (from == null || to == null) return [T.t("popups.noDates")];
    const far = new Date(from * 86400e3).getUTCFullYear() !== new Date(to * 86400e3).getUTCFullYear();
    const short = (d) => new Intl.DateTimeFormat(T.language === "ja" ? "ja-JP" : "en-GB", { day: "numeric", month: "short", year: far ? "numeric" : undefined, timeZone: "UTC" }).format(new Date(d * 86400e3)).replace(/ /g, "\u00a0");
    const n = today() - from, span = T.range(short(from), short(to));
    const where = n < 0 || today() > to ? whenWords(popup) : T.t("popups.day", { n: n + 1, all: to - from + 1 });
    return [make("span", { class: "n" }, span), " ", make("span", { class: "n" }, where)];
  }
  /* What to say of a pop-up that is not open: in how many days it opens, or that it has ended. */
  function whenWords(popup) {
    const from = day(popup.starts), n = from == null ? 0 : from - today();
    if (phaseOf(popup) === "ended" || (day(popup.ends) != null && today() > day(popup.ends))) return T.t("popups.ended");
    return n > 1 ? T.t("popups.opens", { n }) : n === 1 ? T.t("popups.opensOne") : T.t("popups.notYet");
  }
  function card(popup, index) {
    const zone = site.zones.find((z) => z.id === popup.pitch);
    const grid = make("div", { class: "tiles", role: "list" });
    popup.sensors.forEach((sensor, i) => grid.append(tile(popup, sensor, i)));
    if (!popup.sensors.length) grid.append(make("p", { class: "soft" }, T.t("popups.noSensors")));
    const tag = popup.simulated ? make("span", { class: "tag sim" }, T.t("tag.simulated")) : null;
    return make("article", { class: "card", id: `popup-${popup.id}` },
      make("div", { class: "ch" }, make("span", { class: "pitch" }, `P${index + 1}`),
        make("div", { class: "who" }, make("h3", {}, T.label(popup)), make("p", {}, [popup.tenant !== popup.label && popup.tenant, T.label(zone)].filter(Boolean).join(" · ")), make("p", {}, dates(popup))),
        make("span", { class: "tags" }, tag, make("span", { class: "pill", "data-popup": popup.id }))),
      grid, make("p", { class: "kit" }, T.t("popups.kit", { id: popup.device || popup.id })));
  }
  function tile(popup, sensor, i) {
    const parts = {
      age: make("span", { class: "age" }), value: make("b"), unit: make("small", {}, unitOf(sensor)), note: make("span", { class: "note" }),
      line: make("svg", { class: "spark", viewBox: "0 0 120 28", preserveAspectRatio: "none", role: "img" }),
    };
    parts.box = make("div", { class: "tile", role: "listitem", tabindex: i ? "-1" : "0", "data-tile": key(popup, sensor) },
      make("div", { class: "th" }, icon(ICONS[sensor.kind] || "kit", 16), make("span", { class: "nm", title: T.label(sensor) || null }, sensorName(popup, sensor)), parts.age),
      make("div", { class: "tv" }, parts.value, parts.unit, parts.note), parts.line);
    tiles[key(popup, sensor)] = { popup, sensor, ...parts };
    return parts.box;
  }
  function drawCards() {
    for (const name of Object.keys(tiles)) delete tiles[name];
    byId("cards").replaceChildren(...site.popups.map(card));
    Object.keys(tiles).forEach(drawLine);
    draw();
  }
  function drawTile(name) {
    const t = tiles[name], row = rowOf(t.popup, t.sensor), phase = phaseOf(t.popup);
    const state = shown.at && phase === "open" ? stateOf(t.popup, t.sensor) : "unknown";
    const how = breach(t.sensor, row), never = state === "unknown";
    t.box.className = `tile ${state}${how ? " over" : ""}`;
    put(t.value, never || state === "offline" ? "–" : figure(t.sensor, row.value));
    put(t.unit, never || state === "offline" ? "" : unitOf(t.sensor));
    put(t.age, never ? "" : T.age(ageOf(row)));
    const unseen = !shown.at ? "" : T.t({ booked: "popups.notYet", ended: "popups.over" }[phase] || "popups.neverSeen");
    put(t.note, never ? unseen : state === "offline" ? T.t("zone.nodata") : (t.sensor.kind !== "door" && how) || (state === "stale" ? T.t("zone.stale") : ""));
  }

  // --- the last hour as a line; a gap stays a gap
  function drawLine(name) {
    const t = tiles[name], points = trails[name] || [], until = F.now(), { high, low } = t.sensor;
    t.line.replaceChildren();
    if (points.length < 2) return;
    const values = points.map((p) => p[1]), marks = [high, low].filter((v) => v != null && t.sensor.kind !== "door");
    let bottom = Math.min(...values, ...marks.filter((m) => m <= Math.max(...values))), top = Math.max(...values, ...marks.filter((m) => m === high));
    if (top - bottom < 1e-6) { top += 1; bottom -= 1; }
    const x = (at) => 120 * (1 - (until - at) / HOUR_S), y = (v) => 26 - 24 * (v - bottom) / (top - bottom), gap = Math.max(60, 10 * t.sensor.period_s);
    let d = "";
    points.forEach(([at, v], i) => { if (at >= until - HOUR_S) d += `${i && at - points[i - 1][0] <= gap && d ? "L" : "M"}${x(at).toFixed(1)} ${y(v).toFixed(1)}`; });
    for (const mark of marks) if (mark >= bottom && mark <= top) t.line.append(make("path", { class: "limit", d: `M0 ${y(mark).toFixed(1)}H120` }));
    t.line.append(make("path", { class: "trail", d }));
    t.line.setAttribute("aria-label", T.t("popups.trend", { name: sensorName(t.popup, t.sensor), low: figure(t.sensor, Math.min(...values)), high: figure(t.sensor, Math.max(...values)), unit: unitOf(t.sensor) }));
  }

  // --- what needs somebody
  function attention() {
    const rows = [];
    for (const t of Object.values(tiles)) {
      if (phaseOf(t.popup) !== "open") continue; // nobody expects it to tell anything
      const row = rowOf(t.popup, t.sensor), state = stateOf(t.popup, t.sensor), how = breach(t.sensor, row);
      const facts = { name: `${T.label(t.popup)}${T.language === "ja" ? " " : ", "}${sensorName(t.popup, t.sensor)}`, value: row && row.value != null ? withUnit(t.sensor, row.value) : "–", kit: t.popup.device || t.popup.id, how };
      if (how) rows.push([0, severity("warn", 18), T.t("popups.att.limit", facts), t.sensor.kind === "door" ? "" : T.t("popups.att.limitNote", facts), row]);
      else if (!Fresh.isLive({ state })) rows.push([1, icon(state === "offline" ? "off" : "stale", 18),
        T.t(`popups.att.${state}`, facts), T.t(`popups.att.${state}Note`, facts), row]);
    }
    return rows.sort((a, b) => a[0] - b[0]);
  }
  let shownAttention = "";
  function drawAttention() {
    const due = Object.values(tiles).some((t) => phaseOf(t.popup) === "open"), rows = shown.at ? attention() : [];
    const calm = [2, icon("check", 18), T.t(due ? "popups.calm" : "popups.noneOpen"), "", null], blind = [2, icon("stale", 18), T.t("popups.blind"), "", null];
    const list = stream.lost ? [blind] : rows.length ? rows : shown.at ? [calm] : []; // one sentence, not one a sensor
    const text = JSON.stringify([T.language, list.map((row) => [row[2], row[3]])]);
    put(byId("attention-count"), rows.length && !stream.lost ? String(rows.length) : "");
    if (text !== shownAttention) {
      shownAttention = text;
      byId("attention").replaceChildren(...list.map(([, mark, title, note]) => make("li", {}, mark,
        make("div", {}, make("b", {}, title), note ? make("p", {}, note) : null), make("span", { class: "age" }))));
    }
    list.forEach((row, i) => put(byId("attention").children[i].querySelector(".age"), row[4]?.age_s != null ? T.age(ageOf(row[4])) : ""));
  }
  function drawSummary() {
    drawAttention();
    const count = { live: 0, stale: 0, offline: 0, unknown: 0 }, due = site.popups.filter((p) => phaseOf(p) === "open");
    for (const popup of due) for (const sensor of popup.sensors) count[Fresh.isLive(rowOf(popup, sensor)) ? "live" : stateOf(popup, sensor)] += 1;
    put(byId("sensor-count"), shown.at ? T.t("popups.count", { ...count, never: count.unknown }) : "…");
    const bad = Object.entries(refused), n = bad.reduce((sum, [, v]) => sum + v, 0);
    const why = bad.map(([reason, v]) => `${T.said("popups.refusedFor", reason)} ${v}`);
    put(byId("refused"), n ? T.t("popups.refusedWhy", { n: T.count(n), why: why.join(T.language === "ja" ? "、" : ", ") }) : T.t("popups.refused", { n: 0 }));
    for (const pill of document.querySelectorAll("[data-popup]")) drawPill(pill, site.popups.find((p) => p.id === pill.dataset.popup));
    Fresh.mark(due.flatMap((p) => p.sensors.map((sensor) => rowOf(p, sensor))), { lost: stream.lost, key: "fresh.sensors" });
  }
  const worstOf = (states) => (states.includes("stale") ? "stale" : states.includes("offline") ? "none" : "never");
  function drawPill(pill, popup) {
    const all = popup.sensors.length, live = popup.sensors.filter((s) => Fresh.isLive(rowOf(popup, s))).length, open = phaseOf(popup) === "open";
    const states = popup.sensors.map((s) => stateOf(popup, s)), whole = open && live === all && all > 0;
    pill.className = `pill ${whole ? "ok" : ""}`;
    const words = whole ? T.t("popups.state.live") : live ? T.t("popups.state.partly", { n: live, all }) : T.t(`popups.state.${worstOf(states)}`);
    put(pill, !shown.at ? "…" : open ? words : whenWords(popup));
  }

  // --- what arrives
  /* A new reading is the next point of its line; the line begins with what the interface tells. */
  function lengthen(popups) {
    for (const [popup, row] of Object.entries(popups || {})) for (const [sensor, { value, age_s }] of Object.entries(row.sensors || {})) {
      const trail = trails[`${popup}/${sensor}`] || [], at = F.now() - (age_s ?? 0);
      if (value != null && trail.length && at > trail.at(-1)[0] + 0.5) trail.push([at, value]);
    }
  }
  function took(message, changed) {
    lengthen(message.popups);
    if (message.popups) Object.keys(tiles).forEach(drawLine);
    if (message.advisories) F.countNew(message.advisories);
    draw(changed);
  }
  function draw(changed) {
    shown = stream.view();
    Object.keys(tiles).forEach(drawTile);
    drawSummary();
    stream.bar();
    if (plan) plan.update({ zones: shown.zones, at: shown.at }, changed);
  }
  async function readTrails() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/api/v1/popups", { signal: AbortSignal.timeout(ASK_MS) });
      if (!answer.ok) return;
      const told = await answer.json();
      refused = told.refused;
      for (const popup of told.popups) for (const sensor of popup.sensors) trails[`${popup.id}/${sensor.id}`] = sensor.trail;
      Object.keys(tiles).forEach(drawLine);
      draw([]);
    } catch (error) { /* the stream says by itself that nothing comes */ }
  }

  // --- one tab stop, arrows between the tiles
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], at = event.target.closest && event.target.closest("[data-tile]");
    if (!step || !at) return;
    const all = [...at.parentNode.children], next = all[(all.indexOf(at) + step + all.length) % all.length];
    all.forEach((node) => node.setAttribute("tabindex", node === next ? "0" : "-1"));
    next.focus(); event.preventDefault();
  });

  function tags() {
    const host = byId("source-tags");
    if (host && site.popups.some((p) => p.simulated)) host.replaceChildren(make("span", { class: "tag sim" }, T.t("tag.simulated")));
  }
  if (!byId("cards")) return;
  if (byId("plan")) plan = new window.MallPlan(byId("plan"), site, { mode: "operator", text: T, level: (site.popups.find((p) => p.footprint.length) || {}).level });
  /* Show the part of the level where the kits stand, with what is around them. */
  function framePlan() {
    const box = window.MallPlan.bounds(site.popups.filter((p) => p.level === plan.level && p.footprint.length).map((p) => p.footprint)), room = 8;
    plan.setLayers({ lines: false, people: false, heat: false, cameras: false });
    plan.userMoved = true;
    plan._frame([box[0] - room, box[1] - room, box[2] + room, box[3] + room], { top: 44, right: 8, bottom: 8, left: 8 });
  }
  if (plan) { framePlan(); new ResizeObserver(framePlan).observe(byId("plan")); }
  stream = window.MallStream.open({ took, beat: ({ old }) => draw(old) });
  drawCards(); tags(); readTrails();
  setInterval(readTrails, TRAIL_EVERY_MS);
  document.addEventListener("visibilitychange", readTrails);
  T.onChange(() => { drawCards(); tags(); if (plan) plan.refresh(); });
})();
