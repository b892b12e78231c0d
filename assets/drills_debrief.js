/* What a drill brought, as a card: expected against raised, how soon people answered, what they chose. Exposes MallDebrief. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, { make, icon } = F;
  const zones = Object.fromEntries((T.page.zones || []).map((zone) => [zone.id, zone]));
  const place = (id) => (zones[id] ? T.label(zones[id]) : id);
  const time = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const name = (by) => (by || "").replace(/^console:/, "");
  const severity = (kind) => T.t(`severity.${kind}`);
  const ruleName = (id) => T.said("drill.rule", id);

  const verdict = (met) => make("span", { class: met === true ? "ok" : met === false ? "bad" : "soft" },
    met === true ? icon("check", 14) : null, T.t(met === true ? "drill.met" : met === false ? "drill.missed" : "drill.notDue"));
  function expected(rows) {
    const head = ["what", "where", "wanted", "came", "result"].map((key) => make("th", {}, T.t(`drill.col.${key}`)));
    return make("div", { class: "scrolls" }, make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows.map((row) => make("tr", {},
      make("td", {}, row.rules.map(ruleName).join(" / ")), make("td", {}, place(row.place)),
      make("td", {}, row.absent ? T.t("drill.absentUntil", { by: time(row.by_s) }) : T.t("drill.byTime", { severity: severity(row.severity), by: time(row.by_s) }), row.stays ? ` ${T.t("drill.stays")}` : ""),
      make("td", {}, row.at_s == null ? T.t(row.absent ? "drill.noneCame" : "drill.notRaised") : T.t("drill.at", { rule: ruleName(row.rule), at: time(row.at_s) })),
      make("td", {}, verdict(row.met)))))));
  }
  function answered(row) {
    const said = [row.answered_s == null ? T.t("drill.unanswered") : T.t("drill.answered", { s: time(row.answered_s), name: name(row.answered_by) })];
    if (row.chosen) said.push(T.t("drill.chose", { option: [row.chosen, row.chosen_title?.[T.language]].filter(Boolean).join(": ") }));
    if (row.started_s != null) said.push(T.t("drill.started", { s: time(row.started_s) }));
    if (row.ended_s != null) said.push(T.t("drill.ended", { s: time(row.ended_s) }));
    return said.join(T.language === "ja" ? "・" : " · ");
  }
  /* What was measured after an option was chosen, beside what was predicted. */
  function effects(row) {
    return (row.effects || []).map((e) => T.t(e.measured == null ? "drill.effectUnknown" : e.predicted ? "drill.effect" : "drill.effectAlone", { min: e.after_min, measured: T.decimal(e.measured ?? 0, 2), low: T.decimal(e.predicted?.[0] ?? 0, 2), high: T.decimal(e.predicted?.[2] ?? 0, 2), none: e.no_action ? T.decimal(e.no_action[1], 2) : "–" })).map((text) => make("span", { class: "effect" }, text));
  }
  const line = (row) => make("li", {}, F.severity(row.severity, 16), make("b", {}, `${place(row.place)}: ${ruleName(row.rule)}`),
    make("span", { class: "soft" }, row.at_s == null ? "" : time(row.at_s)), make("span", {}, answered(row)), effects(row));

  /* The parts of a debrief; nothing where there is none yet. */
  function parts(debrief) {
    if (!debrief) return [];
    const others = debrief.raised.filter((row) => !row.is_expected), mine = debrief.raised.filter((row) => row.is_expected);
    const then = debrief.then || [];
    return [
      ...(debrief.expected.length ? [make("h4", {}, T.t("drill.expected")), expected(debrief.expected)] : []),
      debrief.then ? make("h4", {}, T.t("drill.hour.then")) : null,
      debrief.then ? (then.length ? make("ul", { class: "answers" }, then.map((row) => make("li", {}, F.severity(row.severity, 16), make("b", {}, `${place(row.place)}: ${ruleName(row.rule)}`), make("span", { class: "soft" }, time(row.at_s))))) : make("p", { class: "soft" }, T.t("drill.hour.thenNone"))) : null,
      mine.length ? make("h4", {}, T.t("drill.answers")) : null, mine.length ? make("ul", { class: "answers" }, mine.map(line)) : null,
      others.length ? make("h4", {}, T.t(debrief.then ? "drill.hour.now" : "drill.raised")) : null, others.length ? make("ul", { class: "answers" }, others.map(line)) : null,
    ].filter(Boolean);
  }
  root.MallDebrief = { parts, place, time, name };
})(window);
