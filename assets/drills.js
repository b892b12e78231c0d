/* The drills page: the library, the exercise that runs, what the last ones brought. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, D = root.MallDebrief, P = root.MallPastHours, { make, put, byId } = F;
  const ASK_MS = 15000, EVERY_MS = 2000, BASE = "/api/v1/drills";
  let told = null, failed = "", shown = "", opened = new Set();

  async function ask(address, options) {
    const answer = await fetch(address, { signal: AbortSignal.timeout(ASK_MS), ...options });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(), { detail: typeof body.detail === "string" ? body.detail : String(answer.status) });
    return body;
  }
  async function load() {
    try { told = await ask(BASE); F.syncClock(told.at); failed = ""; } catch (error) { failed = error.detail ? T.t("drill.failed.other", { why: error.detail }) : T.t("drill.failed.silent"); }
    draw();
  }
  async function act(address, options) {
    try { await ask(address, options); } catch (error) { failed = error.detail ? T.t("drill.failed.other", { why: error.detail }) : T.t("drill.failed.silent"); draw(); return; }
    load();
  }

  // --- words
  const words = (texts) => texts?.[T.language] || texts?.en || "";
  const titleOf = (run) => (run.hour != null ? P.title(run.hour, run.minutes) : words(told.library.find((row) => row.id === run.drill)?.title) || run.drill);
  const keptName = () => { try { return localStorage.getItem("mall.name") || ""; } catch (error) { return ""; } };

  // --- the exercise that runs
  function running(run) {
    const at = run.debrief ? run.debrief.lasted_s : 0, share = run.lasts_s ? Math.min(1, at / run.lasts_s) : 0;
    return [
      make("div", { class: "top" }, make("b", { class: "tag sim" }, T.t("exercise.word")), make("h3", {}, titleOf(run)),
        make("span", { class: "soft" }, T.t("drill.elapsed", { at: D.time(Math.min(at, run.lasts_s)), lasts: D.time(run.lasts_s) }))),
      make("div", { class: "meter", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(share * 100), "aria-label": T.t("drill.elapsed", { at: D.time(at), lasts: D.time(run.lasts_s) }) }, make("i", { style: `width:${(share * 100).toFixed(1)}%` })),
      make("p", { class: "soft" }, T.t("drill.by", { name: D.name(run.by), why: run.why })),
      make("div", { class: "acts" }, make("a", { class: "btn pri", href: "/?drill=1" }, T.t("drill.show")), make("button", { class: "btn", type: "button", onclick: stop }, T.t("drill.stop"))),
      ...D.parts(run.debrief),
    ];
  }
  async function stop() {
    const by = keptName() || "operator";
    act(`${BASE}?by=${encodeURIComponent(`console:${by}`)}`, { method: "DELETE" });
  }

  // --- the library
  const fact = (key, text) => make("div", {}, make("dt", {}, T.t(`drill.${key}`)), make("dd", {}, text));
  function card(row) {
    const busy = !!told.open, where = [...new Set(row.expects.map((e) => e.place))].map(D.place).join(", ");
    return make("article", { class: row.why_not ? "card off" : "card" }, make("h3", {}, words(row.title)),
      make("dl", {}, fact("teaches", words(row.teaches)), fact("asks", words(row.asks)), row.why_not ? null : fact("where", where)),
      make("div", { class: "acts" },
        row.why_not ? make("span", { class: "soft" }, T.t("drill.cannot", { why: words(row.why_not) }))
          : make("span", { class: "soft" }, T.t("drill.takes", { min: T.decimal(row.lasts_s / 60, 1), n: T.count(row.people) }), row.answers_s ? make("br") : "", row.answers_s ? T.t("drill.goesOn", { min: T.decimal(row.answers_s / 60, 0) }) : ""),
        row.why_not ? null : make("button", { class: "btn", type: "button", disabled: busy, "aria-label": T.t("drill.startThis", { title: words(row.title) }), onclick: () => order({ words: words(row.title), body: { drill: row.id } }) }, T.t(busy ? "drill.busy" : "drill.start"))));
  }
  function order(asked) {
    const dialog = byId("order");
    put(byId("order-title"), T.t("drill.startThis", { title: asked.words }));
    byId("order-name").value = keptName();
    byId("order-cancel").onclick = () => dialog.close("");
    dialog.onclose = () => {
      const name = byId("order-name").value.trim(), why = byId("order-why").value.trim();
      if (dialog.returnValue !== "ok" || !name || !why) return;
      try { localStorage.setItem("mall.name", name); } catch (error) { /* not kept */ }
      act(BASE, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ...asked.body, by: `console:${name}`, why }) });
    };
    dialog.returnValue = "";
    dialog.showModal();
  }

  // --- the last ones
  function past(run) {
    const condition = T.t(`drill.condition.${run.condition}`, { why: T.said("drill.reason", run.reason) }), passed = run.debrief ? run.debrief.passed : null;
    const verdict = run.condition === "failed" || run.hour != null ? "" : T.t(`drill.result.${passed}`);
    const box = make("details", { class: "card" }, make("summary", {}, make("b", { class: "tag sim" }, T.t("exercise.word")), make("b", {}, titleOf(run)),
      make("span", { class: "soft" }, `${T.date(run.asked_at)} ${T.clock(run.asked_at, false)}`), make("span", { class: "soft" }, T.t("drill.by", { name: D.name(run.by), why: run.why })),
      make("span", { class: passed === true ? "ok" : passed === false ? "bad" : "soft" }, (run.condition === "stopped" && passed == null ? [verdict] : [condition, verdict]).filter(Boolean).join(" · "))), ...D.parts(run.debrief), P.exported(run, () => box));
    box.open = opened.has(run.id);
    box.addEventListener("toggle", () => (box.open ? opened.add(run.id) : opened.delete(run.id)));
    return box;
  }
  function fill(node, ...children) { node.replaceChildren(...children.flat().filter(Boolean)); }
  function draw() {
    byId("failed").hidden = !failed;
    put(byId("failed"), failed);
    put(byId("fresh-word"), T.t(failed ? "fresh.lost" : told ? "fresh.live" : "fresh.waiting"));
    document.querySelector("#fresh .dotk").className = `dotk ${failed ? "stale" : told ? "" : "off"}`;
    if (!told) return;
    const run = told.open, key = JSON.stringify([T.language, told.library, told.hours, told.past, !!run]);
    put(byId("headline"), run ? T.t(`drill.${run.condition === "running" ? "runs" : run.condition}`, { title: titleOf(run) }) : T.t("drill.none"));
    byId("running").hidden = !run;
    if (run && !byId("running").contains(document.activeElement)) fill(byId("running"), running(run));
    if (key === shown) return;
    shown = key;
    fill(byId("library"), told.library.length ? told.library.map(card) : make("p", { class: "soft" }, T.t("drill.libraryNone")));
    fill(byId("hours"), P.card(told, order));
    fill(byId("past"), told.past.length ? told.past.map(past) : make("p", { class: "soft" }, T.t("drill.pastNone")));
  }
  T.onChange(() => { shown = ""; draw(); });
  load();
  setInterval(() => { if (!document.hidden) load(); }, EVERY_MS);
})(window);
