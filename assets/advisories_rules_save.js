/* Saving the limits of a rule: one question with name and reason, before and after side by side, and then when it is in effect.
   Exposes MallRuleSave. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, byId } = root.MallFrame;
  const LOOK_EVERY_MS = 1000, LATE_S = 45, LONGEST_NAME = 40, LONGEST_WHY = 200;
  let last = null; // {rule, zone, version, before, at, shown, phase: "waiting" | "live" | "late" | "refused" | "nothing", words}

  const remembered = () => { try { return localStorage.getItem("mall.name") || ""; } catch (error) { return ""; } };
  function remember(name) { try { localStorage.setItem("mall.name", name); } catch (error) { /* not kept */ } }

  /* What became of the last save of this rule. */
  function tell(rule, box, takeBack) {
    if (last?.rule !== rule.id || box.dataset.rule !== rule.id) return;
    const { phase, at, before, words } = last, bad = phase === "late" || phase === "refused";
    const text = { waiting: T.t("adv.save.waiting"), live: at && T.t("adv.save.live", { time: T.clock(at) }), late: T.t("adv.save.late", { n: LATE_S }), nothing: T.t("adv.save.none"), refused: words }[phase];
    const undo = phase === "live" && Object.keys(before).length > 0 && Object.values(before).every((value) => value != null);
    box.replaceChildren(make("p", { class: bad ? "bad" : null, role: bad ? "alert" : "status" }, text), undo ? make("button", { type: "button", class: "btn", id: "save-back", onclick: () => takeBack(before) }, T.t("adv.save.back")) : "");
  }
  function live() { Object.assign(last, { phase: "live", at: last.at ?? root.MallFrame.now() }); }
  /* True once, when the stack runs on what was saved last: what was typed is what holds then. */
  function isLive(rule) {
    if (last?.rule !== rule.id || !last.version || rule.version !== last.version || last.shown) return false;
    live();
    last.shown = true;
    return true;
  }
  const zoneOf = (rule) => (last?.rule === rule.id ? last.zone || "" : "");

  /* Read the rules again until the stack tells the version that was saved; its web process is exchanged meanwhile. */
  async function watch(s) {
    const began = performance.now(), mine = last;
    while (last === mine && last.phase === "waiting") {
      if (performance.now() - began > 1000 * LATE_S) { last.phase = "late"; tell(s.rule, byId("save-told") || s.box, s.takeBack); return; }
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
      const rules = await s.does.reread();
      if (last === mine && rules?.some((row) => row.id === last.rule && row.version === last.version)) live();
    }
  }
  /* s: {rule, zone, limits, title, where, changes: [words, now, then], does, box, takeBack} */
  function ask(s) {
    const end = (told) => { last = { rule: s.rule.id, zone: s.zone, ...told }; tell(s.rule, byId("save-told") || s.box, s.takeBack); };
    if (!s.changes.length) { end({ phase: "nothing" }); return; }
    const dialog = byId("save-dialog"), alert = make("p", { class: "bad", role: "alert", hidden: true });
    const input = (id, words, more) => make("label", {}, T.t(words), make("input", { id, required: true, ...more }));
    const yes = make("button", { type: "submit", class: "btn pri", id: "save-yes" }, T.t("adv.save.yes")), form = make("form", {}, make("h2", {}, T.t("adv.save.title")), make("p", {}, `${s.title}${root.MallInbox.dot()}${s.where}`),
      make("table", { class: "rt" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, T.t("adv.save.limit")), make("th", { scope: "col", class: "r" }, T.t("adv.save.now")), make("th", { scope: "col", class: "r" }, T.t("adv.save.then")))),
        make("tbody", {}, ...s.changes.map(([words, now, then]) => make("tr", {}, make("th", { scope: "row" }, words), make("td", { class: "r" }, now), make("td", { class: "r" }, make("b", {}, then)))))),
      input("save-name", "name.label", { value: remembered(), maxlength: LONGEST_NAME, autocomplete: "name" }), input("save-why", "adv.save.why", { maxlength: LONGEST_WHY, autocomplete: "off" }),
      make("p", { class: "sub" }, T.t("adv.save.note")), alert, make("div", { class: "acts" }, make("button", { type: "button", class: "btn", onclick: () => dialog.close() }, T.t("name.cancel")), yes));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = byId("save-name").value.trim(), why = byId("save-why").value.trim();
      if (!name || !why) { byId(name ? "save-why" : "save-name").focus(); return; }
      remember(name);
      yes.disabled = true; alert.hidden = true;
      try {
        const told = await s.does.save(s.rule, { limits: s.limits, ...(s.zone ? { zone: s.zone } : {}), by: `console:${name}`, why, version: s.rule.version });
        dialog.close();
        if (told.version === s.rule.version) { end({ phase: "nothing" }); return; }
        end({ phase: "waiting", version: told.version, before: told.before });
        watch(s);
      } catch (error) {
        yes.disabled = false;
        if (error.status === 409) { dialog.close(); end({ phase: "refused", words: error.words }); s.does.reread(); return; }
        alert.hidden = false; alert.textContent = error.words || T.t("failed.silent");
      }
    });
    dialog.replaceChildren(form);
    dialog.showModal();
    byId(remembered() ? "save-why" : "save-name").focus();
  }
  root.MallRuleSave = { ask, tell, isLive, zoneOf };
})(window);
