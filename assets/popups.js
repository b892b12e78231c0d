/* The pop-up page: sensor tiles from the stream, one-hour lines from the interface, kits on the plan. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, { make, icon, severity, put, byId } = F;
  const site = T.page.site, HOUR_S = 3600, TRAIL_EVERY_MS = 30000;
  const ICONS = { entries: "beam", inside: "people", co2: "co2", temperature: "temp", humidity: "humid", noise: "noise", power: "power", door: "door", battery: "battery" };
  const STATES = { live: "live", saturated: "live", stale: "stale", offline: "offline", unknown: "unknown" };
  const now = {};      // "popup/sensor" -> {value, age_s, state, heard}
  const trails = {};   // "popup/sensor" -> [[unix, value], …]
  const tiles = {};
  let plan = null, refused = {}, heardAt = 0, lost = false;

  const key = (popup, sensor) => `${popup.id}/${sensor.id}`;
  /* The short word of its kind; the site's own label only where a kit has two of a kind. */
  function sensorName(popup, sensor) {
    const plain = !sensor.label || sensor.label.toLowerCase() === sensor.kind || popup.sensors.filter((s) => s.kind === sensor.kind).length === 1;
    return plain ? T.t(`kind.${sensor.kind}`) : T.label(sensor);
  }
  const unitOf = (sensor) => (sensor.unit === "people" ? T.t("unit.people") : sensor.unit || "");
  const ageOf = (row) => (row && row.age_s != null ? row.age_s + (performance.now() - row.heard) / 1000 : null);
  function figure(sensor, value) {
    if (value == null) return "–";
    if (sensor.kind === "door") return T.t(value >= 0.5 ? "popups.open" : "popups.closed");
    return sensor.kind === "temperature" ? T.decimal(value, 1) : T.count(value);
  }
  const withUnit = (sensor, value) => `${figure(sensor, value)}${sensor.unit ? `\u00a0${unitOf(sensor)}` : ""}`;
  function breach(sensor, row) {
    if (!row || row.value == null || row.state === "offline" || row.state === "unknown") return null;
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
    const where = n < 0 ? T.t(n === -1 ? "popups.opensOne" : "popups.opens", { n: -n }) : today() > to ? T.t("popups.ended") : T.t("popups.day", { n: n + 1, all: to - from + 1 });
    return [make("span", { class: "n" }, span), " ", make("span", { class: "n" }, where)];
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
    for (const name of Object.keys(tiles)) { drawTile(name); drawLine(name); }
    drawSummary();
  }
  function drawTile(name) {
    const t = tiles[name], row = now[name], state = lost ? (row && row.value != null ? "stale" : "unknown") : (row && STATES[row.state]) || "unknown";
    const how = breach(t.sensor, row), never = state === "unknown";
    t.box.className = `tile ${state}${how ? " over" : ""}`;
    put(t.value, never || state === "offline" ? "–" : figure(t.sensor, row.value));
    put(t.unit, never || state === "offline" ? "" : unitOf(t.sensor));
    put(t.age, never ? "" : T.age(ageOf(row)));
    put(t.note, never ? T.t("popups.neverSeen") : state === "offline" ? T.t("zone.nodata") : (t.sensor.kind !== "door" && how) || (state === "stale" ? T.t("zone.stale") : ""));
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
    for (const [name, t] of Object.entries(tiles)) {
      const row = now[name], state = (row && STATES[row.state]) || "unknown", how = breach(t.sensor, row);
      const facts = { name: `${T.label(t.popup)}${T.language === "ja" ? " " : ", "}${sensorName(t.popup, t.sensor)}`, value: row && row.value != null ? withUnit(t.sensor, row.value) : "–", kit: t.popup.device || t.popup.id, how };
      if (how) rows.push([0, severity("warn", 18), T.t("popups.att.limit", facts), t.sensor.kind === "door" ? "" : T.t("popups.att.limitNote", facts), row]);
      else if (state !== "live") rows.push([1, icon(state === "offline" ? "off" : "stale", 18), T.t(`popups.att.${state}`, facts), T.t(`popups.att.${state}Note`, facts), row]);
    }
    return rows.sort((a, b) => a[0] - b[0]);
  }
  let shownAttention = "";
  function drawSummary() {
    const rows = attention(), text = JSON.stringify([T.language, rows.map((row) => [row[2], row[3]])]);
    if (text !== shownAttention) {
      shownAttention = text;
      byId("attention").replaceChildren(...(rows.length ? rows : [[2, icon("check", 18), T.t("popups.calm"), "", null]]).map(([, mark, title, note, row]) =>
        make("li", {}, mark, make("div", {}, make("b", {}, title), note ? make("p", {}, note) : null), make("span", { class: "age", "data-age": rows.length && row ? "" : null }, row ? T.age(ageOf(row)) : ""))));
      put(byId("attention-count"), rows.length ? String(rows.length) : "");
    }
    const count = { live: 0, stale: 0, offline: 0, unknown: 0 };
    for (const name of Object.keys(tiles)) count[(now[name] && STATES[now[name].state]) || "unknown"] += 1;
    put(byId("sensor-count"), T.t("popups.count", { ...count, never: count.unknown }));
    const bad = Object.entries(refused), n = bad.reduce((sum, [, v]) => sum + v, 0);
    put(byId("refused"), n ? T.t("popups.refusedWhy", { n: T.count(n), why: bad.map(([why, v]) => `${why} ${v}`).join(", ") }) : T.t("popups.refused", { n: 0 }));
    for (const pill of document.querySelectorAll("[data-popup]")) {
      const popup = site.popups.find((p) => p.id === pill.dataset.popup), all = popup.sensors.length;
      const live = popup.sensors.filter((s) => now[key(popup, s)] && STATES[now[key(popup, s)].state] === "live").length;
      const seen = popup.sensors.some((s) => now[key(popup, s)] && now[key(popup, s)].value != null);
      pill.className = `pill ${live === all && all ? "ok" : ""}`;
      put(pill, live === all && all ? T.t("popups.state.live") : live ? T.t("popups.state.partly", { n: live, all }) : T.t(seen ? "popups.state.none" : "popups.state.never"));
    }
  }

  // --- what arrives
  function takePopups(popups) {
    for (const [popup, row] of Object.entries(popups || {})) for (const [sensor, value] of Object.entries(row.sensors || {})) {
      const name = `${popup}/${sensor}`, last = (trails[name] || []).at(-1);
      now[name] = { ...value, heard: performance.now() };
      const at = F.now() - (value.age_s ?? 0);
      if (value.value != null && last && at > last[0] + 0.5) trails[name].push([at, value.value]);
      if (tiles[name]) { drawTile(name); drawLine(name); }
    }
    drawSummary();
  }
  const zones = {};
  function takeZones(message) {
    for (const [id, row] of Object.entries(message.zones || {})) zones[id] = message.full ? row : { ...zones[id], ...row };
    Object.keys(zones).forEach((id, i) => { if (!message.full && message.zones_age && message.zones_age[i] !== undefined) zones[id].age_s = message.zones_age[i]; });
    for (const row of Object.values(zones)) row.heard = performance.now();
    if (plan) plan.update({ zones, popups: {} });
  }
  function takeMessage(message) {
    heardAt = performance.now();
    if (message.at) F.syncClock(message.at);
    if (message.zones) takeZones(message);
    if (message.popups) takePopups(message.popups);
    if (message.advisories) F.countNew(message.advisories);
    setLost(!!(message.store && message.store.state === "down"), "lost.store");
  }
  function setLost(is, why) {
    const bar = byId("lost");
    if (bar) { bar.hidden = !is; if (is) put(bar, T.t(why, { time: T.clock(F.now() - (performance.now() - heardAt) / 1000) })); }
    if (lost !== is) { lost = is; Object.keys(tiles).forEach(drawTile); }
    put(byId("fresh-text"), is ? T.t("fresh.lost") : heardAt ? T.t("fresh.live") : T.t("fresh.waiting"));
    const dot = byId("fresh") && byId("fresh").querySelector(".dotk");
    if (dot) dot.classList.toggle("off", is || !heardAt);
  }
  async function readTrails() {
    try {
      const answer = await (await fetch("/api/v1/popups")).json();
      refused = answer.refused;
      for (const popup of answer.popups) for (const sensor of popup.sensors) trails[`${popup.id}/${sensor.id}`] = sensor.trail;
      takePopups(Object.fromEntries(answer.popups.map((p) => [p.id, { sensors: Object.fromEntries(p.sensors.map((s) => [s.id, s])) }])));
    } catch { /* the stream says by itself that nothing comes */ }
  }
  function listen() {
    const source = new EventSource("/live/stream");
    source.addEventListener("state", (event) => takeMessage(JSON.parse(event.data)));
    document.addEventListener("visibilitychange", () => { source.close(); if (!document.hidden) listen(); }, { once: true });
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
  drawCards(); tags(); readTrails(); listen();
  setInterval(readTrails, TRAIL_EVERY_MS);
  setInterval(() => { Object.keys(tiles).forEach(drawTile); shownAttention = ""; drawSummary(); if (heardAt && performance.now() - heardAt > 5000) setLost(true, "lost.stream"); }, 1000);
  T.onChange(() => { shownAttention = ""; drawCards(); tags(); if (plan) plan.refresh(); });
})();
