/* How old is too old: the browser's twin of mall/freshness.py and mall/views/rows.py, and how a page says it.
   One function ages every row, of zones, cameras, lines, sensors and totals, on every page. Exposes MallFresh. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame;
  const LIVE_FLOOR_S = 3, STALE_FLOOR_S = 20, LIVE_PERIODS = 2.5, STALE_PERIODS = 10, USUAL_PERIOD_S = 1;
  const RANK = { live: 0, saturated: 0, stale: 1, offline: 2 };
  const FIGURES = ["people", "band", "density", "los", "crowd", "utilisation", "value", "beyond", "in", "out", "inside"];
  const NOT_SEEN = new Set(["unknown", "connecting"]);

  function stateAt(age, period) {
    const p = period || USUAL_PERIOD_S;
    return age <= Math.max(LIVE_FLOOR_S, LIVE_PERIODS * p) ? "live" : age <= Math.max(STALE_FLOOR_S, STALE_PERIODS * p) ? "stale" : "offline";
  }
  /* Seconds since capture: as told, and since it was told. */
  const ageNow = (row) => (row?.age_s == null ? null : row.age_s + (row.heard == null ? 0 : (performance.now() - row.heard) / 1000));
  const isLive = (row) => row?.state === "live" || row?.state === "saturated";
  const isSeen = (row) => !!row && row.state != null && !NOT_SEEN.has(row.state);

  /* A row as it may be shown now: no younger than it is, never live without a connection. */
  function aged(row, lost) {
    const age = ageNow(row);
    if (age == null || !(row.state in RANK)) return row;
    const due = stateAt(age, row.period_s), now = lost && due === "live" ? "stale" : due;
    if (RANK[row.state] >= RANK[now]) return row;
    const shown = { ...row, state: now };
    if (now === "offline" || row.people === 0) for (const key of FIGURES) if (key in shown) shown[key] = null;
    for (const key of ["rate", "rate_wanted", "behind", "idle"]) if (key in shown) shown[key] = null;
    if ("trend" in shown) shown.trend = 0;
    return shown;
  }
  const agedRows = (rows, lost) => Object.fromEntries(Object.entries(rows || {}).map(([key, row]) => [key, aged(row, lost)]));
  function view(state, lost) {
    const popups = Object.entries(state.popups || {}).map(([key, popup]) => [key, { ...popup, sensors: agedRows(popup.sensors, lost) }]);
    return {
      ...state, popups: Object.fromEntries(popups), totals: aged(state.totals, lost) || {}, dots: lost ? {} : state.dots,
      zones: agedRows(state.zones, lost), cameras: agedRows(state.cameras, lost), lines: agedRows(state.lines, lost),
    };
  }

  /* The bar under the header: what does not answer, and since when. */
  function bar({ lost, store, at }) {
    const box = F.byId("lost");
    if (!box) return;
    const words = store ? T.t("lost.store", { time: T.clock(store.since) })
      : lost ? (at ? T.t("lost.stream", { time: T.clock(at) }) : T.t("lost.never")) : "";
    box.hidden = !words;
    F.put(box, words);
  }
  /* The mark in the header tells the state of the whole: "Live" only where nothing that was ever seen is old. */
  function mark(rows, { lost, key }) {
    const seen = rows.filter(isSeen), live = seen.filter(isLive), whole = !lost && seen.length > 0 && live.length === seen.length;
    const dot = document.querySelector("#fresh .dotk"), some = { live: live.length, all: seen.length };
    if (!dot) return;
    dot.className = `dotk ${whole ? "" : lost || live.length ? "stale" : "off"}`;
    F.put(F.byId("fresh-word"), T.t(lost ? "fresh.lost" : whole ? "fresh.live" : seen.length ? key : "fresh.waiting", some));
    F.put(F.byId("fresh-age"), whole ? T.age(Math.max(...live.map(ageNow))) : "");
  }
  root.MallFresh = { stateAt, ageNow, isLive, isSeen, aged, view, bar, mark };
})(window);
