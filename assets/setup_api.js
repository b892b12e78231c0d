/* Calls of /api/v1/setup. Exposes MallSetup.api; whatever fails is a Refusal that says what to tell people. */
(function (root) {
  "use strict";
  const T = root.MallText, BASE = "/api/v1/setup/", ASK_MS = 15000, STILL_MS = 100000, SILENT = 0;

  class Refusal extends Error {
    constructor(status, told = {}) {
      super(told.detail || told.code || String(status));
      this.status = status; this.code = told.code || ""; this.text = told.text || null; this.problems = told.problems || [];
      this.detail = typeof told.detail === "string" ? told.detail : "";
    }
    /* In the page's language: what the server says, else what its silence or its number means. */
    get words() {
      if (this.text) return this.text[T.language] || this.text.en;
      if (this.status === SILENT) return T.t("setup.failed.silent");
      if (this.status === 503) return T.t("setup.failed.store");
      return this.detail || T.t("setup.failed.other", { status: this.status });
    }
  }

  const listeners = [];
  async function ask(method, path, body, { signal, patience = ASK_MS } = {}) {
    const due = AbortSignal.timeout(patience), options = { method, signal: signal ? AbortSignal.any([due, signal]) : due, cache: "no-store" };
    if (body !== undefined) { options.body = JSON.stringify(body); options.headers = { "content-type": "application/json" }; }
    let answer;
    try { answer = await fetch(BASE + path, options); } catch (error) {
      if (signal?.aborted) throw error;
      throw tell(new Refusal(SILENT));
    }
    if (answer.ok) { api.heard(null); return answer; }
    let told = {};
    try { told = await answer.json(); } catch (error) { /* a proxy's page instead of the interface's words */ }
    throw tell(new Refusal(answer.status, told));
  }
  function tell(refusal) {
    api.heard(refusal.status === SILENT || (refusal.status === 503 && (!refusal.code || refusal.code === "store")) ? refusal : null);
    if (refusal.status === 401 && refusal.code !== "token") listeners.forEach((listener) => listener(refusal));
    return refusal;
  }
  const json = async (...call) => (await ask(...call)).json();
  /* The body can break off after the headers: that is silence, too. */
  async function pixels(call) {
    const answer = await call;
    try { return { headers: answer.headers, blob: await answer.blob() }; } catch (error) { throw tell(new Refusal(SILENT)); }
  }

  const api = {
    Refusal,
    heard: () => {},
    onSessionEnd(listener) { listeners.push(listener); },
    open: (token, who) => ask("POST", "session", { token, who }),
    close: () => ask("DELETE", "session"),
    site: () => json("GET", "site"),
    still: (camera, why) => pixels(ask("POST", "still", { camera, why }, { patience: STILL_MS })), // it waits for the next picture
    tryOut: (draft, signal) => json("POST", "try", draft, { signal }),
    save: (saving) => json("POST", "save", saving),
    undo: (version) => json("POST", "undo", { version }),
    counts: (camera) => json("GET", `head-counts?camera=${encodeURIComponent(camera)}`),
    addCount: (count) => ask("POST", "head-counts", count),
    dropCount: (camera, id) => ask("DELETE", `head-counts/${encodeURIComponent(id)}?camera=${encodeURIComponent(camera)}`),
    fitCounts: (camera) => ask("POST", "head-counts/fit", { camera }),
  };
  root.MallSetup = { api };
})(window);
