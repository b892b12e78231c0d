/* The rules as they are, with limits, units, sources and what the site overrides; a dry run of changed limits on the last day,
   and saving them. What somebody typed stays while the rules are read again. Exposes MallRules. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, severity, byId } = root.MallFrame, { span, dot } = root.MallInbox, Save = root.MallRuleSave;
  const SEVERITIES = ["watch", "warn", "act", "clear"], DELAYS = ["on_delay_s", "off_delay_s", "hysteresis"], SHOWN_TIMES = 12;
  const typed = new Map(); // rule and zone -> {key of site.toml: text}
  let shown = null, result = null, busy = false, wrong = "", zone = "";

  const unitWords = (unit) => ({ "p/m²": T.t("unit.density"), "": "", s: T.t("unit.s"), min: T.t("unit.min"), "p/m/min": T.t("adv.unit.specific"), "p/min": T.t("adv.unit.perMin"), "m/s": "m/s" })[unit] ?? unit;
  /* One word of a severity: "clear the area" is long beside a figure. */
  const severityWord = (name) => T.t(`severity.${name}`).split(" ")[0];
  const named = (id) => { const words = T.said("adv.rule", id); return words; };
  const figure = (value) => (value == null ? "–" : T.decimal(value, Number.isInteger(value) ? 0 : value * 10 === Math.round(value * 10) ? 1 : 2));
  const isShare = (rule) => rule.unit === "" && rule.measure === "utilisation";
  const whole = (rule, value) => (isShare(rule) ? `${figure(100 * value)}\u00a0%` : `${figure(value)}${rule.unit ? `\u00a0${unitWords(rule.unit)}` : ""}`);
  /* As the inbox lists them. */
  const rows = (rules) => rules && rules.map((rule) => ({ id: rule.id, name: named(rule.id), summary: rule.limits.map((l) => `${severityWord(l.severity)} ${isShare(rule) ? Math.round(100 * l.value) : figure(l.value)}`).join(dot()) + (isShare(rule) ? "\u00a0%" : rule.unit ? `\u00a0${unitWords(rule.unit)}` : "") }));
  const source = (words) => (typeof words === "object" && words ? words[T.language] || words.en : words) || "–";

  /* A rule as it judges where somebody looks: at one zone, or everywhere. */
  const here = (rule) => ({ ...rule, ...((zone && rule.overrides?.[zone]) || {}) });
  const valueOf = (rule, key) => (SEVERITIES.includes(key) ? rule.limits.find((l) => l.severity === key)?.value : DELAYS.includes(key) ? rule[key] : rule.conditions.find((c) => c.key === key)?.value);
  const isPercent = (rule, key) => key === "hysteresis" || (isShare(rule) && SEVERITIES.includes(key)), scaleOf = (rule, key) => (isPercent(rule, key) ? 100 : 1), exact = (value) => Number(value.toPrecision(12));
  const typedHere = (rule) => typed.get(`${rule.id} ${zone}`) || {};
  function type(rule, values) { typed.set(`${rule.id} ${zone}`, { ...typedHere(rule), ...values }); }
  function field(rule, key, label) {
    const own = here(rule), input = make("input", { type: "number", step: "any", min: 0, inputmode: "decimal", value: typedHere(rule)[key] ?? exact(scaleOf(rule, key) * valueOf(own, key)), "data-limit": key, "aria-label": label, disabled: !rule.dry_run && !rule.version });
    input.addEventListener("input", () => type(rule, { [key]: input.value }));
    return input;
  }
  const row = (rule, key, head, label, unit, why) => make("tr", {}, make("th", { scope: "row" }, ...head), make("td", { class: "r" }, field(rule, key, label)), make("td", { class: "u" }, unit), make("td", { class: "src" }, why, builtIn(rule, key)));
  /* What holds where the site says nothing. */
  function builtIn(rule, key) {
    const value = rule.built_in?.[key];
    return value == null || value === valueOf(here(rule), key) ? null : `${dot()}${T.t("adv.rules.builtIn", { value: figure(exact(scaleOf(rule, key) * value)) })}`;
  }
  function limitRows(rule) {
    const own = here(rule), words = (l) => T.t(`severity.${l.severity}`), condition = (c) => T.said("adv.rules.condition", c.key), unit = (d) => (d === "hysteresis" ? "%" : T.t("unit.s"));
    return [...own.limits.map((l) => row(rule, l.severity, [severity(l.severity, 18), words(l)], `${words(l)}, ${unitWords(rule.unit)}`, isShare(rule) ? T.t("adv.rules.share") : unitWords(rule.unit), source(l.source))),
      ...DELAYS.filter((d) => own[d] != null).map((d) => row(rule, d, [T.t(`adv.rules.${d}`)], T.t(`adv.rules.${d}`), unit(d), T.t(`adv.rules.${d}.why`))),
      ...(own.conditions || []).map((c) => row(rule, c.key, [condition(c)], condition(c), unitWords(c.unit), source(c.source)))];
  }
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
      day(result), make("p", { class: "sub" }, [source(result.coarse), T.t("adv.dry.known", { percent: known }), result.is_simulated && T.t("adv.dry.simulated")].filter(Boolean).join(" ")),
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
  /* Only what differs is tried and saved, so that the limits of single zones stay theirs. */
  function changed(rule) {
    const own = here(rule), number = (node) => exact(Number(node.value) / scaleOf(rule, node.dataset.limit));
    return Object.fromEntries([...byId("rules").querySelectorAll("[data-limit]")].filter((node) => node.value !== "" && number(node) !== valueOf(own, node.dataset.limit)).map((node) => [node.dataset.limit, number(node)]));
  }
  /* What would change, in words: each key with its value now and then. */
  function changes(rule, limits) {
    const own = here(rule), words = (key) => (SEVERITIES.includes(key) ? T.t(`severity.${key}`) : DELAYS.includes(key) ? T.t(`adv.rules.${key}`) : T.said("adv.rules.condition", key));
    const unit = (key) => (isPercent(rule, key) ? "%" : SEVERITIES.includes(key) ? unitWords(rule.unit) : DELAYS.includes(key) ? T.t("unit.s") : unitWords(own.conditions.find((c) => c.key === key).unit));
    const told = (key, value) => [figure(exact(scaleOf(rule, key) * value)), unit(key)].filter(Boolean).join("\u00a0");
    return Object.entries(limits).map(([key, value]) => [words(key), told(key, valueOf(own, key)), told(key, value)]);
  }

  function inOrder(rule) {
    const values = SEVERITIES.map((name) => byId("rules").querySelector(`[data-limit=${name}]`)).filter((node) => node && node.value !== "").map((node) => (rule.is_falling ? -1 : 1) * Number(node.value));
    return values.every((value, i) => i === 0 || value > values[i - 1]);
  }

  /* does: {dryRun(rule, zone, limits), save(rule, body), reread()}: the interface's answer, or an error with words. */
  function render(rule, site, does, failed) {
    const box = byId("rules");
    if (!rule) { box.replaceChildren(make("p", { class: "quietly" }, failed ? T.t("adv.rules.failed") : "…")); shown = null; return; }
    const key = `${rule.id} ${T.language} ${rule.version}`;
    if (shown === key) return;
    if (shown?.split(" ")[0] !== rule.id) { zone = ""; result = null; wrong = ""; busy = false; }
    shown = key;
    if (Save.isLive(rule)) { typed.delete(`${rule.id} ${Save.zoneOf(rule)}`); result = null; }
    draw(rule, site, does);
  }
  function draw(rule, site, does) {
    const answer = make("div", { class: "dry-told" }), lines = make("div", { class: "toml" }), saved = make("div", { id: "save-told", "data-rule": rule.id }), rows = make("tbody", {}, ...limitRows(rule));
    const redraw = () => {
      if (rule.dry_run) answer.replaceChildren(told(rule, site));
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
    const name = () => { const found = site.zones.find((z) => z.id === zone); return found ? T.label(found) : T.t("adv.dry.all"); };
    const save = () => {
      wrong = inOrder(rule) ? "" : T.t(rule.is_falling ? "adv.dry.falls" : "adv.dry.rises");
      if (wrong) { result = null; redraw(); return; }
      const limits = changed(rule); Save.ask({ rule, zone: zone || null, limits, title: named(rule.id), where: name(), changes: changes(rule, limits), does, box: saved, takeBack });
    };
    const takeBack = (before) => {
      type(rule, Object.fromEntries(Object.entries(before).map(([k, v]) => [k, String(exact(scaleOf(rule, k) * v))])));
      rows.replaceChildren(...limitRows(rule));
      save();
    };
    const pick = make("select", { id: "dry-zone" }, make("option", { value: "" }, T.t("adv.dry.all")), ...zonesFor(rule, site).map((z) => make("option", { value: z.id, selected: z.id === zone }, T.label(z))));
    pick.addEventListener("change", () => { zone = pick.value; rows.replaceChildren(...limitRows(rule)); });
    const buttons = [rule.dry_run && make("button", { type: "submit", class: "btn pri" }, T.t("adv.dry.run")), rule.version && make("button", { type: "button", id: "rule-save", class: rule.dry_run ? "btn" : "btn pri", onclick: save }, T.t("adv.save.open"))];
    byId("rules").replaceChildren(make("header", { class: "rhead" }, make("h2", {}, named(rule.id)), make("p", { class: "sub" }, make("code", {}, rule.id), `${dot()}${T.said("adv.measure", rule.measure)}`)),
      make("section", { class: "card" }, make("h3", {}, T.t("adv.rules.limits")), make("form", { id: "dry-form" },
        make("table", { class: "rt limits" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, T.t("adv.rules.severity")), make("th", { scope: "col", class: "r" }, T.t(rule.is_falling ? "adv.rules.downTo" : "adv.rules.from")), make("th", {}), make("th", { scope: "col", class: "src" }, T.t("adv.rules.source")))), rows),
        make("div", { class: "dry" }, make("label", {}, T.t("adv.dry.where"), pick), ...buttons), rule.dry_run ? null : make("p", { class: "sub" }, `${T.t("adv.dry.cannot")} ${source(rule.why_not)}`)), saved, answer, lines),
      make("section", { class: "card" }, make("h3", {}, T.t("adv.rules.overrides")), overrides(rule, site)));
    byId("dry-form").addEventListener("submit", (event) => { event.preventDefault(); if (rule.dry_run) run(); else if (rule.version) save(); });
    Save.tell(rule, saved, takeBack);
    redraw();
  }
  root.MallRules = { rows, render, severityWord };
})(window);
