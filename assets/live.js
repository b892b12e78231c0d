/* The operator page: one event stream in, plan and panels out. No value is shown as fresh unless the stream is. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, P = window.MallPanels, D = window.MallDrawer, byId = F.byId;
  const facts = T.page, site = facts.site, wall = !!facts.wall;
  const SILENT_MS = 5000, STORE_SILENT_S = 3, GONE_S = 20, HEAT_EVERY_MS = 2000, MINUTES_EVERY_MS = 30000, SPEAK_EVERY_MS = 10000, WALL_LEVEL_MS = 20000;
  const state = { at: 0, zones: {}, dots: {}, cameras: {}, totals: {}, lines: {}, advisories: [], popups: {}, store: null };
  let source = null, heardAt = 0, triedAt = 0, order = [], cameraOrder = [], hours = {}, dirty = new Set(), frame = 0, lost = false, asked = "";

  // the patterns of the key; the plan keeps its own, which zoom
  const keys = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  keys.setAttribute("class", "pattern-keys"); keys.setAttribute("aria-hidden", "true");
  window.MallPlan.patternsInto(keys.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "defs")), "pat-");
  document.body.append(keys);

  const phone = matchMedia("(max-width: 720px)");
  const pad = () => (wall ? { top: 24, right: 24, bottom: 24, left: 24 } : phone.matches ? { top: 8, right: 8, bottom: 8, left: 8 } : { top: 10, right: 16, bottom: 10, left: 16 });
  const plan = new window.MallPlan(byId("plan"), site, { mode: "operator", text: T, cameras: facts.cameras, padding: pad(), onOpen: wall ? null : openZone });
  const layers = { heat: false, people: true, cameras: true, lines: true };
  try { Object.assign(layers, JSON.parse(localStorage.getItem("mall.layers") || "{}"), { heat: false }); } catch (error) { /* keep */ }

  // --- the stream
  function connect() {
    if (source || document.hidden) return;
    triedAt = performance.now();
    source = new EventSource("/live/stream");
    source.addEventListener("state", (event) => take(JSON.parse(event.data)));
    source.onerror = () => { if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(connect, 2000); } };
  }
  function disconnect() { source?.close(); source = null; }
  document.addEventListener("visibilitychange", () => { if (document.hidden) disconnect(); else { connect(); readMinutes(); } });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);

  function merge(what, rows, ages, names, now) {
    for (const [key, fields] of Object.entries(rows || {})) { state[what][key] = Object.assign(state[what][key] || {}, fields); if (what === "zones") dirty.add(key); }
    (ages || []).forEach((age, i) => { const row = state[what][names[i]]; if (row) { row.age_s = age; row.heard = now; } });
  }
  function take(message) {
    const now = performance.now();
    if (message.store) { state.store = message.store; heardAt = now; soon(); return; }
    heardAt = now; state.store = null;
    if (message.at) { state.at = message.at; F.syncClock(message.at); }
    if (message.full) {
      for (const what of ["zones", "cameras"]) { state[what] = message[what]; for (const row of Object.values(message[what])) row.heard = now; }
      order = Object.keys(message.zones); cameraOrder = Object.keys(message.cameras);
      order.forEach((id) => dirty.add(id));
    } else {
      merge("zones", message.zones, message.zones_age, order, now);
      merge("cameras", message.cameras, message.cameras_age, cameraOrder, now);
    }
    for (const what of ["dots", "totals", "lines", "popups"]) if (message[what]) state[what] = message[what];
    if (message.advisories) announce(message.advisories, message.full);
    if (lost) { lost = false; order.forEach((id) => dirty.add(id)); }
    soon();
  }

  // --- drawing, once a frame at most
  function soon() { frame = frame || requestAnimationFrame(() => { frame = 0; draw(); }); }
  function draw() {
    const shown = view();
    plan.update(shown, [...dirty]);
    dirty = new Set();
    P.kpis(shown, site); P.tags(state, facts); P.levels(byId("levels"), shown, site, plan.level, showLevel);
    P.advisories(shown, wall ? null : act); P.unacknowledged(F.now()); P.nowBeside(shown);
    P.table(shown, site, hours, openZone, asked); P.ages(shown, site); P.health(shown, facts); P.entrances(shown, site); P.legend(site, layers.heat, standards());
    if (D) D.render(shown);
    freshness();
    document.title = document.title.replace(/^(\(\d+\) )?/, openCount() ? `(${openCount()}) ` : "");
  }
  const openCount = () => state.advisories.filter((a) => a.status === "new").length;
  /* Where stream or store is lost every value goes stale together, and after 20 s nobody's figure is shown any more;
     a zero that is not live is no longer known. */
  function view() {
    if (!lost) return state;
    const aged = (row) => {
      if (!["live", "saturated", "stale"].includes(row.state)) return row;
      const kept = window.MallPlan.ageNow(row) <= GONE_S, older = { ...row, state: kept ? "stale" : "offline" };
      return kept && row.people !== 0 ? older : { ...older, people: null, band: null, density: null, los: null, rate: null };
    };
    const all = (rows) => Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, aged(row)]));
    return { ...state, zones: all(state.zones), cameras: all(state.cameras), dots: {} };
  }
  const standards = () => [...new Set(site.zones.filter((z) => z.level === plan.level && z.standard).map((z) => z.standard))].sort((a, b) => (a === "walkway" ? -1 : b === "walkway" ? 1 : 0));

  function freshness() {
    const silent = performance.now() - heardAt, box = byId("lost"), dot = document.querySelector("#fresh .dotk");
    const newest = Math.min(...Object.values(state.zones).map((row) => (["live", "saturated"].includes(row.state) ? window.MallPlan.ageNow(row) : Infinity)));
    const live = heardAt && !lost && isFinite(newest);
    dot.className = `dotk ${live ? "" : lost ? "stale" : "off"}`;
    F.put(byId("fresh-word"), T.t(lost ? "fresh.lost" : live ? "fresh.live" : "fresh.waiting"));
    F.put(byId("fresh-age"), live ? T.age(newest) : "");
    const words = state.store && silent <= SILENT_MS ? T.t("lost.store", { time: T.clock(state.store.since) }) : lost ? T.t("lost.stream", { time: T.clock(state.at) }) : "";
    box.hidden = !words;
    F.put(box, words);
    return silent;
  }
  setInterval(() => {
    if (document.hidden) return;
    const silent = performance.now() - heardAt, before = lost;
    lost = heardAt > 0 && (silent > SILENT_MS || (state.store && F.now() - state.store.since > STORE_SILENT_S));
    if (lost || before) { order.forEach((id) => dirty.add(id)); draw(); }
    if (Math.min(silent, performance.now() - triedAt) > 2 * SILENT_MS) { disconnect(); connect(); }
    P.ages(view(), site); P.unacknowledged(F.now()); if (D) D.render(view());
    freshness();
  }, 1000);

  // --- slower things
  async function readMinutes() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/live/minutes");
      if (answer.ok) hours = await answer.json();
    } catch (error) { /* the bar says so */ }
    P.hourStrip(hours, F.now(), site);
    soon();
  }
  setInterval(readMinutes, MINUTES_EVERY_MS);
  async function readHeat() {
    if (!layers.heat || document.hidden) return;
    const level = plan.level;
    try {
      const answer = await fetch(`/live/heat/${encodeURIComponent(level)}`);
      if (level === plan.level) plan.setHeat(answer.status === 200 ? await answer.json() : null);
    } catch (error) { /* the bar says so */ }
  }
  setInterval(readHeat, HEAT_EVERY_MS);

  // --- advisories: spoken at most one per 10 s
  let known = null, toSay = [], saidAt = 0;
  function announce(list, full) {
    const fresh = known ? list.filter((a) => a.status === "new" && !known.has(a.id)) : [];
    known = new Set(list.map((a) => a.id));
    state.advisories = list;
    toSay.push(...fresh.map((a) => T.t("advisories.new", { title: P.words(a, "title") })));
    if (full) return;
  }
  setInterval(() => {
    if (!toSay.length || performance.now() - saidAt < SPEAK_EVERY_MS || !byId("announce")) return;
    saidAt = performance.now();
    byId("announce").textContent = toSay.shift();
  }, 500);
  function askName() {
    let name = null;
    try { name = localStorage.getItem("mall.name"); } catch (error) { /* ask */ }
    if (name) return Promise.resolve(name);
    const dialog = byId("name-dialog"), input = byId("name-input");
    return new Promise((done) => {
      byId("name-cancel").onclick = () => dialog.close("");
      dialog.onclose = () => {
        const given = dialog.returnValue === "ok" ? input.value.trim() : "";
        if (given) try { localStorage.setItem("mall.name", given); } catch (error) { /* not kept */ }
        done(given || null);
      };
      dialog.returnValue = "";
      dialog.showModal();
    });
  }
  /* Where to look: the zone itself, the first one a camera leaves dark, the pitch of a kit. */
  const zoneFor = (advisory) => window.MallPlan.zoneOf(advisory) || advisory.facts?.zones?.[0] || site.popups.find((p) => p.id === advisory.facts?.popup)?.pitch;
  const act = {
    canShow: (advisory) => site.zones.some((z) => z.id === zoneFor(advisory)),
    show(advisory) { const zone = site.zones.find((z) => z.id === zoneFor(advisory)); if (zone) { showLevel(zone.level); openZone(zone.id); } },
    async acknowledge(advisory) {
      const name = await askName();
      if (!name) return;
      const failed = (reason) => { byId("lost").hidden = false; F.put(byId("lost"), T.t("advisories.failed", { reason })); };
      try {
        const answer = await fetch(`/api/v1/advisories/${encodeURIComponent(advisory.id)}/acknowledge`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ by: `console:${name}` }) });
        if (!answer.ok) { failed((await answer.json().catch(() => ({}))).detail || answer.status); return; }
        const saved = await answer.json(), mine = state.advisories.find((a) => a.id === advisory.id);
        if (mine) Object.assign(mine, { status: "acknowledged", acknowledged_by: saved.acknowledged_by || `console:${name}`, version: saved.version ?? mine.version + 1 });
        soon();
      } catch (error) { failed(""); }
    },
    close: closeZone,
  };
  D?.setup(facts, act);

  // --- levels, layers, zones
  function showLevel(level) { if (level !== plan.level) { plan.options.padding = pad(); plan.setLevel(level); plan.refresh(); readHeat(); soon(); } }
  function setLayer(name, on) {
    layers[name] = on;
    plan.setLayers(layers);
    for (const button of document.querySelectorAll("[data-layer]")) { const pressed = layers[button.dataset.layer]; button.setAttribute("aria-pressed", String(pressed)); button.classList.toggle("on", pressed); }
    try { localStorage.setItem("mall.layers", JSON.stringify(layers)); } catch (error) { /* not kept */ }
    if (name === "heat") { if (!on) plan.setHeat(null); readHeat(); soon(); }
  }
  function openZone(id) {
    const zone = site.zones.find((z) => z.id === id);
    if (wall || !zone) return;
    const from = document.activeElement;
    showLevel(zone.level);
    plan.select(id); D.open(id, view(), from);
    requestAnimationFrame(() => plan.zoomTo(id));
    history.replaceState(null, "", `#zone=${encodeURIComponent(id)}`);
  }
  function closeZone() {
    if (!D || !D.close()) return false;
    plan.select(null);
    requestAnimationFrame(() => plan.fit());
    history.replaceState(null, "", location.pathname + location.search);
    return true;
  }
  for (const button of document.querySelectorAll("[data-layer]")) button.addEventListener("click", () => setLayer(button.dataset.layer, !layers[button.dataset.layer]));
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => { const way = button.dataset.zoom; way === "fit" ? plan.fit() : plan.zoomBy(way === "in" ? 1.4 : 1 / 1.4); });
  byId("zone-search")?.addEventListener("input", (event) => { asked = event.target.value.trim().toLowerCase(); soon(); });
  byId("health")?.closest("details")?.addEventListener("toggle", soon);

  addEventListener("keydown", (event) => {
    if (wall || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "Escape") { if (typing) { event.target.value = ""; asked = ""; event.target.blur(); soon(); } else closeZone(); return; }
    if (typing) return;
    const key = event.key.toLowerCase();
    if (key === "l") { const list = site.levels, i = list.findIndex((l) => l.id === plan.level); showLevel(list[(i + 1) % list.length].id); }
    else if (key === "h") setLayer("heat", !layers.heat);
    else if (key === "a") { closeZone(); const first = document.querySelector("#advisory-list .adv, #advisory-list details"); first?.scrollIntoView({ block: "nearest" }); first?.querySelector("button, summary")?.focus(); }
    else if (key === "/") byId("zone-search").focus();
    else if (key === "?") byId("help-dialog").showModal();
    else return;
    event.preventDefault();
  });
  byId("help-dialog")?.addEventListener("click", () => byId("help-dialog").close());

  // --- first paint: plan at once, figures as "…"
  if (!site.zones.length) byId("plan").append(F.make("p", { class: "empty" }, T.t("plan.empty")));
  setLayer("heat", false);
  T.onChange(() => { plan.refresh(); for (const box of document.querySelectorAll("[data-key]")) box.dataset.key = ""; P.hourStrip(hours, F.now(), site); draw(); });
  F.onTheme(() => { for (const box of document.querySelectorAll("[data-key]")) box.dataset.key = ""; plan.refresh(); readHeat(); draw(); });
  if (wall && site.levels.length > 1) setInterval(() => { const list = site.levels; showLevel(list[(list.findIndex((l) => l.id === plan.level) + 1) % list.length].id); }, WALL_LEVEL_MS);
  draw(); connect(); readMinutes();
  addEventListener("resize", () => { plan.options.padding = pad(); soon(); });
  if (byId("strip-people")) new ResizeObserver(() => P.hourStrip(hours, F.now(), site)).observe(byId("strip-people").parentNode);
  const wanted = /^#zone=(.+)$/.exec(location.hash);
  if (wanted) openZone(decodeURIComponent(wanted[1]));
})();
