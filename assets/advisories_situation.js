/* The bar over one advisory: what it is, how far its life has come, who has it, and what may be done with it. Exposes MallSituation. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, icon, severity, byId } = root.MallFrame, { words, span, person, isOpen, dot, endOf } = root.MallInbox;
  const NOTE_MOST = 300, NAME_MOST = 40, SILENCE_MIN = [5, 10, 30, 60, 120, 480];
  const SILENCE_MOST_MIN = { watch: 480, warn: 120, act: 30, clear: 10 }; // the interface refuses what a site sets lower
  // action -> [icon, statuses in which it makes sense]
  const ACTIONS = {
    acknowledge: ["check", ["new"]], start: ["right", ["acknowledged"]], assign: ["person", ["new", "acknowledged", "in_progress"]],
    note: ["note", ["new", "acknowledged", "in_progress"]], silence: ["belloff", ["new", "acknowledged", "in_progress"]], resolve: ["close", ["acknowledged", "in_progress", "new"]],
  };
  const STEPS = ["new", "acknowledged", "in_progress", "resolved"];
  let kind = null, formOf = null; // which form is open, and for which advisory

  /* Steps of its life, with the time each was reached; the one it stands at counts up. */
  function steps(advisory, now) {
    const last = advisory.status === "expired" ? "expired" : "resolved", at = { new: advisory.raised_at, acknowledged: advisory.acknowledged_at, in_progress: advisory.started_at, [last]: isOpen(advisory) ? null : endOf(advisory) };
    const who = { acknowledged: advisory.acknowledged_by, in_progress: advisory.assigned_to, [last]: advisory.ended_by === "engine" ? null : advisory.ended_by };
    return [...STEPS.slice(0, 3), last].map((step) => {
      const here = step === advisory.status, name = here || at[step] ? person(who[step]) : "";
      const time = here && isOpen(advisory) && at[step] ? span(now - at[step]) : at[step] ? T.clock(at[step], false) : "";
      const css = [here && "on", at[step] && !here && "past", here && isOpen(advisory) && advisory.severity].filter(Boolean).join(" ");
      return make("li", { class: css || null, "aria-current": here ? "step" : null }, make("i", {}), [T.t(`adv.step.${step}`), [time, name].filter(Boolean).join(T.language === "ja" ? "・" : ", ")].filter(Boolean).join(" "));
    });
  }
  function under(advisory, now) {
    const notes = advisory.notes || [], note = notes.at(-1), lines = [];
    if (advisory.assigned_to && isOpen(advisory) && advisory.status !== "in_progress") lines.push([icon("person", 14), T.t("adv.assigned", { name: person(advisory.assigned_to) })]);
    if (advisory.silenced_until > now && isOpen(advisory)) lines.push([icon("belloff", 14), T.t("adv.silenced", { time: T.clock(advisory.silenced_until, false), name: person(advisory.silenced_by), reason: advisory.silence_reason || "–" })]);
    if (advisory.raised_count > 1) lines.push([icon("stale", 14), T.t("adv.again", { n: advisory.raised_count })]);
    if (advisory.escalated_at && advisory.status === "new") lines.push([icon("up", 14), T.t("adv.escalated", { time: T.clock(advisory.escalated_at, false) })]);
    if (note) lines.push([icon("note", 14), `${T.clock(note.at, false)} ${person(note.by)}${T.language === "ja" ? "：" : ": "}${note.text}`, notes.length > 1 ? T.t("adv.moreNotes", { n: notes.length - 1 }) : ""]);
    return lines.map(([mark, text, more]) => make("p", { class: "ln" }, mark, make("span", {}, text), more ? make("span", { class: "sub" }, more) : null));
  }
  let drawn = "";
  /* does: {act(kind), dismiss()}; failure: why the last action was not saved; busy: an action is on its way. */
  function render(advisory, { now, site, does, failure, busy, phoneWhy }) {
    const box = byId("situation"), key = JSON.stringify([T.language, advisory.id, advisory.version, advisory.status, failure, busy, kind, advisory.silenced_until > now, phoneWhy]);
    if (key === drawn) { // only what counts up
      const list = box.querySelector(".steps");
      list?.replaceChildren(...steps(advisory, now));
      return;
    }
    drawn = key;
    const held = box.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const open = isOpen(advisory), level = (site.levels.find((l) => l.id === advisory.level) || {}).label || advisory.level;
    const buttons = Object.entries(ACTIONS).filter(([, [, when]]) => when.includes(advisory.status)).map(([name, [symbol]]) =>
      make("button", { type: "button", class: `btn${kind === name ? " on" : ""}`, "data-act": name, disabled: busy, "aria-expanded": name === "acknowledge" || name === "start" ? null : String(kind === name), onclick: () => does.act(name) }, icon(symbol, 16), T.t(`adv.act.${name}`)));
    box.replaceChildren(
      severity(advisory.severity, 34),
      make("div", { class: "what" }, make("h2", {}, words(advisory, "title"), make("span", { class: "lv" }, level), advisory.exercise ? make("span", { class: "tag sim" }, T.t("adv.exercise")) : null),
        make("p", { class: "short" }, phoneWhy), make("ol", { class: "steps", "aria-label": T.t("adv.life") }, ...steps(advisory, now)), ...under(advisory, now)),
      make("div", { class: "acts" }, ...(open ? buttons : [make("span", { class: "sub over" }, T.t("adv.over"))]),
        make("button", { type: "button", class: `iconbtn${kind === "log" ? " on" : ""}`, "data-act": "log", "aria-expanded": String(kind === "log"), "aria-label": T.t("adv.log"), title: T.t("adv.log"), onclick: () => does.log() }, icon("clock", 18))),
      failure ? make("div", { class: "failed", role: "alert" }, make("p", {}, T.t("advisories.failed", { reason: failure })),
        make("button", { type: "button", class: "iconbtn", "aria-label": T.t("advisories.dismiss"), onclick: does.dismiss }, icon("close", 16))) : "");
    if (held) box.querySelector(`[data-act="${held}"]`)?.focus();
  }

  // --- the small form of an action
  const field = (label, input) => make("label", {}, T.t(label), input);
  const line = (id, most, extra = {}) => make("input", { id, maxlength: most, required: true, autocomplete: "off", ...extra });
  const FORMS = {
    assign: () => [field("adv.form.assignee", line("form-name", NAME_MOST, { autocomplete: "name" }))],
    note: () => [field("adv.form.note", line("form-text", NOTE_MOST))],
    silence: ({ severity: worst }) => [field("adv.form.reason", line("form-text", NOTE_MOST)),
      field("adv.form.until", make("select", { id: "form-minutes" }, ...SILENCE_MIN.filter((n) => n <= SILENCE_MOST_MIN[worst]).map((n) => make("option", { value: n, selected: n === Math.min(30, SILENCE_MOST_MIN[worst]) }, T.t("adv.form.minutes", { n })))))],
    resolve: () => [field("adv.form.why", line("form-text", NOTE_MOST))],
  };
  const value = (id) => byId(id)?.value.trim();
  const BODIES = {
    assign: () => ({ to: value("form-name") }), note: () => ({ text: value("form-text") }),
    silence: () => ({ reason: value("form-text"), minutes: Number(value("form-minutes")) }), resolve: () => ({ why: value("form-text") }),
  };
  /* Open the form of an action, or close it where it is open; send(body) once it is filled in. */
  function open(name, advisory, { send, closed }) {
    if (kind === name && formOf === advisory.id) { close(); closed(); return; }
    kind = name; formOf = advisory.id;
    const box = byId("action-box");
    box.replaceChildren(make("form", { class: "aform", "aria-label": T.t(`adv.act.${name}`) }, ...FORMS[name](advisory),
      make("div", { class: "acts" }, make("button", { type: "submit", class: "btn" }, T.t(`adv.send.${name}`)), make("button", { type: "button", class: "btn quiet", onclick: () => { close(); closed(); } }, T.t("name.cancel"))),
      make("p", { class: "sub" }, T.t(`adv.hint.${name}`))));
    box.hidden = false;
    box.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const body = BODIES[name]();
      if (Object.values(body).every((v) => v !== "" && v != null)) send(body);
    });
    box.querySelector("input").focus();
  }
  /* What was done and by whom, oldest first: from the audit. entries: null while they are read, an error's words, or rows. */
  function log(advisory, entries, { closed }) {
    if (kind === "log" && formOf === advisory.id && entries === null) { close(); closed(); return; }
    kind = "log"; formOf = advisory.id;
    const box = byId("action-box"), row = (entry) => make("li", {}, make("time", {}, T.clock(entry.at)), make("b", {}, person(entry.who)), make("span", {}, deed(entry)));
    box.replaceChildren(make("section", { class: "log", "aria-label": T.t("adv.log") }, entries === null ? make("p", { class: "sub" }, "…") : typeof entries === "string" ? make("p", { class: "bad", role: "alert" }, entries)
      : entries.length ? make("ol", {}, ...entries.map(row)) : make("p", { class: "sub" }, T.t("adv.log.none"))));
    box.hidden = false;
  }
  /* An audit entry in words: what was done, to whom, and what was said. */
  function deed({ what, more = {} }) {
    const verb = what.replace(/^(advisory|option) /, ""), option = more.option ? `${more.option}${more.title ? ` (${more.title})` : ""}` : "";
    return [T.said("did", verb), verb === "changed" && more.severity ? T.t(`severity.${more.severity}`) : "", more.to, option, more.text || more.why || more.reason].filter(Boolean).join(T.language === "ja" ? "：" : ": ");
  }
  function close() {
    if (!kind) return false;
    kind = formOf = null; byId("action-box").hidden = true; byId("action-box").replaceChildren();
    return true;
  }
  root.MallSituation = { render, open, log, close, forms: new Set(Object.keys(FORMS)), canDo: (name, a) => ACTIONS[name][1].includes(a.status), get formOf() { return formOf; }, dot };
})(window);
