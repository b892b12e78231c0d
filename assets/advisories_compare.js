/* Options side by side, "no action" first: same rows, same y-range, one filled button. Exposes MallCompare. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, icon, byId, put } = root.MallFrame, C = root.MallAdvisoryCharts, { likely, percent, person, dot } = root.MallInbox;
  const OLD_S = 60, LETTERS = "ABCDEF", HORIZON_MIN = 15, LONG_TITLE = { en: 34, ja: 17 };
  const said = (text) => T.bind(text == null ? "" : typeof text === "string" ? text : text[T.language] || text.en || "");
  const mark = (key) => make("span", { class: `mk ${key}`, "aria-hidden": "true" }, key === "O" ? "–" : key);
  const phone = matchMedia("(max-width: 720px)");

  /* The class of a density at a place; none where the place has no standard, or the figure is no density. */
  function letter(density, place, site, unit) {
    const zone = site.zones.find((z) => z.id === place), limits = (unit === "p/m²" && zone && site.standards?.[zone.standard]?.limits) || null;
    if (!limits || density == null) return null;
    const step = limits.findIndex((limit) => density <= limit);
    return LETTERS[step < 0 ? 5 : step];
  }
  const chip = (name) => make("span", { class: `lchip ${name || "off"}` }, name || "–");
  const figure = (value, unit) => (unit === "" ? `${Math.round(100 * value)}` : T.decimal(value, 2));
  const unitWords = (unit) => (unit === "p/m²" ? T.t("unit.density") : unit === "" ? "%" : unit);

  function after(prediction, minute, c) {
    const i = prediction?.minutes.indexOf(minute);
    if (i == null || i < 0) return [make("span", { class: "sub" }, "–")];
    const likely = prediction.likely[i], name = letter(likely, c.set.place, c.site, c.unit);
    return [make("div", { class: "se" }, make("span", { class: "big" }, figure(likely, c.unit)), name && chip(name), make("span", { class: "sub in" }, T.range(figure(prediction.low[i], c.unit), figure(prediction.high[i], c.unit))))];
  }
  function below(prediction) {
    if (!prediction) return make("span", { class: "sub" }, "–");
    const span = prediction?.below_limit_min;
    if (!span) return make("span", {}, T.t("adv.cmp.notWithin"));
    const [low, high] = span.map((m) => (m == null ? null : Math.round(m)));
    if (high == null) return make("span", {}, low > 0 ? T.t("adv.cmp.notSureFrom", { n: low }) : T.t("adv.cmp.notSure"));
    return make("b", {}, high === 0 ? T.t("adv.cmp.atOnce") : T.t("adv.cmp.min", { range: low === high ? String(low) : T.range(low, high) }));
  }
  /* What it does to other zones: what gets worse first; of the rest only that which changes its class. */
  function side(effects, site) {
    const told = (effects || []).filter((e) => e.is_over || e.worse_by > 0 || (e.los_before && e.los_after && e.los_before !== e.los_after)), shown = told.slice(0, 2);
    if (!told.length) return make("span", { class: "sub in" }, T.t("adv.cmp.noSide"));
    return make("div", {}, ...shown.map((effect) => {
      const zone = site.zones.find((z) => z.id === effect.zone);
      return make("div", { class: `se${effect.is_over ? " over" : ""}` }, make("span", {}, zone ? T.label(zone) : effect.zone), effect.los_before ? chip(effect.los_before) : null, make("span", { role: "img", "aria-label": T.t("adv.cmp.to") }, "→"), effect.los_after ? chip(effect.los_after) : make("span", {}, T.decimal(effect.density_after, 2)), effect.at_min && effect.at_min < HORIZON_MIN ? make("span", { class: "n" }, T.t("adv.cmp.inMin", { n: Math.round(effect.at_min) })) : null, effect.is_over ? make("b", { class: "n" }, T.t("adv.cmp.over")) : null);
    }), told.length > 2 ? make("div", { class: "sub" }, T.t("advisories.more", { n: told.length - 2 })) : null);
  }
  function cost(option) {
    const ready = option.ready_min == null ? "" : T.t("adv.cmp.readyMin", { n: Math.round(option.ready_min) });
    return make("span", {}, [said(option.who), ready].filter(Boolean).join(T.language === "ja" ? "、" : ", "));
  }
  function worked(option, unit) {
    const before = option.worked_before;
    if (!before || !before.n) return make("span", { class: "sub in" }, T.t("adv.cmp.never"));
    const words = T.t("adv.cmp.worked", { some: before.worked, all: before.n });
    return make("span", {}, before.mean_error == null ? words : `${words}${T.language === "ja" ? "、" : ", "}${T.t("adv.cmp.off", { error: figure(before.mean_error, unit) })}`);
  }
  const twin = (name, prediction, unit) => T.t("adv.cmp.twin", { name, now: figure(prediction.likely[0], unit), later: figure(prediction.likely.at(-1), unit), unit: unitWords(unit) });
  const rankWords = (option, all) => (option.rank === 1 ? T.t("adv.cmp.first", { n: all }) : T.t("adv.cmp.rank", { n: option.rank }));

  // --- wide screens: a table
  function table(c) {
    const { set, focus } = c, columns = [...(set.no_action ? [{ key: "O", title: T.t("adv.cmp.none"), prediction: set.no_action }] : []), ...set.options], hasCurves = !!set.no_action;
    const css = (o, more = "") => [o.key === "O" ? "c0" : "", o.rank === 1 && !c.isChosen ? "best" : "", c.chosen === o.key ? "best" : "", focus === o.key ? "focus" : "", more].filter(Boolean).join(" ");
    const row = (name, cell, more = "") => make("div", { class: "crow", role: "row" }, make("div", { class: `l ${more}`, role: "rowheader" }, name), ...columns.map((o) => make("div", { class: css(o, more), role: "cell", "data-col": o.key }, ...[cell(o)].flat())));
    return make("div", { class: "cmp", role: "table", "aria-label": T.t("adv.compare"), style: `--n:${columns.length}` },
      row("", (o) => [make("h3", { class: `t${said(o.title).length > LONG_TITLE[T.language] ? " long" : ""}` }, mark(o.key), make("span", {}, said(o.title))), make("div", { class: "rank" }, o.key === "O" ? T.t("adv.cmp.for") : c.chosen === o.key ? T.t("adv.cmp.chosen") : rankWords(o, set.options.length))], "hd"),
      ...(hasCurves ? curveRows(row, c) : [row(T.t("adv.cmp.steps"), (o) => make("ol", {}, ...(o.steps || []).map((step) => make("li", {}, said(step)))))]),
      hasCurves && row(T.t("adv.cmp.side"), (o) => (o.key === "O" ? "–" : side(o.side_effects, c.site))),
      row(T.t("adv.cmp.who"), (o) => (o.key === "O" ? "–" : cost(o))),
      hasCurves && row(T.t("adv.cmp.before"), (o) => (o.key === "O" ? "–" : worked(o, c.unit))),
      row("", (o) => (o.key === "O" ? make("span", { class: "sub keep" }, T.t("adv.cmp.keep")) : button(o, c)), "nb cta"));
  }
  function curveRows(row, c) {
    const { set, limits, range, unit } = c, none = () => make("span", { class: "sub" }, "–");
    return [
      row(T.t("adv.cmp.chart", { unit: unitWords(unit) }), (o) => (o.prediction ? C.prediction(o.key, o.prediction, set.no_action, { range, limits, words: twin(said(o.title), o.prediction, unit) }) : none()), "nb"),
      row(T.t("adv.cmp.after5"), (o) => after(o.prediction, 5, c)), row(T.t("adv.cmp.after15"), (o) => after(o.prediction, 15, c)),
      ...(c.limitWords ? [row(T.t("adv.cmp.below", { limit: c.limitWords }), (o) => below(o.prediction))] : []),
    ];
  }
  function button(option, c) {
    if (c.chosen === option.key) return make("span", { class: "is-chosen" }, icon("check", 16), T.t("adv.cmp.chosen"));
    return make("button", { type: "button", class: `btn${option.rank === 1 && !c.hold && !c.isChosen ? " pri" : ""}`, "data-choose": option.key, disabled: !!c.hold || !c.can, onclick: () => c.choose(option) }, T.t("adv.choose", { key: option.key }));
  }
  // --- phones: a card an option, in rank order
  function cards(c) {
    const { set } = c;
    return make("div", { class: "ocards" }, ...[...set.options].sort((a, b) => a.rank - b.rank).map((o) => make("section", { class: `ocard${(c.isChosen ? c.chosen === o.key : o.rank === 1) ? " best" : ""}`, "data-col": o.key },
      make("h3", { class: "t" }, mark(o.key), make("span", {}, said(o.title)), make("span", { class: "rank" }, c.chosen === o.key ? T.t("adv.cmp.chosen") : rankWords(o, set.options.length))),
      o.prediction && make("div", { class: "orow" }, make("div", {}, make("div", { class: "sub" }, `${T.t("adv.cmp.after5")}${T.language === "ja" ? "、" : ", "}${unitWords(c.unit)}`), ...after(o.prediction, 5, c)),
        C.prediction(o.key, o.prediction, set.no_action, { range: c.range, limits: c.limits, words: twin(said(o.title), o.prediction, c.unit), size: [150, 66], axis: false })),
      make("div", { class: "txt" }, cost(o)), o.prediction && make("div", { class: "txt se" }, `${T.t("adv.cmp.side")}${T.language === "ja" ? "：" : ": "}`, side(o.side_effects, c.site)), o.prediction && make("div", { class: "txt" }, T.t("adv.cmp.before"), T.language === "ja" ? "：" : ": ", worked(o, c.unit)),
      o.rank === 1 && !c.isChosen ? "" : make("div", { class: "acts" }, button(o, c)))));
  }

  // --- what was chosen: predicted and measured side by side
  function outcome(c) {
    const { advisory } = c, chosen = advisory.chosen, prediction = chosen.prediction, start = prediction?.likely?.[0];
    const both = (value) => (value == null ? [make("span", { class: "sub" }, "–")] : [make("span", { class: "big" }, figure(value, c.unit)), letter(value, advisory.place, c.site, c.unit) && chip(letter(value, advisory.place, c.site, c.unit)), start ? make("span", { class: "sub in" }, percent(value / start - 1)) : null]);
    const row = (minute) => {
      const effect = (advisory.effects || []).find((e) => Math.round(e.after_min) === minute), due = chosen.at + 60 * minute, soon = T.t("adv.out.at", { time: T.clock(due, false) });
      const measured = effect?.measured != null ? both(effect.measured) : [make("span", { class: "sub" }, effect || c.now > due + 90 ? T.t("zone.nodata") : soon)];
      return [both(likely(prediction[`after_${minute}`])), measured, both(likely(chosen.no_action?.[`after_${minute}`]))].map((parts) => make("td", {}, ...parts));
    };
    const head = (words) => make("th", { scope: "col" }, T.t(words));
    return make("section", { class: "outcome" }, make("h3", { class: "t" }, mark(chosen.option || chosen.key || ""), make("span", {}, said(chosen.title)), make("span", { class: "sub" }, T.t("adv.out.by", { name: person(chosen.by), time: chosen.at ? T.clock(chosen.at) : "–" }))),
      prediction ? make("table", {}, make("thead", {}, make("tr", {}, make("th", {}, unitWords(c.unit)), head("adv.out.predicted"), head("adv.out.measured"), head("adv.out.without"))),
        make("tbody", {}, ...[5, 15].map((m) => make("tr", {}, make("th", { scope: "row" }, T.t("adv.cmp.afterN", { n: m })), ...row(m))))) : "",
      prediction && chosen.no_action ? C.prediction(chosen.option, prediction, chosen.no_action, { range: C.sharedRange([prediction, chosen.no_action], c.limits), limits: c.limits, words: twin(said(chosen.title), prediction, c.unit), size: [300, 104], measured: c.measured, begins: chosen.at ? T.clock(chosen.at, false) : "0" }) : "",
      c.proposed?.length ? make("div", { class: "proposed" }, make("p", {}, T.t("adv.plan.proposed")), make("ul", {}, ...c.proposed.map((p) => make("li", {}, make("span", {}, p.words),
        p.done ? make("span", { class: "sub" }, icon("check", 14), T.t("adv.plan.is")) : p.set && make("button", { type: "button", class: "btn", disabled: !c.can, onclick: p.set }, T.t("adv.plan.set")))))) : "");
  }

  // --- between the confirmation and the order: ten seconds to take it back
  function holdBar(hold, does) {
    return make("div", { class: "hold", role: "status" }, mark(hold.option.key), make("p", {}, make("b", {}, T.t("adv.hold.title", { title: said(hold.option.title) })), " ", make("span", { id: "hold-left" }, T.t("adv.hold.left", { n: hold.left, who: said(hold.option.who) }))),
      make("button", { type: "button", class: "btn", id: "hold-undo", onclick: does.undo }, icon("undo", 16), T.t("adv.hold.undo")), make("button", { type: "button", class: "btn quiet", onclick: does.now }, T.t("adv.hold.now")));
  }
  let drawn = "";
  /* c: {advisory, set, state, site, now, unit, limits, limitWords, range, focus, hold, can, choose, does}; state: "loading" | "ready" | "none" | "failed" | "closed" */
  function render(c) {
    const box = byId("compare"), age = c.set ? c.now - c.set.at : 0, old = !!c.set && age > OLD_S && c.state === "ready";
    const key = JSON.stringify([T.language, phone.matches, c.advisory.id, c.advisory.version, c.state, c.set?.at, c.set?.options.length, old, !!c.hold, c.can, c.chosen, c.proposed?.map((p) => [p.words, p.done, !!p.set]), Math.floor(c.now / 60)]);
    box.classList.toggle("old", old);
    if (key === drawn) {
      if (c.hold) put(byId("hold-left"), T.t("adv.hold.left", { n: c.hold.left, who: said(c.hold.option.who) }));
      if (old) put(box.querySelector(".oldbar"), T.t("adv.cmp.old", { age: T.age(age) }));
      return;
    }
    drawn = key;
    const held = document.activeElement?.dataset?.choose, parts = [];
    if (c.isChosen) parts.push(outcome(c));
    if (c.hold) parts.push(holdBar(c.hold, c.does));
    if (old) parts.push(make("p", { class: "oldbar", role: "status" }, T.t("adv.cmp.old", { age: T.age(age) })));
    if (c.state === "loading") parts.push(make("p", { class: "quietly" }, T.t("adv.cmp.loading")));
    else if (c.state === "failed") parts.push(make("p", { class: "quietly bad", role: "alert" }, T.t("adv.cmp.failed")));
    else if (c.state === "nothing") parts.push(make("p", { class: "quietly" }, T.t("adv.cmp.nothing")));
    else if (c.state === "none") parts.push(clearArea(c));
    if (c.state === "ready" && c.set.none_reason) parts.push(clearArea(c));
    if (c.state === "ready") parts.push((phone.matches ? cards : table)(c), c.set.no_action && make("p", { class: "sub when" }, [T.t("adv.cmp.when", { time: T.clock(c.set.at) }), T.t("adv.cmp.method"), T.t(`adv.cmp.basis.${c.set.no_action.basis || "measured"}`)].join(dot())));
    box.replaceChildren(...parts.filter(Boolean));
    if (held) box.querySelector(`[data-choose="${held}"]`)?.focus();
  }
  /* Nothing improves it: say so, and who clears what; where nothing is seen, or it ends by itself, only that. */
  function clearArea(c) {
    const reason = said(c.set.none_reason), clear = c.set.options.find((o) => o.kind === "clear_area");
    if (!c.set.no_action) return make("p", { class: "quietly", role: "status" }, reason);
    if (c.set.eases_min != null || (c.advisory.severity === "watch" && reason && !clear)) return make("p", { class: "quietly", role: "status" }, reason);
    if (!reason && !c.set.no_action.below_limit_min) return make("p", { class: "quietly", role: "status" }, T.t("adv.none.better"));
    const ends = c.set.no_action.below_limit_min;
    if (ends && (ends[1] != null || !reason)) return make("p", { class: "quietly", role: "status" }, T.t("adv.none.eases", { range: ends[0] === ends[1] ? String(ends[0]) : ends[1] == null ? T.range(ends[0], `>${HORIZON_MIN}`) : T.range(ends[0], ends[1]) }));
    return make("section", { class: "clearit" }, root.MallFrame.severity("clear", 34), make("div", {}, make("h3", {}, T.t("adv.none.title")), make("p", {}, T.t("adv.none.clear", { who: said(clear?.who) || T.t("adv.none.who"), where: c.placeName })), reason ? make("p", { class: "sub" }, reason) : null));
  }
  function focus(key) {
    for (const node of document.querySelectorAll("#compare [data-col]")) node.classList.toggle("focus", !!key && node.dataset.col === key);
  }

  /* One question before anybody is told: what, by whom, in which steps; true once it is meant. */
  function confirm(option, planWords) {
    const dialog = byId("choose-dialog"), steps = (option.steps || []).map(said).filter(Boolean);
    dialog.replaceChildren(make("form", { method: "dialog" }, make("h2", { class: "t" }, mark(option.key), T.t("adv.confirm.title", { title: said(option.title) })),
      make("p", { class: "who" }, icon("people", 16), make("b", {}, T.t("adv.confirm.told", { who: said(option.who) || T.t("adv.none.who") }))),
      steps.length ? make("ol", {}, ...steps.map((s) => make("li", {}, s))) : "", planWords.length ? make("div", { class: "plan-words" }, make("p", {}, T.t("adv.confirm.plan")), make("ul", {}, ...planWords.map((w) => make("li", {}, w)))) : "",
      make("p", { class: "sub" }, T.t("adv.confirm.undo")),
      make("div", { class: "acts" }, make("button", { type: "submit", class: "btn", value: "" }, T.t("name.cancel")), make("button", { type: "submit", class: "btn pri", value: "ok", id: "choose-yes" }, T.t("adv.choose", { key: option.key })))));
    return new Promise((done) => {
      dialog.onclose = () => done(dialog.returnValue === "ok");
      dialog.returnValue = "";
      dialog.showModal();
      byId("choose-yes").focus();
    });
  }
  root.MallCompare = { render, confirm, focus, said, letter, figure, unitWords, OLD_S };
})(window);
