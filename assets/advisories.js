/* The advisories page: which one is looked at, what is read for it and when, what people do with it. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, P = window.MallPanels, Ask = window.MallAsk, Inbox = window.MallInbox, { make, put, byId } = F;
  const Situation = window.MallSituation, Compare = window.MallCompare, Charts = window.MallAdvisoryCharts, Rules = window.MallRules;
  const facts = T.page, site = facts.site, phone = matchMedia("(max-width: 720px)");
  const CLOSED_EVERY_MS = 15000, OPTIONS_EVERY_MS = 10000, MINUTES_EVERY_MS = 20000, RULES_EVERY_MS = 300000, HOLD_S = 10, WHY_MIN = 20, MINUTES_KEPT = 2880, COMPUTING_S = 45, SPEAK_EVERY_MS = 10000;
  const page = { tab: "open", id: null, rule: null, level: null, closed: null, closedFailed: false, rules: null, rulesFailed: false, failure: null, busy: false, focus: null, hold: null, ways: null };
  const details = new Map(), sets = new Map(), histories = new Map(); // by advisory, by advisory, by zone
  let frame = 0, framed = "", dirty = new Set(); // zones that changed since the plan was drawn

  // the patterns of the keys and chips
  const keys = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  keys.setAttribute("class", "pattern-keys"); keys.setAttribute("aria-hidden", "true");
  window.MallPlan.patternsInto(keys.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "defs")), "pat-");
  document.body.append(keys);
  const pad = () => (phone.matches ? { top: 8, right: 8, bottom: 8, left: 8 } : { top: 34, right: 20, bottom: 16, left: 20 });
  const plan = new window.MallPlan(byId("plan"), site, { mode: "operator", text: T, cameras: facts.cameras, padding: pad(), callout: false });
  Object.assign(plan.show, { lines: false, ways: false }); // of ways only those that are not as planned
  const stream = window.MallStream.open({ took, beat }), state = stream.state;

  // --- what is known of advisories: the stream's rows are the freshest, the interface tells the rest
  const open = () => state.advisories.filter(Inbox.isOpen).map((a) => known(a.id));
  function known(id) {
    const row = state.advisories.find((a) => a.id === id), detail = details.get(id), past = page.closed?.find((a) => a.id === id);
    const best = [row, detail, past].filter(Boolean).sort((a, b) => b.version - a.version);
    return best.length ? { ...past, ...detail, ...row, ...best[0] } : null;
  }
  /* The zone an advisory is about, or stands for: the first a camera leaves dark, the pitch of a kit. */
  function zoneOf(advisory) {
    const ids = [window.MallPlan.zoneOf(advisory), advisory.facts?.zones?.[0], site.popups.find((p) => p.id === advisory.facts?.popup)?.pitch];
    return ids.map((id) => site.zones.find((z) => z.id === id)).find(Boolean) || null;
  }
  const ruleOf = (id) => page.rules?.find((r) => r.id === id) || null;
  /* The limits that stand in charts of density at a place. */
  function densityLimits(advisory, zone) {
    const own = ruleOf(advisory.rule), rule = own?.unit === "p/m²" ? own : ruleOf(`density-${zone?.standard}`);
    const list = rule ? (rule.overrides?.[zone?.id] || rule).limits.map((l) => ({ severity: l.severity, value: l.value })) : advisory.facts?.unit === "p/m²" ? [{ severity: advisory.severity, value: advisory.facts.limit }] : [];
    return list.map((l) => ({ ...l, words: T.decimal(l.value, 2) }));
  }

  // parts of pages that bring a file of their own: exit times, the fire alarm
  const extras = window.MallExtras || [];
  for (const extra of extras) extra.start({ plan, stream, state, askName: F.askName, redraw: () => draw(), showLevel(level) { page.level = level; draw(); } });

  // --- drawing
  function soon() { frame = frame || requestAnimationFrame(() => { frame = 0; draw(); }); }
  function draw() {
    const shown = stream.view(), list = open(), now = F.now();
    if (state.at) window.MallAlarm?.update(list, now);
    if (!page.id && page.tab !== "rules") page.id = (page.tab === "today" ? [...list, ...(page.closed || [])] : list)[0]?.id || null;
    const advisory = page.id ? known(page.id) : null;
    P.kpis(shown, facts, now); P.tags(state, facts);
    for (const extra of extras) extra.draw?.(shown);
    if (state.at) F.countNew(list);
    window.MallFresh.mark(Object.values(shown.zones), { lost: stream.lost, key: "fresh.zones" });
    stream.bar();
    exercise(list, advisory);
    Inbox.render({ tab: page.tab, open: list, closed: page.closed, failed: page.closedFailed, rules: Rules.rows(page.rules), chosen: page.id, rule: page.rule, site, now, at: state.at, pick, pickRule });
    show(page.tab === "rules" ? "rules" : advisory ? "one" : "none");
    if (page.tab === "rules") { Rules.render(ruleOf(page.rule), site, { dryRun, save: (rule, body) => Ask.saveLimits(rule.id, body), reread: readRules }, page.rulesFailed); return; }
    if (!advisory) { calm(list); return; }
    drawOne(advisory, shown, now);
  }
  function show(what) {
    for (const id of ["one", "none", "rules"]) byId(id).hidden = id !== what;
    document.body.dataset.shows = what;
    if (what !== "one") byId("phone-foot").hidden = true;
  }
  function calm(list) {
    const last = (page.closed || []).map(Inbox.endOf).sort((a, b) => b - a)[0], words = !state.at ? "…" : page.id ? T.t("adv.gone") : `${T.t("advisories.calm")}${last ? ` ${T.t("advisories.last", { time: T.clock(last, false) })}` : ""}`;
    put(byId("none"), list.length && !page.id ? "…" : words);
  }
  function exercise(list, advisory) {
    const framed = !!document.documentElement.dataset.exercise; // the exercise view has its frame already
    const on = !framed && (list.some((a) => a.exercise) || !!advisory?.exercise);
    document.body.classList.toggle("exercise", on);
    if (on && !byId("exercise-tag")) byId("source-tags").before(make("span", { class: "tag sim exercise-tag", id: "exercise-tag" }, T.t("adv.exercise")));
    if (!on) byId("exercise-tag")?.remove();
  }
  function drawOne(advisory, shown, now) {
    const zone = zoneOf(advisory), entry = sets.get(advisory.id), set = entry?.set || null;
    Situation.render(advisory, { now, site, busy: page.busy, failure: page.failure, does: { act, log: showLog, dismiss() { page.failure = null; draw(); } }, phoneWhy: Inbox.words(advisory, "why") });
    byId("main").classList.toggle("closed", !Inbox.isOpen(advisory));
    drawPlan(advisory, zone, set, shown);
    drawWhy(advisory, zone, shown, now);
    drawOptions(advisory, zone, entry, now);
  }
  function drawPlan(advisory, zone, set, shown) {
    const level = page.level || zone?.level || advisory.level, options = drawn(advisory, set), key = `${advisory.id} ${level} ${options.map((o) => o.key).join("")}`;
    if (level !== plan.level && site.levels.some((l) => l.id === level)) { plan.options.padding = pad(); plan.setLevel(level); framed = ""; }
    plan.update({ ...shown, advisories: [advisory].filter(Inbox.isOpen) }, key === framed ? [...dirty] : undefined);
    dirty = new Set();
    plan.setOptions(options, page.focus, zone);
    if (key !== framed) { framed = key; const box = window.MallPlan.around(zone, options, level); if (box) plan.frameOn(box); else plan.fit(); }
    P.levels(byId("levels"), shown, site, plan.level, (id) => { page.level = id; draw(); });
  }
  /* What was chosen, as it stands in a set of options; sets are made anew, so that its letter may be another. */
  const same = (a, b) => a.kind === b.kind && JSON.stringify([a.items, a.zones]) === JSON.stringify([b.items, b.zones]);
  const chosenIn = (set, advisory) => (advisory.chosen && set?.options.find((o) => same(o, advisory.chosen))) || null;
  /* What is drawn on the plan: every option, or, once one is chosen or it is over, that one. */
  function drawn(advisory, set) {
    const mine = chosenIn(set, advisory), list = mine ? [mine] : Inbox.isOpen(advisory) ? set?.options || [] : [];
    return list.filter((o) => o.drawing).map((o) => ({ key: o.key, title: Compare.said(o.short || o.title), drawing: o.drawing }));
  }

  // --- why: the last 20 minutes
  let whyKey = "";
  function drawWhy(advisory, zone, shown, now) {
    const box = byId("why"), history = zone && histories.get(zone.id), isPlace = zone && zone.id === window.MallPlan.zoneOf(advisory), row = zone && shown.zones[zone.id];
    const key = JSON.stringify([T.language, advisory.id, advisory.version, history?.until, history?.failed, box.clientWidth, !!page.rules, row && [row.state, row.density, row.people]]);
    if (key === whyKey) return;
    whyKey = key;
    const rule = make("p", { class: "rule" }, Inbox.words(advisory, "why")), head = (note) => make("h3", {}, T.t("adv.why"), note ? make("span", {}, note) : null);
    if (!isPlace) { box.replaceChildren(head(), rule, make("p", { class: "sub" }, T.t(zone ? "adv.noChart.zone" : "adv.noChart", { name: T.label(zone) }))); return; }
    if (!history) { box.replaceChildren(head(T.t("adv.last20")), make("p", { class: "sub" }, "…"), rule); return; }
    if (history.failed) { box.replaceChildren(head(T.t("adv.last20")), make("p", { class: "sub bad" }, T.t("adv.why.failed")), rule); return; }
    box.replaceChildren(head(T.t(Inbox.isOpen(advisory) ? "adv.last20" : "adv.around")), chart(advisory, zone, history, row, now), rule);
  }
  const WATCHED_FROM = 0.8;
  function chart(advisory, zone, history, row, now) {
    const share = advisory.facts?.capacity != null && advisory.facts?.unit !== "p/m²", live = row && row.people != null && row.state !== "offline";
    const usual = Math.max(0, ...history.minutes.map((m) => m.coverage || 0));
    // A minute that was watched in part, as after a start, says nothing of the whole zone: a gap, as in the history.
    const scaled = (people, coverage) => (people == null || !(coverage > 0) || coverage < WATCHED_FROM * usual ? null : share ? (100 * people) / coverage / advisory.facts.capacity : people / (zone.area_m2 * coverage));
    const rows = gaps(history.minutes.filter((m) => m.at + 30 >= spanOf(advisory, Math.max(history.until, now))[0] && m.at < spanOf(advisory, now)[1]).map((m) => [m.at + 30, scaled(m.people_mean, m.coverage), m.out ?? m.count_out ?? null, m.in ?? m.count_in ?? null]));
    const [since, until] = spanOf(advisory, Math.max(history.until, now)), isNow = until >= now;
    const figure = live && isNow ? (share ? row.utilisation == null ? null : 100 * row.utilisation : row.density) : null;
    if (figure != null) rows.push([until, figure, null, null]);
    const lastFlow = [...rows].reverse().find((r) => r[2] != null || r[3] != null), known = rows.filter((r) => r[1] != null);
    const limits = share ? [{ severity: advisory.severity, value: 100 * advisory.facts.limit, words: `${Math.round(100 * advisory.facts.limit)}` }] : densityLimits(advisory, zone);
    const digits = share ? 0 : 2, name = T.t(share ? "drawer.util" : "fact.density"), unit = share ? "%" : T.t("unit.density");
    const words = known.length ? T.t("adv.why.twin", { name, low: T.decimal(Math.min(...known.map((r) => r[1])), digits), high: T.decimal(Math.max(...known.map((r) => r[1])), digits), unit }) : T.t("zone.nodata");
    const figureNow = figure == null ? "–" : T.decimal(figure, digits), old = row?.state === "stale" ? ` · ${T.t("zones.stale", { age: T.age(window.MallFresh.ageNow(row)) })}` : "";
    const svg = Charts.why(rows, { since, until, raised: advisory.raised_at, limits, width: Math.max(300, byId("why").clientWidth - 36), words,
      value: { title: isNow ? `${name} ${figureNow}` : name, unit: unit + old, high: limits.filter((l) => l.severity === advisory.severity)[0]?.value || 0 },
      flow: lastFlow ? { title: T.t("adv.flowOut", { n: lastFlow[2] == null ? "–" : T.count(lastFlow[2]) }), unit: `${T.t("adv.unit.perMin")}${T.language === "ja" ? "、" : ", "}${T.t("adv.flowIn", { n: lastFlow[3] == null ? "–" : T.count(lastFlow[3]) })}` } : null });
    return lastFlow || advisory.facts?.inflow != null ? svg : make("div", {}, svg, make("p", { class: "sub" }, T.t("adv.noFlow")));
  }
  /* Of an open one the last 20 minutes; of a closed one from ten minutes before it until it was over, an hour at most. */
  function spanOf(advisory, now) {
    if (Inbox.isOpen(advisory)) return [now - 60 * WHY_MIN, now];
    const since = advisory.raised_at - 600;
    return [since, Math.min(now, since + 3600, Math.max(Inbox.endOf(advisory), advisory.raised_at + 600))];
  }
  /* A minute that is missing is a gap. */
  const gaps = (rows) => rows.flatMap((row, i) => (i && row[0] - rows[i - 1][0] > 90 ? [[row[0] - 60, null, null, null], row] : [row]));

  // --- options
  function drawOptions(advisory, zone, entry, now) {
    const set = entry?.set || null, chosen = chosenIn(set, advisory)?.key || null, isChosen = !!advisory.chosen, unit = set?.unit ?? "p/m²", limits = densityLimits(advisory, zone);
    const range = set ? Charts.sharedRange([set.no_action, ...set.options.map((o) => o.prediction)], limits) : [0, 1];
    const target = limits.find((l) => Math.abs(l.value - set?.limit) < 0.005);
    const status = !Inbox.isOpen(advisory) ? "closed" : !entry ? "loading" : entry.failed ? "failed" : entry.missing ? (now - advisory.raised_at < COMPUTING_S ? "loading" : "nothing") : set.options.length ? "ready" : set.none_reason || set.no_action ? "none" : "nothing";
    Compare.render({ advisory, set: status === "ready" || status === "none" ? set : null, state: status, site, now, unit, limits, range, chosen, isChosen, hold: page.hold?.id === advisory.id ? page.hold : null, can: !page.busy && !stream.lost,
      limitWords: set?.limit == null ? "" : `${target ? `${Rules.severityWord(target.severity)} ` : ""}${T.decimal(set.limit, 2)}`, measured: (advisory.effects || []).filter((e) => e.measured != null), placeName: zone ? T.label(zone) : advisory.place, proposed: proposed(advisory), choose, does: { undo, now: sendNow } });
    Compare.focus(page.focus);
    const best = status === "ready" && !isChosen && !page.hold ? [...set.options].sort((a, b) => a.rank - b.rank)[0] : null, foot = byId("phone-foot"), canAck = advisory.status === "new", isOld = !!set && now - set.at > Compare.OLD_S;
    foot.hidden = !phone.matches || (!best && !canAck);
    const key = JSON.stringify([T.language, best?.key, canAck, page.busy, isOld, stream.lost]);
    if (foot.dataset.key === key) return;
    foot.dataset.key = key;
    foot.replaceChildren(best ? make("button", { type: "button", class: `btn big${isOld ? "" : " pri"}`, disabled: page.busy || stream.lost, onclick: () => choose(best) }, T.t("adv.choose", { key: best.key })) : "",
      canAck ? make("button", { type: "button", class: "btn big", disabled: page.busy, onclick: () => act("acknowledge") }, F.icon("check", 16), T.t("adv.act.acknowledge")) : "");
  }

  // --- what people do
  async function order(send, isStep = true) {
    page.busy = true; page.failure = null; draw();
    try { const saved = await send(); if (isStep) keep(saved); } catch (error) {
      if (!(error instanceof Ask.Refusal)) throw error;
      page.failure = error.words;
      keep(error.told.advisory);
    }
    page.busy = false;
    await readOne(page.id);
    draw();
  }
  function keep(saved) { if (saved?.id) details.set(saved.id, { ...known(saved.id), ...saved }); }
  async function act(name) {
    const advisory = known(page.id);
    if (!advisory || page.busy || !Situation.canDo(name, advisory)) return;
    const by = await F.askName();
    if (!by) return;
    const send = (more) => order(() => Ask.act(advisory.id, name, { by: `console:${by}`, version: known(advisory.id).version, ...more }));
    if (!Situation.forms.has(name)) { await send({}); return; }
    Situation.open(name, advisory, { send: (body) => { Situation.close(); send(body); }, closed: draw });
    draw();
  }
  async function showLog() {
    const advisory = known(page.id), again = () => draw();
    Situation.log(advisory, null, { closed: again });
    draw();
    if (Situation.formOf !== advisory.id) return; // it was open, and is closed now
    let entries;
    try { entries = await Ask.log(advisory.id); } catch (error) { entries = error.words; }
    if (Situation.formOf === advisory.id) Situation.log(advisory, entries, { closed: again });
  }
  async function choose(option) {
    const advisory = known(page.id), setAt = sets.get(page.id)?.set?.at; // sets are made anew while somebody reads
    if (!advisory || page.busy || page.hold) return;
    const by = await F.askName();
    if (!by || !(await Compare.confirm(option, planWords(option)))) return;
    page.hold = { id: advisory.id, option, setAt, by, chosenAt: advisory.chosen?.at, until: performance.now() + 1000 * HOLD_S, left: HOLD_S };
    draw();
    byId("hold-undo")?.focus();
  }
  // --- what a choice proposes for the plan: it is set there once it is done, never by itself
  /* A zone's name, with its level where another bears the same: an escalator has two ends. */
  function zoneName(id) {
    const zone = site.zones.find((z) => z.id === id), name = id == null ? T.t("flow.outside") : T.label(zone || { id });
    return zone && site.zones.some((z) => z !== zone && T.label(z) === name) ? `${name} (${(site.levels.find((l) => l.id === zone.level) || {}).label || zone.level})` : name;
  }
  function wayName(id) {
    const opening = site.openings.find((o) => o.id === id);
    return opening ? [opening.from_zone, opening.to_zone].map(zoneName).join(" – ") : zoneName(id);
  }
  function wayWords({ item, passage }) {
    const towards = passage.mode === "one_way" ? `, ${T.t("adv.plan.towards", { zone: zoneName(passage.towards) })}` : "";
    return T.t("adv.planChange", { item: wayName(item), mode: T.said("adv.mode", passage.mode) }) + towards;
  }
  const planWords = (option) => (option.plan_changes || []).map(wayWords);
  function proposed(advisory) {
    return (advisory.chosen?.plan_changes || []).map((change) => {
      const way = page.ways?.find((w) => w.id === change.item), done = way && way.mode === change.passage.mode && (way.towards ?? null) === (change.passage.towards ?? null);
      return { words: wayWords(change), done: !!done, set: way?.modes?.includes(change.passage.mode) ? () => setWay(advisory, change, way.version) : null };
    });
  }
  async function setWay(advisory, change, version) {
    const by = await F.askName();
    if (!by) return;
    await order(() => Ask.setWay(change.item, { ...change.passage, by: `console:${by}`, why: Compare.said(advisory.chosen.title).slice(0, 100), version }), false);
    await readWays();
  }
  async function readWays() {
    try { page.ways = (await Ask.ways()).items; } catch (error) { page.ways = null; } // then they stand as words
    soon();
  }
  function undo() { page.hold = null; draw(); }
  /* A choice is sent once its ten seconds are over, at once where somebody asks for it or leaves the page. */
  function sendNow(leaving = false) {
    const hold = page.hold;
    if (!hold) return;
    page.hold = null;
    const now = known(hold.id), body = { option: hold.option.key, kind: hold.option.kind, set_at: hold.setAt, by: `console:${hold.by}`, version: now?.version };
    if (now?.chosen && now.chosen.at !== hold.chosenAt) { // somebody else chose while this one waited
      page.failure = T.t("adv.refused.by", { name: Inbox.person(now.chosen.by), what: Compare.said(now.chosen.title) });
      draw();
      return;
    }
    if (leaving === true) { Ask.choose(hold.id, body, true).catch(() => {}); return; }
    order(() => Ask.choose(hold.id, body));
  }
  setInterval(() => {
    if (!page.hold) return;
    page.hold.left = Math.max(0, Math.ceil((page.hold.until - performance.now()) / 1000));
    if (page.hold.left === 0) sendNow(); else draw();
  }, 250);
  addEventListener("pagehide", () => sendNow(true));

  function pick(id) {
    if (page.id !== id) { Situation.close(); page.failure = null; page.level = null; page.focus = null; }
    page.id = id;
    byId("inbox").classList.remove("unfolded");
    history.replaceState(null, "", `#${encodeURIComponent(id)}`);
    draw(); refresh();
  }
  function pickRule(id) { page.rule = id; byId("inbox").classList.remove("unfolded"); history.replaceState(null, "", `#rule=${encodeURIComponent(id)}`); draw(); }
  function pickTab(tab) {
    // on a phone the list unfolds under its tab, and folds again
    byId("inbox").classList.toggle("unfolded", page.tab !== tab || !byId("inbox").classList.contains("unfolded"));
    page.tab = tab;
    if (tab === "rules") { page.rule = page.rule || firstRule(); readRules(); }
    else if (tab === "open" && !open().some((a) => a.id === page.id)) page.id = null;
    draw(); refresh();
  }
  for (const button of document.querySelectorAll("[data-tab]")) button.addEventListener("click", () => pickTab(button.dataset.tab));
  document.querySelector(".tabsx").addEventListener("keydown", (event) => { // one tab stop, arrows to the next
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key], all = [...document.querySelectorAll("[data-tab]")];
    if (!by) return;
    const next = all[(all.indexOf(event.target.closest("[data-tab]")) + by + all.length) % all.length];
    pickTab(next.dataset.tab); next.focus();
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => { const way = button.dataset.zoom; way === "fit" ? plan.fit() : plan.zoomBy(way === "in" ? 1.4 : 1 / 1.4); });

  // --- reading
  async function readClosed() {
    try { page.closed = (await Ask.closedToday()).filter((a) => !Inbox.isOpen(a)); page.closedFailed = false; } catch (error) { page.closedFailed = true; }
    soon();
  }
  async function readOne(id) {
    if (!id) return;
    try { const told = await Ask.one(id); details.set(id, told); } catch (error) { /* the stream's row stands */ }
    soon();
  }
  async function readOptions(id) {
    const advisory = id && known(id);
    if (!advisory || (!Inbox.isOpen(advisory) && !advisory.chosen)) return;
    const before = sets.get(id);
    try { const set = await Ask.options(id); sets.set(id, set && set.options ? { set } : { missing: true }); } catch (error) { sets.set(id, error.status === 404 ? { missing: true, set: before?.set } : before?.set ? before : { failed: true }); }
    if (sets.get(id).missing && before?.set) sets.set(id, before); // the last one stands, and says its age
    soon();
  }
  async function readMinutes(id) {
    const advisory = id && known(id), zone = advisory && zoneOf(advisory);
    if (!zone || zone.id !== window.MallPlan.zoneOf(advisory)) return;
    const back = Math.min(MINUTES_KEPT, Math.max(WHY_MIN, Math.ceil((F.now() - spanOf(advisory, F.now())[0]) / 60) + 1));
    try { histories.set(zone.id, await Ask.minutes(zone.id, back)); } catch (error) { if (!histories.get(zone.id)?.minutes) histories.set(zone.id, { failed: true }); }
    soon();
  }
  /* The rule to look at first: one that can be tried. */
  const firstRule = () => (page.rules?.find((r) => r.dry_run) || page.rules?.[0])?.id || null;
  async function readRules() {
    try { const told = await Ask.rules(); page.rules = told; page.rulesFailed = false; } catch (error) { page.rulesFailed = !page.rules; }
    if (page.tab === "rules" && page.rules && !ruleOf(page.rule)) page.rule = firstRule(); // none, or one that is no more
    soon();
    return page.rules;
  }
  function dryRun(rule, zone, limits) { return Ask.dryRun({ rule: rule.id, limits, ...(zone ? { zone } : {}) }); }
  let readFor = "";
  function refresh() {
    if (document.hidden) return;
    const id = page.id, advisory = id && known(id), key = advisory ? `${id} ${advisory.version}` : id || "";
    if (key === readFor) return;
    readFor = key;
    readOne(id); readOptions(id); readMinutes(id);
    if (advisory?.chosen?.plan_changes?.length) readWays();
  }
  const every = (ms, read) => setInterval(() => { if (!document.hidden) read(); }, ms);
  every(CLOSED_EVERY_MS, readClosed); every(RULES_EVERY_MS, readRules);
  every(OPTIONS_EVERY_MS, () => readOptions(page.id)); every(MINUTES_EVERY_MS, () => readMinutes(page.id));

  // --- the stream
  let seen = null, toSay = [], saidAt = 0, ids = "";
  function took(message, changed) {
    changed.forEach((id) => dirty.add(id));
    if (message.advisories) {
      const fresh = seen ? message.advisories.filter((a) => a.status === "new" && !seen.has(a.id)) : [];
      seen = new Set(message.advisories.map((a) => a.id));
      toSay.push(...fresh.map((a) => T.t("advisories.new", { title: Inbox.words(a, "title") })));
      const now = message.advisories.map((a) => a.id).join();
      if (now !== ids) { ids = now; readClosed(); }
    }
    soon();
    requestAnimationFrame(refresh);
  }
  function beat({ old }) { old.forEach((id) => dirty.add(id)); draw(); refresh(); }
  setInterval(() => {
    if (!toSay.length || performance.now() - saidAt < SPEAK_EVERY_MS) return;
    saidAt = performance.now();
    byId("announce").textContent = toSay.shift();
  }, 500);

  // --- keys
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName), key = event.key;
    if (key === "Escape") { if (Situation.close()) draw(); else if (page.focus) { page.focus = null; document.activeElement?.blur(); draw(); } return; }
    if (typing) return;
    if (key === "ArrowDown" || key === "ArrowUp") step(key === "ArrowDown" ? 1 : -1);
    else if (/^[a-d]$/i.test(key) && page.tab !== "rules") { page.focus = key.toUpperCase(); Compare.focus(page.focus); draw(); document.querySelector(`[data-choose="${page.focus}"]`)?.focus(); }
    else if (/^k$/i.test(key)) act("acknowledge");
    else if (key === "?") byId("help-dialog").showModal();
    else return;
    event.preventDefault();
  });
  function step(by) {
    const rows = [...byId("inbox-list").querySelectorAll("[data-id]")], at = rows.findIndex((node) => node.getAttribute("aria-current") === "true"), next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) { next.click(); byId("inbox-list").querySelector(`[data-id="${CSS.escape(next.dataset.id)}"]`)?.focus(); }
  }
  /* A column that is looked at stands out on the plan. */
  function lookAt(key) { const advisory = page.id && known(page.id); if (advisory) plan.setOptions(drawn(advisory, sets.get(page.id)?.set), key, zoneOf(advisory)); }
  const columnOf = (event) => { const key = event.target.closest("[data-col]")?.dataset.col; return key && key !== "O" ? key : null; };
  byId("compare").addEventListener("focusin", (event) => { const key = columnOf(event); if (key && key !== page.focus) { page.focus = key; Compare.focus(key); lookAt(key); } });
  byId("compare").addEventListener("pointerover", (event) => lookAt(columnOf(event) || page.focus));
  byId("compare").addEventListener("pointerleave", () => lookAt(page.focus));
  byId("help-dialog").addEventListener("click", () => byId("help-dialog").close());

  // --- begin
  function begin() {
    const wanted = location.hash.slice(1);
    try { const id = decodeURIComponent(wanted); if (id.startsWith("rule=")) { page.tab = "rules"; page.rule = id.slice(5); } else if (id === "rules" || id === "today") page.tab = id; else if (id) page.id = id; } catch (error) { if (!(error instanceof URIError)) throw error; }
  }
  begin();
  addEventListener("hashchange", () => { begin(); draw(); refresh(); });
  T.onChange(() => { plan.refresh(); whyKey = ""; for (const box of document.querySelectorAll("[data-key]")) box.dataset.key = ""; byId("exercise-tag")?.remove(); draw(); });
  F.onTheme(() => { plan.refresh(); draw(); });
  addEventListener("resize", () => { plan.options.padding = pad(); framed = ""; soon(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { readFor = ""; readClosed(); refresh(); } });
  draw(); readClosed(); readRules(); refresh();
})();
