/* The operator page: one event stream in, plan and panels out. No value is shown as fresh unless the stream is. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, P = window.MallPanels, D = window.MallDrawer, byId = F.byId;
  const facts = T.page, site = facts.site, wall = !!facts.wall;
  const HEAT_EVERY_MS = 2000, HEAT_GONE_S = 7, ASK_MS = 3000, ANSWER_MS = 10000, MINUTES_EVERY_MS = 30000, SPEAK_EVERY_MS = 10000, JUST_DRAWN_MS = 900, WALL_LEVEL_MS = 20000;
  let hours = {}, dirty = new Set(), frame = 0, asked = "", heat = null, drawnAt = -Infinity;

  // the patterns of the key; the plan keeps its own, which zoom
  const keys = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  keys.setAttribute("class", "pattern-keys"); keys.setAttribute("aria-hidden", "true");
  window.MallPlan.patternsInto(keys.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "defs")), "pat-");
  document.body.append(keys);

  const phone = matchMedia("(max-width: 720px)");
  const pad = () => (wall ? { top: 24, right: 24, bottom: 24, left: 24 } : phone.matches ? { top: 8, right: 8, bottom: 8, left: 8 } : { top: 10, right: 16, bottom: 10, left: 16 });
  const plan = new window.MallPlan(byId("plan"), site, { mode: "operator", text: T, cameras: facts.cameras, padding: pad(), onOpen: wall ? null : openZone });
  const stream = window.MallStream.open({ took, beat }), state = stream.state;
  const layers = { heat: false, people: true, cameras: true, lines: true, ways: true };
  const extras = window.MallExtras || []; // parts of the page that bring a file of their own: {start(live), draw(view)}
  try { Object.assign(layers, JSON.parse(localStorage.getItem("mall.layers") || "{}"), { heat: false }); } catch (error) { /* keep */ }

  // --- drawing, once a frame at most
  function soon() { frame = frame || requestAnimationFrame(() => { frame = 0; draw(); }); }
  function draw() {
    const shown = view();
    drawnAt = performance.now();
    plan.update(shown, [...dirty]);
    dirty = new Set();
    P.kpis(shown, facts, F.now()); P.tags(state, facts); P.levels(byId("levels"), shown, site, plan.level, showLevel);
    P.advisories(shown, wall ? null : act, failures); P.unacknowledged(F.now()); P.nowBeside(shown); window.MallAlarm?.update(shown.advisories, F.now());
    P.table(shown, site, hours, wall ? null : openZone, asked); P.ages(shown, site); P.health(shown, facts); P.entrances(shown, site);
    P.legend(site, layers.heat, standards());
    if (D) D.render(shown, failures);
    for (const extra of extras) extra.draw?.(shown);
    window.MallFresh.mark(Object.values(shown.zones), { lost: stream.lost, key: "fresh.zones" });
    stream.bar();
    document.title = document.title.replace(/^(\(\d+\) )?/, openCount() ? `(${openCount()}) ` : "");
  }
  const openCount = () => state.advisories.filter((a) => a.status === "new").length;
  const view = () => stream.view();
  const standards = () => [...new Set(site.zones.filter((z) => z.level === plan.level && z.standard).map((z) => z.standard))].sort((a, b) => (a === "walkway" ? -1 : b === "walkway" ? 1 : 0));

  // --- the stream
  function took(message, changed) {
    changed.forEach((id) => dirty.add(id));
    if (message.advisories) announce(message.advisories);
    soon();
  }
  function beat({ old }) {
    old.forEach((id) => dirty.add(id));
    showHeat();
    if (old.length || stream.lost || performance.now() - drawnAt > JUST_DRAWN_MS) draw();
  }

  // --- slower things
  async function readMinutes() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/live/minutes", { signal: AbortSignal.timeout(ASK_MS) });
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
      const answer = await fetch(`/live/heat/${encodeURIComponent(level)}`, { signal: AbortSignal.timeout(ASK_MS) });
      if (level !== plan.level) return;
      if (answer.ok) heat = answer.status === 200 ? await answer.json() : null;
    } catch (error) { /* it grows old, and then it is taken away */ }
    showHeat();
  }
  /* A grid that nobody renews is not what is there: the floor is hatched instead. */
  function showHeat() {
    const old = !heat || stream.lost || !(F.now() - heat.at <= HEAT_GONE_S);
    if (layers.heat) plan.setHeat(old || heat.level !== plan.level ? null : heat);
  }
  setInterval(readHeat, HEAT_EVERY_MS);

  // --- advisories: spoken at most one per 10 s
  let known = null, toSay = [], saidAt = 0;
  function announce(list) {
    const fresh = known ? list.filter((a) => a.status === "new" && !known.has(a.id)) : [];
    known = new Set(list.map((a) => a.id));
    toSay.push(...fresh.map((a) => T.t("advisories.new", { title: P.words(a, "title") })));
  }
  setInterval(() => {
    if (!toSay.length || performance.now() - saidAt < SPEAK_EVERY_MS || !byId("announce")) return;
    saidAt = performance.now();
    byId("announce").textContent = toSay.shift();
  }, 500);
  /* Where to look: the zone itself, the first one a camera leaves dark, the pitch of a kit. */
  const zoneFor = (advisory) => window.MallPlan.zoneOf(advisory) || advisory.facts?.zones?.[0] || site.popups.find((p) => p.id === advisory.facts?.popup)?.pitch;
  const failures = new Map(); // advisory id -> why its acknowledgement was not saved, until dismissed or tried again
  const act = {
    canShow: (advisory) => site.zones.some((z) => z.id === zoneFor(advisory)),
    show(advisory) { const zone = site.zones.find((z) => z.id === zoneFor(advisory)); if (zone) { showLevel(zone.level); openZone(zone.id); } },
    async acknowledge(advisory) {
      const name = await F.askName();
      if (!name) return;
      failures.delete(advisory.id);
      const failed = (status, told) => { failures.set(advisory.id, { advisory, status, told }); draw(); };
      try {
        const answer = await fetch(`/api/v1/advisories/${encodeURIComponent(advisory.id)}/acknowledge`, {
          method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ by: `console:${name}`, version: advisory.version }),
          signal: AbortSignal.timeout(ANSWER_MS),
        });
        if (!answer.ok) { failed(answer.status, await answer.json().catch(() => ({}))); return; }
        const saved = await answer.json(), mine = state.advisories.find((a) => a.id === advisory.id);
        const seen = { status: "acknowledged", acknowledged_by: saved.acknowledged_by || `console:${name}` };
        if (mine) Object.assign(mine, seen, { version: saved.version ?? mine.version + 1 });
        draw();
      } catch (error) { failed(0); }
    },
    dismiss(advisory) { failures.delete(advisory.id); draw(); },
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
    if (name === "heat") { plan.setHeat(null); showHeat(); readHeat(); soon(); }
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

  for (const extra of extras) extra.start({ plan, stream, state, redraw: draw, showLevel });

  // --- first paint: plan at once, figures as "…"
  if (!site.zones.length) byId("plan").append(F.make("p", { class: "empty" }, T.t("plan.empty")));
  setLayer("heat", false);
  T.onChange(() => { plan.refresh(); for (const box of document.querySelectorAll("[data-key]")) box.dataset.key = ""; P.hourStrip(hours, F.now(), site); draw(); });
  F.onTheme(() => { for (const box of document.querySelectorAll("[data-key]")) box.dataset.key = ""; plan.refresh(); readHeat(); draw(); });
  if (wall && site.levels.length > 1) setInterval(() => { const list = site.levels; showLevel(list[(list.findIndex((l) => l.id === plan.level) + 1) % list.length].id); }, WALL_LEVEL_MS);
  draw(); readMinutes();
  document.addEventListener("visibilitychange", readMinutes);
  addEventListener("resize", () => { plan.options.padding = pad(); soon(); });
  if (byId("strip-people")) new ResizeObserver(() => P.hourStrip(hours, F.now(), site)).observe(byId("strip-people").parentNode);
  const wanted = /^#zone=(.+)$/.exec(location.hash)?.[1];
  if (wanted) try { openZone(decodeURIComponent(wanted)); } catch (error) { if (!(error instanceof URIError)) throw error; }
})();
