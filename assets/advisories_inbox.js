/* The list at the left: open advisories, what was closed today, and what today came to. Exposes MallInbox. */
(function (root) {
  "use strict";
  const REPORTED = new Set(["incident", "fire-alarm", "exit-closed"]); // they end because somebody, or a contact, says so
  const T = root.MallText, { make, severity, put, byId } = root.MallFrame;
  const OPEN = new Set(["new", "acknowledged", "in_progress"]);
  const isOpen = (a) => OPEN.has(a.status), person = (by) => (by || "").replace(/^console:/, "");
  const words = (a, what) => T.bind((a[what] && (a[what][T.language] || a[what].en)) || "");
  /* A measured span of time, "2:05" or "1:02:05". */
  function span(seconds) {
    const s = Math.max(0, Math.round(seconds)), two = (n) => String(n).padStart(2, "0");
    return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
  }
  const dot = () => (T.language === "ja" ? "・" : " · ");

  const likely = (band) => (Array.isArray(band) ? band[1] : band);
  /* What a chosen option did: the latest measured change against the predicted one, as shares; null while nothing is measured.
     It worked where the place is below its limit or not beyond what was predicted at most; in part where it did better than no action. */
  function effectOf(advisory) {
    const start = advisory.chosen?.prediction?.likely?.[0], known = (advisory.effects || []).filter((e) => e.measured != null && e.predicted != null);
    const effect = [...known].sort((a, b) => a.after_min - b.after_min).pop();
    if (!effect || !start) return null;
    const { measured, predicted } = effect, limit = advisory.chosen.limit, bare = likely(effect.no_action) ?? start;
    const how = (limit != null && measured < limit) || measured <= predicted[2] ? "worked" : measured < Math.min(bare, start) ? "partly" : "failed";
    return { key: advisory.chosen.option || advisory.chosen.key || "", change: measured / start - 1, expected: likely(predicted) / start - 1, how };
  }
  const percent = (share) => `${share > 0 ? "+" : ""}${T.decimal(Math.round(100 * share), 0)}\u00a0%`;
  const endOf = (a) => a.resolved_at || a.ended_at || a.updated_at;

  function line(advisory, site, now) {
    const level = (site.levels.find((l) => l.id === advisory.level) || {}).label || advisory.level;
    if (isOpen(advisory)) return [level, standing(advisory, now)].filter(Boolean).join(dot());
    const effect = effectOf(advisory);
    if (effect) return T.t(`adv.effect.${effect.how}`, { key: effect.key, measured: percent(effect.change), predicted: percent(effect.expected) });
    if (advisory.chosen) return T.t("adv.effect.none", { key: advisory.chosen.option || "" });
    if (advisory.status === "expired") return T.t("adv.end.expired");
    const took = T.t("adv.duration", { time: span(endOf(advisory) - advisory.raised_at) });
    return advisory.ended_by && advisory.ended_by !== "engine" ? T.t("adv.end.by", { name: person(advisory.ended_by), time: took }) : T.t(REPORTED.has(advisory.rule) ? "adv.end.told" : "adv.end.itself", { time: took });
  }
  /* Who has it, for how long nobody has. */
  function standing(advisory, now) {
    if (advisory.silenced_until > now) return T.t("adv.silencedUntil", { time: T.clock(advisory.silenced_until, false) });
    if (advisory.status === "in_progress") return T.t("adv.with", { name: person(advisory.assigned_to || advisory.acknowledged_by) });
    if (advisory.status === "acknowledged") return advisory.assigned_to ? T.t("adv.assigned", { name: person(advisory.assigned_to) }) : T.t("advisories.acknowledged", { name: person(advisory.acknowledged_by) });
    return T.t("adv.unack", { time: span(now - advisory.raised_at) });
  }
  function item(advisory, site, chosen, now, pick) {
    const done = !isOpen(advisory);
    return make("button", { type: "button", class: `it${done ? " done" : ""}`, "data-id": advisory.id, "aria-current": advisory.id === chosen ? "true" : null, onclick: () => pick(advisory.id) },
      severity(advisory.severity, 22), make("b", {}, words(advisory, "title")), make("span", { class: "tm" }, T.clock(advisory.raised_at, false)),
      make("span", { class: "s" }, advisory.exercise ? make("span", { class: "ex" }, T.t("adv.exercise")) : null, make("span", { class: "st" }, line(advisory, site, now))));
  }

  /* Today in one line: how fast people answered, and how often what was done worked. */
  function today(all) {
    const real = all.filter((a) => !a.exercise), waits = real.filter((a) => a.acknowledged_at).map((a) => a.acknowledged_at - a.raised_at).sort((a, b) => a - b);
    const effects = real.map(effectOf).filter(Boolean), worked = effects.filter((e) => e.how === "worked").length;
    const parts = [waits.length && T.t("adv.today.answer", { time: span(waits.length % 2 ? waits[waits.length >> 1] : (waits[waits.length / 2 - 1] + waits[waits.length / 2]) / 2) }),
      effects.length && T.t("adv.today.worked", { some: worked, n: effects.length })].filter(Boolean);
    return parts.length ? T.t("adv.today", { list: parts.join(dot()) }) : "";
  }

  let drawn = "";
  /* open, closed: advisories; rules: rows or null; failed: the closed ones could not be read. */
  function render({ tab, open, closed, failed, rules, chosen, site, now, at, pick, pickRule, rule }) {
    const box = byId("inbox-list");
    for (const [key, count] of [["open", at ? open.length : null], ["today", closed ? open.filter((a) => isToday(a, now)).length + closed.length : null], ["rules", rules ? rules.length : null]]) {
      put(byId(`count-${key}`), count == null || (key === "rules") ? "" : T.count(count));
      const button = byId(`tab-${key}`);
      button.setAttribute("aria-selected", String(key === tab)); button.tabIndex = key === tab ? 0 : -1; button.classList.toggle("on", key === tab);
    }
    put(byId("inbox-foot"), tab === "rules" ? T.t("adv.rules.foot") : today([...open, ...(closed || [])]));
    const key = JSON.stringify([tab, T.language, chosen, rule, !!at, failed, open.map((a) => [a.id, a.version, a.status]), closed?.map((a) => [a.id, a.version]), tab === "rules" && rules?.map((r) => r.id)]);
    if (key !== drawn) {
      drawn = key;
      const held = box.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      box.replaceChildren(...(tab === "rules" ? ruleItems(rules, rule, pickRule) : items(tab, open, closed, failed, chosen, site, now, at, pick)));
      if (held) box.querySelector(`[data-id="${CSS.escape(held)}"]`)?.focus();
    }
    for (const advisory of tab === "rules" ? [] : open) put(box.querySelector(`[data-id="${CSS.escape(advisory.id)}"] .st`), line(advisory, site, now));
  }
  const day = (unix) => new Intl.DateTimeFormat("sv-SE", { timeZone: T.page.timezone }).format(new Date(unix * 1000));
  const isToday = (advisory, now) => day(advisory.raised_at) === day(now);
  function items(tab, open, closed, failed, chosen, site, now, at, pick) {
    const list = tab === "open" ? open : open.filter((a) => isToday(a, now));
    const group = (name) => make("h3", { class: "grp" }, T.t(name)), rows = (all) => all.map((a) => item(a, site, chosen, now, pick));
    const calm = !list.length && (tab === "open" || !closed?.length) ? [make("p", { class: "calm3" }, at ? T.t(tab === "open" ? "adv.calm" : "adv.noneToday") : "…")] : [];
    const wrong = failed ? [make("p", { class: "calm3 bad", role: "alert" }, T.t("adv.closed.failed"))] : [];
    const past = closed?.length ? [group("adv.closedToday"), ...rows([...closed].sort((a, b) => endOf(b) - endOf(a)))] : [];
    return [...calm, ...rows(list), ...wrong, ...past];
  }
  function ruleItems(rules, chosen, pick) {
    if (!rules) return [make("p", { class: "calm3" }, "…")];
    return rules.map((rule) => make("button", { type: "button", class: "it rule", "data-id": rule.id, "aria-current": rule.id === chosen ? "true" : null, onclick: () => pick(rule.id) },
      make("b", {}, rule.name), make("span", { class: "s" }, rule.summary)));
  }
  root.MallInbox = { render, isOpen, words, span, person, effectOf, likely, percent, dot, endOf };
})(window);
