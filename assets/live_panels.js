/* What stands around the plan: figures on top, advisories, zone table, cameras, legend, the last hour. Exposes MallPanels. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, icon, severity, trend, put, byId } = root.MallFrame;
  const LETTERS = "ABCDEF", OPEN = (a) => a.status !== "resolved" && a.status !== "expired";
  const GONE = new Set(["offline", "unknown"]);
  const { ageNow, isLive } = root.MallFresh;
  const phone = matchMedia("(max-width: 720px)");
  /* Where people are to be observed: nobody looks into staff areas, rest rooms and lifts. */
  const isWatched = (zone) => !["staff", "restroom", "lift"].includes(zone.category);
  const isListed = (zone, row) => zone.category !== "staff" && (isWatched(zone) || !isGone(row));
  const isGone = (row) => !row || GONE.has(row.state) || row.people == null;

  function sparkline(rows, w = 40, h = 16) {
    const svg = make("svg", { class: "spark", width: w, height: h, viewBox: `0 0 ${w} ${h}`, "aria-hidden": "true" });
    if (!rows || !rows.length) return svg;
    const last = rows[rows.length - 1][0], top = Math.max(1, ...rows.map((row) => row[1] || 0));
    let d = "", pen = false;
    for (const [start, people] of rows) {
      if (people == null) { pen = false; continue; }
      d += `${pen ? "L" : "M"}${(w - 1 - ((last - start) / 3600) * (w - 2)).toFixed(1)} ${(h - 2 - (people / top) * (h - 4)).toFixed(1)}`;
      pen = true;
    }
    svg.append(make("path", { d }));
    return svg;
  }

  // --- figures in the header: grey with their age once any part of them is old, "–" where nothing is known any more
  const listed = (words) => words.filter(Boolean).join(T.language === "ja" ? "・" : ", ");
  function kpi(name, value, note, age = null) {
    const box = byId(`kpi-${name}`);
    if (!box) return;
    box.classList.toggle("stale", age != null);
    put(box.querySelector("b"), value); put(box.querySelector("small"), note || "");
    put(box.querySelector(".age"), age != null ? T.t("zones.stale", { age: T.age(age) }) : "");
  }
  function kpis(state, facts, now) {
    // Everybody is counted in one zone only, so all zones are summed; rest rooms and staff areas are not watched on purpose.
    const { site } = facts, rows = site.zones.map((z) => state.zones[z.id]).filter((row) => !isGone(row)), old = rows.filter((row) => !isLive(row));
    const unseen = site.zones.filter((z) => isWatched(z) && isGone(state.zones[z.id])), missing = unseen.length;
    const sum = (pick) => rows.reduce((total, row) => total + pick(row), 0), people = sum((row) => row.people);
    const low = sum((row) => (row.band ? row.band[0] : row.people)), high = sum((row) => (row.band ? row.band[1] ?? Infinity : row.people));
    const band = !rows.length ? "" : high === Infinity ? `${T.count(low)}+` : high > low ? T.range(T.count(low), T.count(high)) : "";
    const lost = missing ? T.t("kpi.missing", { n: missing }) : "";
    kpi("view", rows.length ? T.count(people) : state.at ? "–" : "…", listed([band, lost]), old.length ? Math.max(...old.map(ageNow)) : null);
    const names = unseen.map((z) => T.label(z)).join(T.language === "ja" ? "、" : ", ");
    byId("kpi-view")?.setAttribute("title", state.at && missing ? `${T.t("kpi.unseen")} ${names}` : "");
    totals(state, state.totals || {}, lastReset(facts.reset_at, now));
  }
  function totals(state, row, reset) {
    const age = row.state === "stale" ? ageNow(row) : null, known = row.in != null || row.inside != null;
    const since = row.since && known ? T.t("kpi.since", { time: T.clock(row.since, false) }) : "";
    // Counts that began after the day's reset are not today's; nor are those of a day with an entrance unwatched.
    const begun = row.since > reset + 60 ? since : "", part = row.partial && isLive(row) && row.inside != null ? T.t("kpi.partial") : "";
    const leaning = Math.round(1000 * (row.out_factor ?? 1) - 1000) / 10;
    const fixed = leaning ? T.t("kpi.outFactor", { percent: `${leaning > 0 ? "+" : ""}${T.decimal(leaning, 1)}` }) : "";
    kpi("inside", state.at ? T.count(row.inside) : "…", row.inside == null ? "" : listed([since, part, fixed]), age);
    kpi("flow", state.at ? T.count(row.in) : "…", state.at ? listed([`/ ${T.count(row.out)}`, begun, part]) : "", age);
  }
  /* The latest scheduled reset ("04:00" on the site's clock), in UTC seconds. */
  function lastReset(at, now) {
    const minutes = (text) => text.split(":").reduce((sum, part) => 60 * sum + +part, 0);
    return Math.floor(now / 60) * 60 - 60 * ((minutes(T.clock(now, false)) - minutes(at || "00:00") + 1440) % 1440);
  }

  // --- what the pictures are: impossible to miss where they are not live cameras
  function tags(state, facts) {
    const cameras = facts.cameras.map((c) => ({ ...c, kind: state.cameras[c.id]?.source || c.kind })), all = cameras.length, box = byId("source-tags");
    const some = (n) => (all === 1 ? T.t("tag.cameras.one") : T.t("tag.cameras", { some: n, all }));
    const list = [];
    const sensors = window.MallExercise.on ? 0 : facts.site.popups.filter((p) => p.simulated).reduce((n, p) => n + p.sensors.length, 0);
    for (const [kind, css] of [["simulated", "sim"], ["recorded", "rec"]]) {
      const n = cameras.filter((c) => c.kind === kind).length, parts = [n && some(n), kind === "simulated" && sensors && T.t("tag.sensors", { n: sensors })].filter(Boolean);
      if (parts.length) list.push([css, T.t(`tag.${kind}`), parts.join(" · ")]);
    }
    const unproven = Object.values(state.cameras).filter((c) => c.fit === "unproven").length;
    if (unproven) list.push(["unproven", T.t("tag.unproven"), some(unproven)]);
    const key = JSON.stringify(list);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    box.replaceChildren(...list.map(([css, word, more]) => make("span", { class: `tag ${css}`, title: `${word} · ${more}` }, word, make("span", { class: "more" }, ` · ${more}`))));
  }

  // --- levels with the worst Level of Service on each
  function levels(box, state, site, current, choose) {
    if (!box) return;
    // Coloured by the value's letter, printed as the row prints it: a range stays a range.
    const worst = (level) => site.zones.filter((z) => z.level === level && !isGone(state.zones[z.id])).map((z) => [root.MallPlan.letter(site, z, state.zones[z.id]), state.zones[z.id].los]).filter(([letter]) => letter).sort().pop() || [null, null];
    const key = JSON.stringify([current, T.language, site.levels.map((l) => worst(l.id))]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const held = document.activeElement?.dataset?.level;
    box.replaceChildren(...[...site.levels].reverse().map((level) => {
      const [letter, words] = worst(level.id);
      return make("button", { type: "button", "data-level": level.id, class: level.id === current ? "on" : "", "aria-pressed": String(level.id === current), onclick: () => choose(level.id) },
        level.label, make("span", { class: `lchip ${letter || "off"}` }, state.at ? words || "–" : "…"));
    }));
    if (held) box.querySelector(`[data-level="${CSS.escape(held)}"]`)?.focus();
  }

  // --- advisories
  const fact = (label, value, unit) => make("div", {}, make("div", { class: "l" }, label), make("div", { class: "v" }, value, unit ? make("small", {}, ` ${unit}`) : null));
  /* What is there now, from the very row that colours the plan; how it began stands in the advisory's own words. */
  function facts(advisory, state) {
    const known = advisory.facts || {}, row = state.zones[advisory.place], share = known.capacity != null, dense = known.unit === "p/m²";
    if (!share && !dense) return [];
    const gone = isGone(row), band = gone ? null : row.band, figure = (n) => (n == null ? "–" : share ? `${Math.round(100 * n)}` : T.decimal(n, 2)), unit = share ? "%" : T.t("unit.density");
    return [fact(T.t(share ? "drawer.util" : "fact.density"), figure(gone ? null : share ? row.utilisation : row.density), unit),
      fact(T.t("fact.people"), T.count(gone ? null : row.people), gone ? T.t("zone.nodata") : spread(row.people, band)), fact(T.t("fact.limit"), figure(known.limit), unit)];
  }
  /* A band around a count: ±2 where it is even, else its two ends; nothing where there is no doubt. */
  function spread(people, band) {
    if (!band || band[0] === band[1]) return "";
    if (band[1] == null) return "+";
    return band[1] - people === people - band[0] ? `±${band[1] - people}` : T.range(T.count(band[0]), T.count(band[1]));
  }
  const words = (advisory, what) => T.bind((advisory[what] && (advisory[what][T.language] || advisory[what].en)) || "");
  function card(advisory, act, failure) {
    const seen = advisory.status !== "new", loud = advisory.severity === "act" || advisory.severity === "clear";
    return make("section", { class: `adv ${advisory.severity}${seen ? " seen" : ""}`, "data-id": advisory.id },
      make("div", { class: "h" }, severity(advisory.severity, 24), make("div", {}, make("h3", {}, words(advisory, "title"), exerciseTag(advisory)), make("div", { class: "why" }, words(advisory, "why")))),
      make("div", { class: "facts", "data-advisory": advisory.id }),
      act && make("div", { class: "acts" },
        seen ? make("span", { class: "who" }, icon("check", 16), T.t("advisories.acknowledged", { name: (advisory.acknowledged_by || "").replace(/^console:/, "") }))
          : make("button", { type: "button", class: `btn${loud ? " pri" : ""}`, onclick: () => act.acknowledge(advisory) }, icon("check", 16), T.t("advisories.acknowledge")),
        act.canShow(advisory) && make("button", { type: "button", class: "btn quiet", onclick: () => act.show(advisory) }, T.t("advisories.show")),
        make("a", { class: "btn quiet", href: `/advisories#${encodeURIComponent(advisory.id)}` }, T.t("advisories.options"))),
      failure && refusal(failure, act),
      make("div", { class: "esc" }, make("span", {}, T.t("advisories.since", { time: T.clock(advisory.raised_at) })), make("b", { class: "now", "data-advisory": advisory.id }), seen ? null : make("span", { class: "unack", "data-raised": advisory.raised_at })));
  }
  /* Why an acknowledgement was not saved: it stays until somebody has read it, or tries again. */
  function refusal({ advisory, status, told }, act) {
    const name = T.t("advisories.dismiss"), reason = T.why(status, told);
    return make("div", { class: "failed", role: "alert", "data-failed": advisory.id }, make("p", {}, T.t("advisories.failed", { reason })),
      make("button", { type: "button", class: "iconbtn", "aria-label": name, title: name, onclick: () => act.dismiss(advisory) }, icon("close", 16)));
  }
  /* An advisory that has gone meanwhile still says what became of the acknowledgement. */
  const left = (failure, act) => make("section", { class: "adv left", "data-id": failure.advisory.id },
    make("h3", {}, words(failure.advisory, "title")), refusal(failure, act));
  const exerciseTag = (advisory) => (advisory.exercise ? make("span", { class: "tag sim" }, T.t("sound.exercise")) : null);
  /* One full card for the worst; lesser ones take a line each until they are opened. */
  function line(advisory, act, failure) {
    return make("details", { class: `adv2 ${advisory.severity}`, "data-id": advisory.id },
      make("summary", {}, severity(advisory.severity, 20), make("span", { class: "t" }, make("b", {}, words(advisory, "title"), " ", exerciseTag(advisory)), make("span", { class: "sub" }, words(advisory, "why"))),
        make("span", { class: "sub n" }, make("b", { class: "now", "data-advisory": advisory.id }), make("span", {}, T.clock(advisory.raised_at, false)))),
      act && card(advisory, act).querySelector(".acts"), failure && refusal(failure, act));
  }
  function advisories(state, act, failures = new Map()) {
    const open = (state.advisories || []).filter(OPEN), box = byId("advisory-list");
    put(byId("advisory-count"), open.length ? String(open.length) : "");
    if (state.at) root.MallFrame.countNew(open);
    const refused = [...failures.values()].map((f) => [f.advisory.id, f.status, f.told]);
    const key = JSON.stringify([T.language, phone.matches, state.at ? 1 : 0, open.map((a) => [a.id, a.version, a.status]), refused]);
    if (box.dataset.key !== key) {
      const unfolded = new Set([...box.querySelectorAll("details[open]")].map((node) => node.dataset.id)), held = document.activeElement?.closest?.("[data-id]")?.dataset.id;
      box.dataset.key = key;
      const loud = open.filter((a, i) => i === 0 && a.severity !== "watch");
      const rest = open.filter((a) => !loud.includes(a));
      const closed = (state.advisories || []).filter((a) => !OPEN(a)).map((a) => a.resolved_at || a.updated_at || a.raised_at).sort().pop();
      const calm = make("p", { class: "calm" }, state.at ? T.t("advisories.calm") : "…", closed ? ` ${T.t("advisories.last", { time: T.clock(closed, false) })}` : "");
      const lines = rest.map((a) => line(a, act, failures.get(a.id))), room = phone.matches ? 1 - loud.length : 2; // a phone shows the worst, and the plan
      const more = lines.length > room + (phone.matches ? 0 : 1) ? lines.splice(room) : [];
      const shown = [...lines, ...(more.length ? [make("details", { class: "adv-rest", "data-id": "rest" }, make("summary", {}, T.t("advisories.more", { n: more.length }), icon("plus", 16)), make("div", {}, more))] : [])];
      const gone = [...failures.values()].filter((f) => !open.some((a) => a.id === f.advisory.id)).map((f) => left(f, act));
      box.replaceChildren(...gone, ...(open.length ? [...loud.map((a) => card(a, act, failures.get(a.id))), ...shown] : [calm]));
      for (const node of box.querySelectorAll("details")) node.open = unfolded.has(node.dataset.id) || !!node.querySelector(".failed");
      if (held) box.querySelector(`[data-id="${CSS.escape(held)}"] button, [data-id="${CSS.escape(held)}"] summary`)?.focus();
    }
    return open;
  }
  /* What is there now: a zone's figures, a sensor's value; of a camera its state. */
  function nowBeside(state) {
    const found = new Map((state.advisories || []).map((a) => [a.id, a]));
    for (const node of document.querySelectorAll("#advisory-list [data-advisory]")) {
      const advisory = found.get(node.dataset.advisory);
      if (!advisory) continue;
      if (node.classList.contains("now")) { put(node, nowOf(advisory, state, !!node.closest(".adv2"))); continue; }
      node.classList.toggle("stale", state.zones[advisory.place]?.state === "stale");
      const list = facts(advisory, state), key = list.map((part) => part.textContent).join("|");
      if (node.dataset.shown !== key) { node.dataset.shown = key; node.hidden = !list.length; node.replaceChildren(...list); }
    }
  }
  /* The density at the upper end of the band, by which an advisory is kept. */
  const highest = (row) => (!row.band ? row.density : row.band[1] == null ? Infinity : row.people ? (row.density * row.band[1]) / row.people : 0);
  function nowOf(advisory, state, short) {
    const known = advisory.facts || {}, zone = state.zones[advisory.place], sensor = state.popups?.[known.popup]?.sensors?.[known.sensor], camera = advisory.rule === "camera-lost" && state.cameras[advisory.place];
    const now = (value) => T.t("advisories.now", { value });
    if (zone?.state === "stale" && !isGone(zone)) return T.t("zones.stale", { age: T.age(ageNow(zone)) }); // "now" would be a lie
    if (known.unit === "p/m²" || known.capacity != null) return zone && isGone(zone) ? T.t("zone.nodata") : zone && zone.los && zone.los !== "unsure" ? T.t(!short && known.capacity == null && highest(zone) < known.limit ? "zone.los.eased" : "zone.los.short", { letter: zone.los }) : "";
    if (camera) return now(T.t(`camera.${camera.state}`));
    if (!known.sensor) return "";
    if (!sensor || sensor.value == null || sensor.state !== "live") return T.t("zone.nodata");
    if (known.kind === "door") return now(T.t(sensor.value >= 0.5 ? "popups.open" : "popups.closed"));
    return now(`${Number.isInteger(sensor.value) ? T.count(sensor.value) : T.decimal(sensor.value, 1)}${sensor.unit ? `\u00a0${sensor.unit === "people" ? T.t("unit.people") : sensor.unit}` : ""}`);
  }
  function unacknowledged(now) {
    for (const node of document.getElementsByClassName("unack")) put(node, T.t("advisories.unack", { age: T.age(now - +node.dataset.raised) }));
  }

  // --- zone table: D-F by density, then what is missing, then the rest; rows move at once where a zone gets into another class, else now and then
  const RESORT_MS = 5000;
  let placed = [], classes = "", placedAt = -Infinity;
  function sorted(zones, state, site) {
    const rank = (zone) => {
      const row = state.zones[zone.id];
      if (isGone(row)) return [row && row.state !== "unknown" ? 1 : 3, 0];
      const letter = root.MallPlan.letter(site, zone, row);
      return [letter && letter >= "D" ? 0 : 2, -LETTERS.indexOf(letter || "A") * 1000 - (row.density || 0)];
    };
    const ranked = zones.map((zone) => [rank(zone), zone]), now = performance.now();
    const seen = ranked.map(([[group, order], zone]) => `${zone.id} ${group} ${group ? "" : Math.floor(order / 1000)}`).join("|");
    if (seen !== classes || now - placedAt >= RESORT_MS) {
      placed = ranked.sort(([a], [b]) => a[0] - b[0] || a[1] - b[1]).map(([, zone]) => zone);
      classes = seen; placedAt = now;
    }
    return placed;
  }
  function zoneRow(zone, open) {
    const cell = (css) => make("td", { class: css });
    const cells = ["", "nm", "r people", "r density", "trend", "hour", "r age"].map(cell);
    if (!open) return make("tr", { "data-zone": zone.id }, cells);
    const node = make("tr", { "data-zone": zone.id, tabindex: "-1", onclick: () => open(zone.id) }, cells);
    node.addEventListener("keydown", (event) => {
      const next = event.key === "ArrowDown" ? node.nextElementSibling : event.key === "ArrowUp" ? node.previousElementSibling : null;
      if (event.key === "Enter") open(zone.id);
      else if (next) { next.focus(); event.preventDefault(); }
    });
    return node;
  }
  function fillRow(node, zone, state, site, hour) {
    const row = state.zones[zone.id], gone = isGone(row), letter = gone ? null : root.MallPlan.letter(site, zone, row);
    const level = site.levels.length > 1 ? (site.levels.find((l) => l.id === zone.level) || {}).label : "";
    const simulated = row && row.source === "simulated";
    const key = JSON.stringify([T.language, row && [row.state, row.people, row.band, row.density, row.los, row.trend, row.source], hour && hour.length && hour[hour.length - 1], state.at ? 1 : 0]);
    if (node.dataset.key === key) return;
    node.dataset.key = key;
    const [chip, name, people, density, arrow, spark] = node.cells;
    node.className = `${gone ? "off" : row.state}${letter >= "E" ? " hot" : ""}`;
    const unsure = !gone && row.los === "unsure";
    chip.replaceChildren(make("span", { class: `lchip ${letter || "off"}${!gone && !letter && !unsure ? " none" : ""}`, title: letter ? "" : unsure ? T.t("zone.unsure") : T.t("zone.nolos") }, !state.at ? "…" : letter ? row.los : unsure ? "?" : gone ? "–" : "·"));
    name.firstChild?.remove();
    name.append(make("div", {}, make("span", { class: "t", title: T.label(zone) }, T.label(zone)), level ? make("span", { class: "lv" }, level) : "", simulated ? make("i", { class: "dm", role: "img", "aria-label": T.t("source.simulated") }) : ""));
    const band = gone ? "" : spread(row.people, row.band), plus = band === "+" ? "+" : "";
    people.replaceChildren(!state.at ? "…" : gone ? T.t(row && row.state !== "unknown" ? "zone.nodata" : "zone.never") : T.count(row.people) + plus, band && !plus ? make("small", {}, `\u00a0${band}`) : "");
    people.colSpan = gone && state.at ? 2 : 1; density.hidden = gone && !!state.at;
    density.textContent = gone ? "" : T.decimal(row.density, 2);
    arrow.replaceChildren(gone || row.state === "stale" ? "" : trend(row.trend));
    if (drawnHours.get(node) !== hour || !spark.firstChild) { drawnHours.set(node, hour); spark.replaceChildren(sparkline(hour)); }
  }
  const drawnHours = new WeakMap(); // row -> the hour that its small line shows
  const rows = new Map();
  function table(state, site, hours, open, asked) {
    const body = byId("zone-rows"), zones = site.zones.filter((z) => isListed(z, state.zones[z.id]) && (!asked || T.label(z).toLowerCase().includes(asked) || z.id.toLowerCase().includes(asked)));
    const list = sorted(zones, state, site);
    put(byId("zone-count"), T.t("zones.note", { n: list.length }));
    const nodes = list.map((zone) => {
      if (!rows.has(zone.id)) rows.set(zone.id, zoneRow(zone, open));
      fillRow(rows.get(zone.id), zone, state, site, hours[zone.id]);
      return rows.get(zone.id);
    });
    if (nodes.length !== body.rows.length || nodes.some((node, i) => body.rows[i] !== node)) {
      const held = body.contains(document.activeElement) ? document.activeElement : null;
      body.replaceChildren(...(nodes.length ? nodes : [make("tr", {}, make("td", { colspan: 7, class: "sub" }, site.zones.length ? T.t("zones.none") : T.t("plan.empty")))]));
      held?.focus();
    }
    if (open) nodes.forEach((node, i) => { if (node.tabIndex !== (i ? -1 : 0)) node.tabIndex = i ? -1 : 0; });
  }
  function ages(state, site) {
    for (const zone of site.zones) {
      const node = rows.get(zone.id), row = state.zones[zone.id];
      const age = row && row.age_s != null ? T.age(Math.max(1, ageNow(row))) : state.at ? "–" : "…";
      if (node) put(node.cells[6], row && row.state === "stale" ? T.t("zones.stale", { age }) : age);
    }
  }

  // --- cameras and sensors: one grey line while they are well
  function health(state, facts) {
    const exercise = window.MallExercise.on, box = byId("health"), all = facts.cameras.length, rowsOf = facts.cameras.map((c) => ({ ...(state.cameras[c.id] || { state: "unknown" }), ...c, source: state.cameras[c.id]?.source }));
    const is = (...names) => rowsOf.filter((c) => names.includes(c.state)).length, live = is("live", "saturated");
    const running = rowsOf.filter((c) => c.rate > 0), mean = (pick) => running.reduce((n, c) => n + pick(c), 0) / (running.length || 1);
    const trouble = (counts) => Object.entries(counts).filter(([, n]) => n).map(([key, n]) => T.t(`health.${key}`, { n })).join(T.language === "ja" ? "、" : ", ");
    const lines = [];
    if (all) {
      // What an exercise does not play is no fault: it was never to be seen.
      const left = exercise ? is("unknown") : 0, bad = trouble({ stale: is("stale"), suspect: is("suspect"), offline: is("offline", "failed"), never: is("unknown", "connecting") - left, behind: rowsOf.filter((c) => c.behind).length, doubtful: rowsOf.filter((c) => c.doubts?.length).length });
      const words = state.at ? T.t("health.cameras", { live, all }) : T.t("health.waiting");
      const note = bad || (left && state.at && T.t("exercise.notPart", { n: left })) || (running.length ? T.t("health.rate", { rate: T.decimal(mean((c) => c.rate), 1), delay: T.decimal(mean((c) => c.latency_s || 0), 1) }) : "");
      lines.push(make("div", { class: `row${bad && state.at ? " bad" : ""}` }, icon(bad ? "off" : "camera", 16), words, make("span", { class: "e" }, note)));
    }
    // Before it opens and once it has ended nobody expects a pop-up's sensors.
    const due = facts.site.popups.filter((p) => (state.popups?.[p.id]?.phase || "open") === "open");
    const sensors = due.flatMap((p) => p.sensors.map((s) => state.popups?.[p.id]?.sensors?.[s.id]?.state || "unknown"));
    if (sensors.length && exercise) lines.push(make("div", { class: "row" }, icon("kit", 16), T.t("exercise.sensors"), make("span", { class: "e" }, T.t("exercise.notPlayed"))));
    else if (sensors.length) {
      const n = (name) => sensors.filter((s) => s === name).length;
      const bad = trouble({ stale: n("stale"), offline: n("offline"), never: n("unknown") });
      lines.push(make("div", { class: `row${bad && state.at ? " bad" : ""}` }, icon(bad ? "stale" : "kit", 16), T.t("health.sensors", { live: n("live"), all: sensors.length }), make("span", { class: "e" }, bad)));
    }
    const key = lines.map((node) => node.outerHTML).join("");
    if (box.dataset.key !== key) { box.dataset.key = key; box.replaceChildren(...lines); }
    cameraTable(rowsOf, state);
  }
  function cameraTable(list, state) {
    const box = byId("camera-table");
    if (!box || !box.closest("details").open) return;
    const head = ["camera.name", "camera.state", "camera.rate", "camera.delay"].map((k, i) => make("th", { scope: "col", class: i > 1 ? "r" : "" }, T.t(k)));
    box.replaceChildren(make("table", { class: "z cams" }, make("thead", {}, make("tr", {}, head)), make("tbody", {}, list.map((c) => make("tr", { class: ["live", "saturated"].includes(c.state) ? "" : "off" },
      make("td", { class: "nm", title: c.message ? T.said("camera.says", c.message) : "" }, T.label(c),
        make("span", { class: "lv" }, T.t(`source.${c.source || c.kind}`)),
        c.message ? make("span", { class: "sub msg" }, T.said("camera.says", c.message)) : "",
        (c.doubts || []).map((d) => make("span", { class: "sub msg" }, T.bind(d.text[T.language] || d.text.en)))),
      make("td", {}, state.at ? T.t(window.MallExercise.on && c.state === "unknown" ? "exercise.notPlayed" : `camera.${c.state}`) : "…", c.fit === "unproven" ? make("span", { class: "sub msg" }, T.t("camera.unproven")) : "",
        c.behind ? make("span", { class: "sub msg" }, T.t("camera.behind", { reached: T.decimal(c.rate, 1), rate: T.decimal(c.rate_wanted, 1) })) : "",
        c.idle ? make("span", { class: "sub" }, T.t("camera.idle")) : ""),
      make("td", { class: "r" }, c.rate == null ? "–" : T.decimal(c.rate, 1)), make("td", { class: "r" }, c.latency_s == null ? "–" : `${T.decimal(c.latency_s, 1)} ${T.t("unit.s")}`))))));
  }

  // --- key below the plan: classes with the limits of the standard in force, or the heat scale
  function legend(site, heat, standards) {
    const name = standards[0] || "walkway", limits = ((site.standards || {})[name] || {}).limits || [], box = byId("legend-ramp");
    if (!box) return;
    const key = JSON.stringify([T.language, heat, name, root.MallFrame.theme]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    for (const node of document.querySelectorAll('[data-t="legend.nodata"], [data-t="legend.unobserved"]')) { node.dataset.t = heat ? "legend.unobserved" : "legend.nodata"; put(node, T.t(node.dataset.t)); }
    byId("legend-title").replaceChildren(T.t(heat ? "legend.heat" : "legend.title"), make("span", {}, heat ? T.t("legend.fixed", { standard: T.t(`standard.${name}`) }) : T.t(`standard.${name}`)));
    box.replaceChildren(heat ? heatRamp(limits) : classRamp(limits));
  }
  function classRamp(limits) {
    const w = 324, step = w / 6, svg = make("svg", { class: "ramp", width: w, height: 38, viewBox: `0 0 ${w} 38`, role: "img", "aria-label": T.t("legend.title") });
    [...LETTERS].forEach((letter, i) => {
      const x = i * step;
      svg.append(make("rect", { x, y: 0, width: step - 1, height: 22, style: `fill:var(--los${letter})` }));
      if (i) svg.append(make("rect", { x, y: 0, width: step - 1, height: 22, style: `fill:url(#pat-${letter})` }), make("rect", { x: x + step / 2 - 8, y: 3, width: 16, height: 16, rx: 3, style: `fill:var(--los${letter})` }));
      svg.append(make("text", { x: x + step / 2, y: 15.5, "text-anchor": "middle", class: "letter", style: `fill:var(--losi${letter})` }, letter));
      svg.append(make("text", { x, y: 36, "text-anchor": i ? "middle" : "start", class: "limit" }, i ? T.decimal(limits[i - 1], 2) : "0"));
    });
    return svg;
  }
  function heatRamp(limits) {
    const w = 324, top = 4, ramp = root.MallPlan.heatColors(), svg = make("svg", { class: "ramp", width: w, height: 38, viewBox: `0 0 ${w} 38`, role: "img", "aria-label": T.t("legend.heat") });
    for (let i = 0; i < w; i += 2) svg.append(make("rect", { x: i, y: 0, width: 2.5, height: 16, style: `fill:rgb(${ramp[Math.min(400, Math.round((i / w) * top * 100))].join(" ")})` }));
    let free = -30;
    for (const limit of [...limits.filter((v) => v < 3.6), 4]) {
      const x = Math.min(w - 1, (limit / top) * w);
      svg.append(make("path", { d: `M${x} 0v20`, class: "tick" }));
      if (x - free < 30) continue;
      free = x;
      svg.append(make("text", { x, y: 34, "text-anchor": limit === 4 ? "end" : "middle", class: "limit" }, limit === 4 ? "4" : T.decimal(limit, 2)));
    }
    return svg;
  }

  // --- the last hour of the whole plan
  function hourStrip(hours, now, site) {
    const box = byId("strip-people");
    if (!box) return;
    const sums = new Map();
    const heard = site.zones.map((zone) => (hours[zone.id] || []).filter(([, people]) => people != null)).filter((list) => list.length), zones = new Map();
    for (const list of heard) for (const [start, people] of list) { sums.set(start, (sums.get(start) || 0) + people); zones.set(start, (zones.get(start) || 0) + 1); }
    // A minute in which a fifth of the zones was dark is a gap: its sum would look quiet.
    for (const [start, n] of zones) if (n < 0.8 * heard.length) sums.delete(start);
    const w = Math.max(240, box.clientWidth), h = 78, end = Math.floor(now / 60) * 60, list = [];
    for (let start = end - 3540; start < end; start += 60) list.push([start, sums.has(start) ? sums.get(start) : null]);
    const known = list.filter(([, n]) => n != null).map(([, n]) => n);
    if (!known.length) { box.replaceChildren(make("p", { class: "sub" }, T.t("strip.empty"))); return; }
    const nice = [4, 6, 10, 20, 30, 40, 60, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10000].find((n) => n >= Math.max(...known)) || Math.max(...known);
    const X = (start) => 40 + ((start - (end - 3600)) / 3600) * (w - 48), Y = (n) => h - 20 - (n / nice) * (h - 26);
    const words = T.t("strip.twin", { low: T.count(Math.min(...known)), high: T.count(Math.max(...known)), now: T.count(known[known.length - 1]) });
    const svg = make("svg", { class: "ch", width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": words });
    for (const n of [0, nice / 2, nice]) svg.append(make("path", { class: "ax", d: `M40 ${Y(n)}H${w - 8}` }), make("text", { x: 34, y: Y(n) + 4, "text-anchor": "end" }, T.count(n)));
    for (let i = 0; i <= 4; i++) { const at = end - 3600 + i * 900; svg.append(make("text", { x: X(at), y: h - 2, "text-anchor": i === 4 ? "end" : i ? "middle" : "start" }, T.clock(at, false))); }
    let d = "", pen = false, final = null;
    for (const [start, n] of list) { if (n == null) { pen = false; continue; } d += `${pen ? "L" : "M"}${X(start + 60).toFixed(1)} ${Y(n).toFixed(1)}`; pen = true; final = [X(start + 60), Y(n)]; }
    svg.append(make("path", { class: "s1", d }), make("circle", { cx: final[0], cy: final[1], r: 3.5, class: "now" }));
    box.replaceChildren(svg);
  }
  function entrances(state, site) {
    const box = byId("strip-lines"), lines = state.lines || {};
    if (!box) return;
    const key = JSON.stringify([T.language, Object.entries(lines).map(([id, row]) => [id, row.in, row.out, row.state])]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const list = site.lines || [], most = Math.max(1, ...Object.values(lines).flatMap((row) => [row.in, row.out]));
    if (!list.length) { box.replaceChildren(make("p", { class: "sub" }, T.t("strip.nolines"))); return; }
    const bar = (n, css) => make("span", { class: `bar ${css}`, "aria-hidden": "true" }, make("i", { style: `width:${n == null ? 0 : (100 * n) / most}%` }));
    const entrance = (line) => { const zone = site.zones.find((z) => z.id === line.zone); return zone && zone.category === "entrance" ? 0 : 1; };
    const shown = [...list].sort((a, b) => entrance(a) - entrance(b)).slice(0, 3), head = (name) => make("span", { class: "l" }, name && T.t(`strip.${name}`));
    box.replaceChildren(head(), head("in"), head(), head("out"), head(), ...shown.flatMap((line) => {
      const row = lines[line.id] || {}, old = row.state === "stale", css = old ? "stale" : null;
      const name = old ? `${T.label(line)} (${T.t("zone.stale")})` : T.label(line);
      return [make("span", { class: "nm", title: name }, name), bar(row.in, `in ${css || ""}`), make("b", { class: css }, T.count(row.in)),
        bar(row.out, `out ${css || ""}`), make("b", { class: css }, T.count(row.out))];
    }));
  }

  root.MallPanels = {
    kpis, tags, levels, advisories, nowBeside, unacknowledged, table, ages, health, legend, hourStrip, entrances, sparkline, isGone, words, refusal,
  };
})(window);
