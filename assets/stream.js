/* The event stream of every page that has one: connect, keep what came, notice silence. Exposes MallStream. */
(function (root) {
  "use strict";
  const F = root.MallFrame, Fresh = root.MallFresh;
  const SILENT_MS = 5000, STORE_SILENT_S = 3, RETRY_MS = 2000, BEAT_MS = 1000, QUIET_MS = 1500;
  const LISTED = ["dots", "advisories", "plan", "egress"], STAMPED = ["totals", "lines", "popups"];

  /* Open the stream.
     took(message, ids of the zones that changed): after every message; beat({lost, old zones}): once a second while the page is seen. */
  function open({ took, beat }) {
    const state = { at: 0, zones: {}, dots: {}, cameras: {}, totals: {}, lines: {}, advisories: [], popups: {}, store: null };
    const order = { zones: [], cameras: [] }, handed = {};
    let source = null, heardAt = 0, openedAt = performance.now(), triedAt = 0, retry = 0, lost = false;

    function connect() {
      clearTimeout(retry);
      if (source || document.hidden) return;
      triedAt = performance.now();
      source = new EventSource("/live/stream");
      source.addEventListener("state", (event) => take(JSON.parse(event.data)));
      source.onerror = () => {
        if (source?.readyState !== EventSource.CLOSED) return; // else the browser tries again by itself
        disconnect();
        retry = setTimeout(connect, RETRY_MS);
      };
    }
    function disconnect() { clearTimeout(retry); source?.close(); source = null; }
    function reopen() { if (!source) openedAt = performance.now(); connect(); }

    // --- what comes: everything, or what changed
    const stamp = (rows) => { for (const row of Object.values(rows || {})) row.heard = performance.now(); };
    function merge(what, message) {
      const rows = message[what] || {}, now = performance.now();
      if (message.full) { state[what] = rows; order[what] = Object.keys(rows); stamp(rows); return; }
      for (const [key, fields] of Object.entries(rows)) state[what][key] = Object.assign(state[what][key] || {}, fields);
      (message[`${what}_age`] || []).forEach((age, i) => { const row = state[what][order[what][i]]; if (row) { row.age_s = age; row.heard = now; } });
    }
    function keep(message) {
      if (message.at) { state.at = message.at; F.syncClock(message.at); }
      if (message.zones) merge("zones", message);
      if (message.cameras) merge("cameras", message);
      for (const what of LISTED) if (message[what]) state[what] = message[what];
      for (const what of STAMPED) if (message[what]) state[what] = message[what];
      if (message.totals) state.totals.heard = performance.now();
      if (message.lines) stamp(state.lines);
      if (message.popups) for (const popup of Object.values(state.popups)) stamp(popup.sensors);
    }
    function take(message) {
      heardAt = performance.now();
      keep(message);
      state.store = message.store || null; // a page opened while the store is silent gets all that was known, and that
      judge();
      const due = turned();
      took(message, Object.keys(message.full ? state.zones : { ...message.zones, ...due }));
    }
    /* The zones whose state, as it may be shown, is not what was handed out last: one that aged here is young again by its age alone. */
    function turned() {
      const due = {};
      for (const [id, row] of Object.entries(state.zones)) {
        const now = Fresh.aged(row, lost).state;
        if (handed[id] !== now) due[id] = handed[id] = now;
      }
      return due;
    }

    // --- silence
    const silent = () => performance.now() - Math.max(heardAt, openedAt);
    function judge() { lost = silent() > SILENT_MS || (!!state.store && F.now() - state.store.since > STORE_SILENT_S); }
    function look() {
      if (document.hidden) return;
      judge();
      if (Math.min(silent(), performance.now() - triedAt) > 2 * SILENT_MS) { disconnect(); connect(); }
      const all = lost || silent() > QUIET_MS, due = turned();
      beat({ lost, old: Object.keys(state.zones).filter((id) => all || id in due || !Fresh.isLive(state.zones[id])) });
    }
    document.addEventListener("visibilitychange", () => { if (document.hidden) disconnect(); else reopen(); });
    root.addEventListener("pagehide", disconnect);
    root.addEventListener("pageshow", reopen);
    setInterval(look, BEAT_MS);
    connect();
    return {
      state, view: () => Fresh.view(state, lost),
      get lost() { return lost; },
      bar() { Fresh.bar({ lost, store: silent() <= SILENT_MS ? state.store : null, at: state.at }); },
    };
  }
  root.MallStream = { open };
})(window);
