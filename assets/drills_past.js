/* Hours of the past that can be played again, and what an exercise brought as a file or on paper. Exposes MallPastHours. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, D = root.MallDebrief, { make, icon } = F, MINUTES = [5, 15, 30, 60];
  let hour = null, minutes = 15;
  const when = (at) => `${T.date(at)} ${T.clock(at, false)}`;
  const title = (at, min) => T.t("drill.hour.title", { when: when(at), min });

  /* The card from which an hour is started; `order` asks who and why. */
  function card(told, order) {
    const hours = told.hours || [], busy = !!told.open;
    if (!hours.length) return make("article", { class: "card off" }, make("h3", {}, T.t("drill.hour.head")), make("p", { class: "soft" }, T.t("drill.hour.none")));
    if (!hours.includes(hour)) hour = hours[0];
    const pick = (name, list, chosen, words, take) => {
      const box = make("select", {}, list.map((value) => make("option", { value, selected: value === chosen }, words(value))));
      box.addEventListener("change", () => take(+box.value));
      return make("label", {}, T.t(`drill.hour.${name}`), box);
    };
    return make("article", { class: "card hour" }, make("h3", {}, T.t("drill.hour.head")), make("p", { class: "soft" }, T.t("drill.hour.how")),
      make("div", { class: "picks" }, pick("from", hours, hour, when, (value) => { hour = value; }), pick("long", MINUTES, minutes, (n) => T.t("drill.hour.min", { n }), (value) => { minutes = value; })),
      make("div", { class: "acts" }, make("span", { class: "soft" }, ""), make("button", { class: "btn", type: "button", disabled: busy, onclick: () => order({ words: title(hour, minutes), body: { hour, minutes } }) }, T.t(busy ? "drill.busy" : "drill.start"))));
  }

  const cell = (value) => { const text = String(value ?? ""); return /[",\n]|^[=+\-@]/.test(text) ? `"${(/^[=+\-@]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"` : text; };
  /* One row an expectation and one an advisory; seconds from the beginning. */
  function csv(run) {
    const head = ["exercise", "row", "advisory", "place", "severity", "wanted_by_s", "at_s", "met", "acknowledged_after_s", "acknowledged_by", "option", "ended_after_s", "measured_5_min_p_m2", "predicted_5_min_p_m2", "measured_15_min_p_m2", "predicted_15_min_p_m2"];
    const effect = (row, min, key) => { const found = (row.effects || []).find((e) => e.after_min === min); return key === "predicted" ? found?.predicted?.[1] : found?.measured; };
    const wanted = run.debrief.expected.map((row) => [run.id, row.absent ? "expected none" : "expected", row.rules.join(" / "), row.place, row.severity, row.by_s, row.at_s, row.met]);
    const then = (run.debrief.then || []).map((row) => [run.id, "raised then", row.rule, row.place, row.severity, "", row.at_s]);
    const raised = run.debrief.raised.map((row) => [run.id, "raised", row.rule, row.place, row.severity, "", row.at_s, "", row.answered_s, D.name(row.answered_by), row.chosen_title?.en, row.ended_s, ...[5, 15].flatMap((min) => [effect(row, min, "measured"), effect(row, min, "predicted")])]);
    return `${[head, ...wanted, ...then, ...raised].map((row) => head.map((_, i) => cell(row[i])).join(",")).join("\r\n")}\r\n`;
  }
  const file = (name, kind, text, words) => make("a", { class: "btn quiet", download: name, href: `data:${kind};charset=utf-8,${encodeURIComponent(text)}` }, icon("download", 16), words);
  function exported(run, box) {
    if (!run.debrief) return null;
    const print = () => { box().classList.add("printed"); root.print(); box().classList.remove("printed"); };
    return make("div", { class: "acts files" }, file(`EXERCISE-${run.id}.json`, "application/json", JSON.stringify({ exercise: true, ...run }, null, 2), T.t("drill.export")),
      file(`EXERCISE-${run.id}.csv`, "text/csv", csv(run), T.t("drill.csv")), make("button", { class: "btn quiet", type: "button", onclick: print }, T.t("drill.print")));
  }
  root.MallPastHours = { card, title, exported, csv };
})(window);
