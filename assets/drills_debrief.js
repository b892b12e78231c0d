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
      make("td", {}, T.t("drill.byTime", { severity: severity(row.severity), by: time(row.by_s) }), row.stays ? ` ${T.t("drill.stays")}` : ""),
      make("td", {}, row.at_s == null ? T.t("drill.notRaised") : T.t("drill.at", { rule: ruleName(row.rule), at: time(row.at_s) })),
      make("td", {}, verdict(row.met)))))));
  }
  function answered(row) {
    const said = [row.answered_s == null ? T.t("drill.unanswered") : T.t("drill.answered", { s: time(row.answered_s), name: name(row.answered_by) })];
    if (row.chosen) said.push(T.t("drill.chose", { option: [row.chosen, row.chosen_title?.[T.language]].filter(Boolean).join(" ") }));
    if (row.started_s != null) said.push(T.t("drill.started", { s: time(row.started_s) }));
    if (row.ended_s != null) said.push(T.t("drill.ended", { s: time(row.ended_s) }));
    return said.join(T.language === "ja" ? "・" : " · ");
  }
  const line = (row) => make("li", {}, F.severity(row.severity, 16), make("b", {}, `${place(row.place)}: ${ruleName(row.rule)}`),
    make("span", { class: "soft" }, row.at_s == null ? "" : time(row.at_s)), make("span", {}, answered(row)));

  /* The parts of a debrief; nothing where there is none yet. */
  function parts(debrief) {
    if (!debrief) return [];
    const others = debrief.raised.filter((row) => !row.is_expected), mine = debrief.raised.filter((row) => row.is_expected);
    return [
      make("h4", {}, T.t("drill.expected")), expected(debrief.expected),
      mine.length ? make("h4", {}, T.t("drill.answers")) : null, mine.length ? make("ul", { class: "answers" }, mine.map(line)) : null,
      others.length ? make("h4", {}, T.t("drill.raised")) : null, others.length ? make("ul", { class: "answers" }, others.map(line)) : null,
    ].filter(Boolean);
  }
  root.MallDebrief = { parts, place, time, name };
})(window);
