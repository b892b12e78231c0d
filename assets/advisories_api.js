/* What the advisories page asks of the interface, and why an answer was a refusal. Exposes MallAsk. */
(function (root) {
  "use strict";
  const T = root.MallText, ANSWER_MS = 8000;

  class Refusal extends Error {
    /* told: {detail, code, args}, and {advisory, changed_by, changed_what} where somebody was faster. */
    constructor(status, told = {}) { super(told.detail || String(status)); this.status = status; this.told = told; }
    /* Why, in the page's language; of two operators the loser is told who won. */
    get words() { return T.why(this.status, this.told); }
  }
  async function ask(path, { body, method = "POST", keepalive = false } = {}) {
    let answer;
    try {
      answer = await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS), keepalive, ...(body ? { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}) });
    } catch (error) { throw new Refusal(0); }
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const told = await answer.json().catch(() => ({}));
    throw new Refusal(answer.status, told);
  }
  const of = (id, what = "") => `/api/v1/advisories/${encodeURIComponent(id)}${what}`;
  const api = {
    Refusal,
    closedToday: () => ask("/api/v1/advisories?state=closed"),
    one: (id) => ask(of(id)),
    act: (id, action, body) => ask(of(id, `/${action}`), { body }),
    log: (id) => ask(of(id, "/history")),
    options: (id) => ask(of(id, "/options")),
    choose: (id, body, keepalive = false) => ask(of(id, "/choose"), { body, keepalive }),
    minutes: (zone, n) => ask(`/api/v1/zones/${encodeURIComponent(zone)}/history?minutes=${n}`),
    ways: () => ask("/api/v1/plan-state"),
    setWay: (item, body) => ask(`/api/v1/plan-state/${encodeURIComponent(item)}`, { body, method: "PUT" }),
    rules: () => ask("/api/v1/rules"),
    saveLimits: (rule, body) => ask(`/api/v1/rules/${encodeURIComponent(rule)}`, { body, method: "PUT" }),
    dryRun: (body) => ask("/api/v1/rules/dry-run", { body }),
  };
  root.MallAsk = api;
})(window);
