/* How people flow through one zone: how long they stay and wait, where they come from and go to. Exposes MallFlow. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, byId } = root.MallFrame;
  const EVERY_MS = 5000, ASK_MS = 4000, STALE_S = 10, LOST_S = 30, MOST = 3, GONE = new Set(["offline", "unknown"]);
  let zone = null, site = null, told = null, toldAt = 0, timer = 0;

  /* Minutes for people: whole from ten on, one decimal below. */
  const minutes = (s) => { const m = s / 60; return m >= 9.95 ? T.count(m) : T.decimal(m, 1); };
  const rate = (n) => (n == null ? "–" : T.decimal(n, n < 9.95 ? 1 : 0));
  const tile = (label, value, unit, note) => make("div", {}, make("div", { class: "l" }, label), make("div", { class: "v" }, value, unit && value !== "–" ? make("small", {}, ` ${unit}`) : null), make("div", { class: "s" }, note || " "));
  const band = ([low, high]) => (high == null ? T.t("flow.bandOpen", { time: minutes(low) }) : T.t("flow.band", { range: T.range(minutes(low), minutes(high)) }));

  function time(label, value, over, range, note) {
    if (value == null && over == null) return tile(label, "–", "", note || T.t("flow.unknown"));
    return tile(label, value == null ? T.t("flow.over", { time: minutes(over) }) : minutes(value), value == null ? "" : T.t("unit.min"), [value != null && range ? band(range) : "", note].filter(Boolean).join(T.language === "ja" ? "・" : ", "));
  }
  function stay(dwell) {
    const open = dwell.censored ? T.t("flow.open", { n: T.count(dwell.censored) }) : "";
    const note = dwell.n == null ? T.t("flow.few") : [T.t("flow.visits", { n: T.count(dwell.n) }), open].filter(Boolean).join(T.language === "ja" ? "、" : ", ");
    return time(T.t("flow.stay"), dwell.median_s, dwell.over_s, dwell.band, note);
  }
  const name = (id) => (id == null ? T.t("flow.outside") : T.label(site.zones.find((z) => z.id === id)) || id);
  function list(title, rows, pick) {
    const most = Math.max(1, ...rows.map((row) => row.count));
    const lines = rows.slice(0, MOST).map((row) => make("li", {}, make("span", { class: "t", title: name(pick(row)) }, name(pick(row))),
      make("span", { class: "bar", "aria-hidden": "true" }, make("i", { style: `width:${(100 * row.count) / most}%` })), make("b", {}, T.count(row.count))));
    return make("div", {}, make("h4", {}, title), lines.length ? make("ul", {}, lines) : make("p", { class: "sub" }, T.t("flow.nobody")));
  }
  function warning(residual) {
    if (!residual || Math.abs(residual.value) <= residual.tolerance) return null;
    const key = residual.value > 0 ? "flow.missedExit" : "flow.missedEntry";
    return make("p", { class: "sub" }, T.t(key, { n: T.count(Math.abs(residual.value)), minutes: residual.minutes }));
  }

  function render() {
    const box = byId("drawer-flow");
    if (!box || !zone) return;
    const age = (Date.now() - toldAt) / 1000, row = told && age < LOST_S ? told.zones[zone] : null, gone = !row || GONE.has(row.state);
    const state = gone ? "gone" : row.state === "stale" || age > STALE_S ? "stale" : "live";
    const key = JSON.stringify([T.language, zone, state, row && [row.dwell, row.wait, row.in_per_min, row.out_per_min, row.residual], gone ? 0 : told.moves.filter((m) => m.from === zone || m.to === zone)]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const head = make("h3", {}, T.t("flow.title"), make("span", {}, !told && age < LOST_S ? "…" : gone ? T.t("zone.nodata") : state === "stale" ? T.t("zone.stale") : ""));
    const none = { median_s: null, over_s: null, band: null, n: null, censored: null }, tiles = [stay(gone ? none : row.dwell)];
    const wait = gone ? null : row.wait, queue = site.zones.find((z) => z.id === zone)?.category === "queue";
    if (queue) tiles.push(time(T.t("flow.wait"), wait?.mean_s, wait?.over_s, wait?.band));
    tiles.push(tile(T.t("flow.in"), gone ? "–" : rate(row.in_per_min), T.t("flow.perMin"), T.t("flow.mean")), tile(T.t("flow.out"), gone ? "–" : rate(row.out_per_min), T.t("flow.perMin"), T.t("flow.mean")));
    const moves = gone ? [] : told.moves;
    const ways = gone || row.in_per_min == null && !moves.some((m) => m.from === zone || m.to === zone) ? make("p", { class: "sub" }, T.t("flow.noMoves"))
      : make("div", { class: "ways" }, list(T.t("flow.from"), moves.filter((m) => m.to === zone), (m) => m.from), list(T.t("flow.to"), moves.filter((m) => m.from === zone), (m) => m.to));
    box.replaceChildren(...[head, make("div", { class: `met ${state}` }, tiles), ways, gone ? null : warning(row.residual)].filter(Boolean));
  }
  async function ask() {
    if (document.hidden || !zone) return;
    try {
      const answer = await fetch("/api/v1/flow", { signal: AbortSignal.timeout(ASK_MS) });
      if (answer.ok) { told = await answer.json(); toldAt = Date.now(); }
    } catch (error) { /* the next one may come through; until then what is shown grows old */ }
    render();
  }
  root.MallFlow = {
    render,
    show(id, plan) {
      clearInterval(timer);
      zone = id; site = plan;
      if (!told) toldAt = Date.now();
      render(); ask();
      timer = setInterval(() => { render(); ask(); }, EVERY_MS);
    },
    hide() { zone = null; told = null; clearInterval(timer); },
  };
})(window);
