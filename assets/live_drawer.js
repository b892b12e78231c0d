/* The drawer of one zone: what it is, what is known, how well, and its charts. Exposes MallDrawer. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, { make, icon, severity, byId, put } = F;
  const box = byId("drawer");
  let zone = null, opener = null, plotly = null, timer = 0, waiting = 0, site = null, facts = null, lastState = null, actions = {};
  const CHART_EVERY_MS = 5000;

  const metric = (label, value, unit, note) => make("div", {}, make("div", { class: "l" }, label), make("div", { class: "v" }, value, unit ? make("small", {}, ` ${unit}`) : null), make("div", { class: "s" }, note || " "));

  function render(state, failures = new Map()) {
    lastState = state;
    if (!zone || !box) return;
    const row = state.zones[zone.id], gone = root.MallPanels.isGone(row), letter = gone ? null : root.MallPlan.letter(site, zone, row);
    const age = row && row.age_s != null ? T.age(Math.max(1, root.MallFresh.ageNow(row))) : T.t("zone.never");
    const level = (site.levels.find((l) => l.id === zone.level) || {}).label || zone.level;
    const advisories = (state.advisories || []).filter((a) => !["resolved", "expired"].includes(a.status) && (root.MallPlan.zoneOf(a) === zone.id || a.facts?.zones?.includes(zone.id)));
    const name = byId("drawer-head");
    const head = [make("span", { class: `bigl ${letter ? `los${letter}` : "off"}` }, letter ? row.los : row && row.los === "unsure" && !gone ? "?" : "–"),
      make("div", {}, make("h2", {}, T.label(zone)), make("div", { class: "sub" }, [level, T.t(`category.${zone.category}`), T.t("drawer.area", { area: T.count(zone.area_m2) })].join(T.language === "ja" ? "・" : " · ")))];
    name.replaceChildren(...head);
    const states = make("div", { class: "tags" },
      advisories.map((a) => make("span", { class: `tag ${a.severity}` }, severity(a.severity, 13), `${T.t(`severity.${a.severity}`)} ${T.t("advisories.since", { time: T.clock(a.raised_at) })}`)),
      make("span", { class: "tag" }, make("i", { class: `dotk ${row && row.state === "live" ? "" : row && row.state === "stale" ? "stale" : "off"}` }), `${T.t(`zone.${row ? row.state : "unknown"}`)} · `, make(row && row.state === "stale" ? "b" : "span", { class: "age" }, age)),
      row && row.source !== "camera" && make("span", { class: `tag ${row.source === "simulated" ? "sim" : "rec"}` }, T.t(`tag.${row.source}`)),
      row && row.unproven && make("span", { class: "tag unproven" }, T.t("camera.unproven")));
    const band = !gone && row.band, high = band && band[1], open = band && high == null;
    const people = gone ? "–" : `${T.count(row.people)}${open ? "+" : ""}`, area = zone.area_m2;
    const even = band && !open && high === band[0];
    const bandWords = !band || even ? "" : open ? `${T.count(band[0])}+` : T.range(T.count(band[0]), T.count(high));
    const densityBand = band && area && !even ? (open ? `${T.decimal(band[0] / area, 2)}+` : T.range(T.decimal(band[0] / area, 2), T.decimal(high / area, 2))) : "";
    const tiles = make("div", { class: `met ${gone ? "gone" : row.state}` },
      metric(T.t("drawer.density"), gone ? "–" : T.decimal(row.density, 2), T.t("unit.density"), gone ? T.t("zone.nodata") : densityBand ? T.t("drawer.band", { range: densityBand }) : T.t("drawer.even")),
      metric(T.t("drawer.people"), people, "", gone ? T.t("zone.nodata") : bandWords ? T.t("drawer.band", { range: bandWords }) : T.t("drawer.even")),
      zone.capacity || (row && row.utilisation != null) ? metric(T.t("drawer.util"), gone || row.utilisation == null ? "–" : `${Math.round(100 * row.utilisation)}`, "%", zone.capacity ? T.t("drawer.of", { n: T.count(zone.capacity) }) : "") : null,
      metric(T.t("drawer.coverage"), row && row.coverage != null && !gone ? `${Math.round(100 * row.coverage)}` : "–", "%", T.t("drawer.covernote")),
      metric(T.t("drawer.crowd"), gone || !row.crowd ? "–" : T.t(`crowd.${row.crowd}`), "", ""),
      metric(T.t("drawer.trend"), gone ? "–" : T.t(`trend.${row.trend > 0 ? "up" : row.trend < 0 ? "down" : "flat"}`), "", T.t("drawer.trendnote")));
    const range = !gone && row.los && row.los.length > 1 ? make("p", { class: "sub" }, T.t("drawer.unsure")) : null;
    const told = row && [row.state, row.people, row.band, row.density, row.los, row.trend, row.crowd, row.coverage, row.cameras];
    const body = byId("drawer-body"), key = JSON.stringify([T.language, zone.id, told, advisories.map((a) => [a.id, a.version, failures.get(a.id)?.status, failures.get(a.id)?.told])]);
    if (body.dataset.key === key) { put(body.querySelector(".age"), age); return; }
    body.dataset.key = key;
    body.replaceChildren(states, tiles, ...(range ? [range] : []));
    sources(state, row); foot(advisories, failures);
  }
  const cardWords = (card) => T.t("drawer.cardwords", { mae: T.decimal(card.mae, 2), within: Math.round(100 * card.within_1), bias: `${card.bias > 0 ? "+" : ""}${T.decimal(card.bias, 2)}`, counts: card.n, date: card.date });
  function sources(state, row) {
    const standard = (site.standards || {})[zone.standard], seen = facts.cameras.filter((c) => row?.cameras?.includes(c.id) && state.cameras[c.id]);
    const pairs = [[T.t("drawer.source"), seen.length ? seen.map((c) => `${T.label(c)} (${T.t(`source.${state.cameras[c.id].source || c.kind}`)})`).join(", ") : T.t("zone.nocamera")],
      [T.t("drawer.detector"), [...new Set(seen.map((c) => state.cameras[c.id]).filter((c) => c.detector).map((c) => `${c.detector} · ${T.t(`camera.${c.fit}`)}`))].join(", ") || "–"],
      [T.t("drawer.standard"), standard ? T.said("standard.source", standard.source) : T.t("drawer.nostandard")]];
    // A figure that depends on head counts stands beside their card: that of the zone's own line, else of the camera's.
    for (const camera of seen) {
      const told = state.cameras[camera.id], card = told.zone_cards?.[zone.id] || told.card;
      if (card) pairs.push([T.t("drawer.card", { camera: T.label(camera) }), cardWords(card)], [T.t("drawer.cardmethod"), T.said("card.method", card.method)]);
    }
    if (row && root.MallPanels.isGone(row) && row.last) pairs.push([T.t("drawer.lastLabel"), String(row.last)]);
    byId("drawer-facts").replaceChildren(...pairs.flatMap(([label, value]) => [make("dt", {}, label), make("dd", {}, value)]));
  }
  function foot(advisories, failures) {
    const box = byId("drawer-foot"), fresh = advisories.find((a) => a.status === "new"), failed = advisories.map((a) => failures.get(a.id)).filter(Boolean);
    const press = () => make("button", { type: "button", class: "btn pri big", onclick: () => actions.acknowledge(fresh) },
      icon("check", 18), T.t("advisories.acknowledge"));
    box.hidden = !fresh && !failed.length;
    box.replaceChildren(...failed.map((failure) => root.MallPanels.refusal(failure, actions)), fresh ? press() : "");
  }

  /* Charts are Dash's: a store is set, a callback answers with figures. The chart library comes only now. */
  function loadPlotly() {
    plotly = plotly || new Promise((done, failed) => {
      if (root.Plotly) { done(); return; }
      const script = make("script", { src: facts.plotly });
      script.onload = done; script.onerror = () => { plotly = null; failed(new Error("charts")); };
      document.head.append(script);
    });
    return plotly;
  }
  /* Set Dash's store; a page opened on a zone may come before Dash has drawn its layout. */
  function tell(asked) {
    if (byId("live-charts")) root.dash_clientside.set_props("live-zone", { data: asked });
    else if (asked) waiting = setTimeout(() => tell(asked), 100);
  }
  function draw() {
    const asked = zone ? { zone: zone.id, theme: F.theme, language: T.language, at: Math.floor(Date.now() / CHART_EVERY_MS) } : null;
    clearTimeout(waiting);
    if (!asked) tell(null);
    else loadPlotly().then(() => tell(asked)).catch(() => {});
  }
  function open(id, state, from) {
    zone = site.zones.find((z) => z.id === id) || null;
    if (!zone) return;
    if (!box.contains(from)) opener = from || document.activeElement;
    box.hidden = false; document.body.classList.add("drawer-open");
    render(state); draw(); root.MallFlow.show(zone.id, site);
    clearInterval(timer);
    timer = setInterval(() => { if (!document.hidden) draw(); }, CHART_EVERY_MS);
    if (matchMedia("(max-width: 720px)").matches) root.scrollTo(0, 0); // there it is a page of its own
    box.focus({ preventScroll: true });
  }
  function close() {
    if (!zone) return false;
    zone = null; clearInterval(timer); draw(); root.MallFlow.hide();
    box.hidden = true; document.body.classList.remove("drawer-open");
    byId("drawer-body").dataset.key = "";
    opener?.focus?.({ preventScroll: true }); opener = null;
    return true;
  }
  byId("drawer-close")?.addEventListener("click", () => actions.close());
  F.onTheme(() => zone && draw());
  T.onChange(() => { if (zone) { render(lastState); draw(); root.MallFlow.render(); } });
  root.MallDrawer = { render, open, close, get zone() { return zone && zone.id; }, setup(page, does) { facts = page; site = page.site; actions = does; } };
})(window);
