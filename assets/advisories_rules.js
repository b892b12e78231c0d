/* The rules as they are, with limits, units, sources and what the site overrides; and a dry run of changed limits on the last day.
   Nothing is saved here before it was tried. Exposes MallRules. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, severity, byId } = root.MallFrame, { span } = root.MallInbox;
  const SEVERITIES = ["watch", "warn", "act", "clear"], DELAYS = ["on_delay_s", "off_delay_s", "hysteresis"], SHOWN_TIMES = 12;
  let shown = null, result = null, busy = false, wrong = "", zone = "";

  const unitWords = (unit) => ({ "p/m²": T.t("unit.density"), "": "", s: T.t("unit.s"), min: T.t("unit.min"), "p/m/min": T.t("adv.unit.specific"), "p/min": T.t("adv.unit.perMin"), "m/s": "m/s" })[unit] ?? unit;
  /* One word of a severity: "clear the area" is long beside a figure. */
  const severityWord = (name) => T.t(`severity.${name}`).split(" ")[0];
  const named = (id) => { const words = T.said("adv.rule", id); return words; };
  const figure = (value) => (value == null ? "–" : T.decimal(value, Number.isInteger(value) ? 0 : value * 10 === Math.round(value * 10) ? 1 : 2));
  const whole = (rule, value) => (rule.unit === "" && rule.measure === "utilisation" ? `${figure(100 * value)}\u00a0%` : `${figure(value)}${rule.unit ? `\u00a0${unitWords(rule.unit)}` : ""}`);
  /* As the inbox lists them. */
  const rows = (rules) => rules && rules.map((rule) => ({ id: rule.id, name: named(rule.id), summary: rule.limits.map((l) => `${severityWord(l.severity)} ${figure(l.value)}`).join(T.language === "ja" ? "・" : " · ") + (rule.unit ? ` ${unitWords(rule.unit)}` : "") }));
  const source = (words) => (typeof words === "object" && words ? words[T.language] || words.en : words) || "–";

  function limitRow(rule, limit) {
    const input = make("input", { type: "number", step: "any", min: 0, inputmode: "decimal", value: limit.value, "data-limit": limit.severity, "aria-label": `${T.t(`severity.${limit.severity}`)}, ${unitWords(rule.unit)}`, disabled: !rule.dry_run });
    return make("tr", {}, make("th", { scope: "row" }, severity(limit.severity, 18), T.t(`severity.${limit.severity}`)), make("td", { class: "r" }, input), make("td", { class: "u" }, unitWords(rule.unit)), make("td", { class: "src" }, source(limit.source)));
  }
  function delayRow(rule, name) {
    const share = name === "hysteresis", input = () => make("input", { type: "number", step: "any", min: 0, inputmode: "decimal", value: rule[name], "data-limit": name, "aria-label": T.t(`adv.rules.${name}`), disabled: !rule.dry_run });
    return make("tr", {}, make("th", { scope: "row" }, T.t(`adv.rules.${name}`)), make("td", { class: "r" }, share ? figure(100 * rule[name]) : input()), make("td", { class: "u" }, share ? "%" : T.t("unit.s")), make("td", { class: "src" }, T.t(`adv.rules.${name}.why`)));
  }
  const conditionRow = (row) => make("tr", {}, make("th", { scope: "row" }, T.said("adv.rules.condition", row.key)), make("td", { class: "r" }, figure(row.value)), make("td", { class: "u" }, unitWords(row.unit)), make("td", { class: "src" }, source(row.source)));
  /* What single zones have of their own: only what differs from the rule. */
  function overrides(rule, site) {
    const list = Object.entries(rule.overrides || {});
    if (!list.length) return make("p", { class: "sub" }, T.t("adv.rules.noOverrides"));
    return make("table", { class: "rt" }, make("tbody", {}, ...list.map(([id, own]) => {
      const found = site.zones.find((z) => z.id === id), limits = own.limits.filter((l) => rule.limits.find((r) => r.severity === l.severity)?.value !== l.value), delays = DELAYS.filter((d) => own[d] !== rule[d]);
      const words = [...limits.map((l) => `${T.t(`severity.${l.severity}`)} ${whole(rule, l.value)}`), ...delays.map((d) => `${T.t(`adv.rules.${d}`).toLowerCase()} ${d === "hysteresis" ? `${figure(100 * own[d])}\u00a0%` : `${figure(own[d])}\u00a0${T.t("unit.s")}`}`)];
      return make("tr", {}, make("th", { scope: "row" }, found ? T.label(found) : id), make("td", {}, words.join(T.language === "ja" ? "、" : ", ")), make("td", { class: "src" }, limits.length ? source(limits[0].source) : ""));
    })));
  }
  const zonesFor = (rule, site) => site.zones.filter((z) => (rule.zones || []).includes(z.id));
  /* A dry run's answer as one list of firings, oldest first. */
  function together(answer) {
    const fired = answer.zones.flatMap((z) => z.firings.map((f) => ({ ...f, zone: z.zone }))).sort((x, y) => x.began - y.began);
    return { ...answer, list: fired, minutes: answer.zones.reduce((sum, z) => sum + z.minutes, 0), missing: answer.zones.reduce((sum, z) => sum + z.missing, 0) };
  }
  /* What a dry run told, in words and on a line of the day. */
  function told(rule, site) {
    if (busy) return make("p", { class: "sub" }, T.t("adv.dry.busy"));
    if (wrong) return make("p", { class: "bad", role: "alert" }, wrong);
    if (!result) return make("p", { class: "sub" }, T.t("adv.dry.hint"));
    const name = (id) => { const z = site.zones.find((found) => found.id === id); return z ? T.label(z) : id; };
    const times = result.list.slice(0, SHOWN_TIMES), more = result.list.length - times.length, known = result.minutes + result.missing ? Math.round((100 * result.minutes) / (result.minutes + result.missing)) : 0;
    return make("div", { class: "told", role: "status" },
      make("p", { class: "verdict" }, make("b", {}, T.t(result.list.length ? "adv.dry.fired" : "adv.dry.never", { n: result.list.length })), make("span", { class: "sub" }, ` ${T.t("adv.dry.before", { n: T.count(result.fired_now) })}`)),
      day(result), make("p", { class: "sub" }, `${source(result.coarse)} ${T.t("adv.dry.known", { percent: known })}`),
      times.length ? make("table", { class: "rt" }, make("thead", {}, make("tr", {}, ...["when", "where", "worst", "peak", "lasted"].map((k) => make("th", { scope: "col", class: k === "peak" || k === "lasted" ? "r" : null }, T.t(`adv.dry.${k}`))))),
        make("tbody", {}, ...times.map((f) => make("tr", {}, make("td", {}, T.clock(f.began, false)), make("td", {}, name(f.zone)), make("td", {}, severity(f.severity, 16), " ", T.t(`severity.${f.severity}`)), make("td", { class: "r" }, whole(rule, f.peak)), make("td", { class: "r" }, f.ended == null ? T.t("adv.dry.open") : span(f.ended - f.began)))))) : "",
      more > 0 ? make("p", { class: "sub" }, T.t("advisories.more", { n: more })) : "");
  }
  function day(told) {
    const { since, until } = told, w = Math.max(280, byId("rules").clientWidth - 74), X = (at) => 4 + ((at - since) / (until - since || 1)) * (w - 8);
    const svg = make("svg", { class: "ch dayline", viewBox: `0 0 ${w} 44`, role: "img", "aria-label": T.t("adv.dry.twin", { n: told.list.length, from: T.clock(since, false), to: T.clock(until, false) }) }, make("path", { class: "base", d: `M4 22H${w - 4}` }));
    for (let i = 0; i <= 4; i++) { const at = since + ((until - since) * i) / 4; svg.append(make("text", { x: X(at), y: 40, "text-anchor": i === 0 ? "start" : i === 4 ? "end" : "middle" }, T.clock(at, false))); }
    for (const f of told.list) svg.append(make("rect", { class: `fired ${f.severity}`, x: X(f.began), y: 8, width: Math.max(3, X(f.ended ?? until) - X(f.began)), height: 14, rx: 1.5 }));
    return svg;
  }
  /* The lines for site.toml: what the tried limits would be there. */
  function toml(rule) {
    const own = changed(rule), key = `${rule.id}${zone ? `.${zone}` : ""}`;
    return Object.keys(own).length ? `[limits.${/[.]/.test(key) ? `"${key}"` : key}]\n${Object.entries(own).map(([k, v]) => `${k} = ${v}`).join("\n")}` : "";
  }
  /* Only what differs goes into a dry run, so that the limits of single zones stay theirs. */
  function changed(rule) {
    const before = (key) => (SEVERITIES.includes(key) ? rule.limits.find((l) => l.severity === key)?.value : rule[key]);
    return Object.fromEntries([...byId("rules").querySelectorAll("[data-limit]")].filter((node) => node.value !== "" && Number(node.value) !== before(node.dataset.limit)).map((node) => [node.dataset.limit, Number(node.value)]));
  }

  function inOrder(rule) {
    const values = SEVERITIES.map((name) => byId("rules").querySelector(`[data-limit=${name}]`)).filter((node) => node && node.value !== "").map((node) => (rule.is_falling ? -1 : 1) * Number(node.value));
    return values.every((value, i) => i === 0 || value > values[i - 1]);
  }

  /* does: {dryRun(rule, zone, limits)}: the interface's answer, or an error with words. */
  function render(rule, site, does, failed) {
    const box = byId("rules");
    if (!rule) { box.replaceChildren(make("p", { class: "quietly" }, failed ? T.t("adv.rules.failed") : "…")); shown = null; return; }
    const key = `${rule.id} ${T.language}`;
    if (shown === key) return;
    shown = key; result = null; wrong = ""; busy = false; zone = "";
    const answer = make("div", { class: "dry-told" }), lines = make("div", { class: "toml" });
    const redraw = () => {
      answer.replaceChildren(told(rule, site));
      const text = result ? toml(rule) : "";
      lines.replaceChildren(...(text ? [make("p", {}, T.t("adv.dry.toml")), make("pre", {}, text), make("button", { type: "button", class: "btn", onclick: () => navigator.clipboard?.writeText(text) }, T.t("adv.dry.copy"))] : []));
    };
    const run = async () => {
      result = null; wrong = inOrder(rule) ? "" : T.t(rule.is_falling ? "adv.dry.falls" : "adv.dry.rises");
      if (wrong) { redraw(); return; }
      busy = true; redraw();
      try { result = together(await does.dryRun(rule, zone || null, changed(rule))); } catch (error) { result = null; wrong = error.words || T.t("adv.dry.failed"); }
      busy = false; redraw();
    };
    const pick = make("select", { id: "dry-zone" }, make("option", { value: "" }, T.t("adv.dry.all")), ...zonesFor(rule, site).map((z) => make("option", { value: z.id }, T.label(z))));
    pick.addEventListener("change", () => { zone = pick.value; });
    box.replaceChildren(make("header", { class: "rhead" }, make("h2", {}, named(rule.id)), make("p", { class: "sub" }, make("code", {}, rule.id), ` · ${T.said("adv.measure", rule.measure)}`)),
      make("section", { class: "card" }, make("h3", {}, T.t("adv.rules.limits")), make("form", { id: "dry-form" },
        make("table", { class: "rt limits" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, T.t("adv.rules.severity")), make("th", { scope: "col", class: "r" }, T.t(rule.is_falling ? "adv.rules.downTo" : "adv.rules.from")), make("th", {}), make("th", { scope: "col", class: "src" }, T.t("adv.rules.source")))),
          make("tbody", {}, ...rule.limits.map((l) => limitRow(rule, l)), ...DELAYS.filter((d) => rule[d] != null).map((d) => delayRow(rule, d)), ...(rule.conditions || []).map(conditionRow))),
        rule.dry_run ? make("div", { class: "dry" }, make("label", {}, T.t("adv.dry.where"), pick), make("button", { type: "submit", class: "btn pri" }, T.t("adv.dry.run"))) : make("p", { class: "sub" }, T.t("adv.dry.cannot"))), answer, lines),
      make("section", { class: "card" }, make("h3", {}, T.t("adv.rules.overrides")), overrides(rule, site)));
    byId("dry-form").addEventListener("submit", (event) => { event.preventDefault(); if (rule.dry_run) run(); });
    if (rule.dry_run) redraw();
  }
  root.MallRules = { rows, render, severityWord };
})(window);
