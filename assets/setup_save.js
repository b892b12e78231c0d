/* Saving, taking back the last save, somebody else's save, and leaving with unsaved changes. Exposes MallSetup.Saving. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make, put, byId } = root.MallFrame, P = S.panel;

  class Saving {
    constructor(D) {
      this.D = D; this.refusal = null; this.done = ""; this.isBusy = false;
      const on = (id, act) => byId(id).addEventListener("click", () => act.call(this));
      on("save", this.ask); on("save-yes", this.save); on("undo-save", this.askUndo); on("undo-yes", this.undo); on("conflict-keep", this.keep); on("conflict-drop", this.drop);
      for (const dialog of ["save", "undo", "conflict", "close"]) byId(`${dialog}-no`).addEventListener("click", () => byId(`${dialog}-dialog`).close());
      root.addEventListener("beforeunload", (event) => { if (D.draft?.isChanged) event.preventDefault(); });
    }
    _nameOf(camera) { return this.D.site.cameras.find((row) => row.id === camera)?.label || camera; }
    /* One line a change, in words. */
    lines(changes) {
      const count = (part, value) => (part === "calibration" ? value?.image_points.length || 0 : value.length), cameras = changes.filter((c) => c.camera), features = changes.filter((c) => !c.camera);
      const ofCamera = cameras.map(({ camera, part, before, after }) => {
        const name = this._nameOf(camera), values = { name, before: part.startsWith("label") ? before || "–" : count(part, before), after: part.startsWith("label") ? after || "–" : count(part, after) };
        return T.t(!part.startsWith("label") && values.before === values.after ? `setup.change.${part}.same` : `setup.change.${part}`, values);
      });
      return [...ofCamera, ...features.map(({ feature, kind, how }) => T.t(`setup.change.${how}`, { kind: T.t(`setup.zone.kindOne.${kind}`), name: feature }))];
    }
    ask() {
      const { draft } = this.D, half = draft.halfPairs, errors = this.D.problems.filter((p) => p.severity === "error").length;
      byId("save-list").replaceChildren(...this.lines(draft.changes()).map((text) => make("li", {}, text)));
      const notes = [half ? T.t("setup.save.half", { n: half }) : "", errors ? T.t("setup.save.errors", { n: errors }) : ""].filter(Boolean);
      byId("save-note").hidden = !notes.length; put(byId("save-note"), notes.join(" "));
      byId("save-dialog").showModal();
    }
    async _call(call) {
      if (this.isBusy) return null;
      this.isBusy = true; this.refusal = null; this.done = ""; this.draw();
      try { return await call(); } catch (error) {
        if (!(error instanceof S.api.Refusal)) throw error;
        if (error.status === 409) await this._conflict(error); else if (error.status !== 401) { this.refusal = error; this.D.refused(error.problems); }
        return null;
      } finally { this.isBusy = false; this.draw(); }
    }
    async save() {
      byId("save-dialog").close();
      const { D } = this, sent = D.draft.now, body = { ...D.draft.saving(D.sizes()), who: D.session.who };
      const answer = await this._call(() => S.api.save(body));
      if (!answer) return;
      D.draft.saved(answer, sent);
      const odd = (answer.problems || []).map((p) => p.text[T.language] || p.text.en);
      this.done = [T.t("setup.saved", { time: T.clock(Date.now() / 1000) }), ...(odd.length ? [T.t("setup.saved.odd"), ...odd] : [])].join(" ");
      S.say(this.done); this.draw();
    }
    askUndo() {
      const { undo } = this.D.site;
      if (!undo) return;
      put(byId("undo-words"), T.t("setup.undo.words", { what: undo.what, who: undo.who, time: whenTold(undo.at) }));
      byId("undo-dialog").showModal();
    }
    async undo() {
      byId("undo-dialog").close();
      const answer = await this._call(() => S.api.undo(this.D.site.version));
      if (!answer) return;
      await this._reload((site) => this.D.draft.rebase(site));
      this.done = T.t("setup.undone", { what: answer.undone });
      S.say(this.done); this.draw();
    }

    // --- somebody else saved in between
    async _conflict(refusal) {
      try { this.newer = await S.api.site(); } catch (error) { if (!(error instanceof S.api.Refusal)) throw error; this.refusal = error; return; }
      const { undo } = this.newer;
      put(byId("conflict-words"), undo ? T.t("setup.conflict.words", { who: undo.who, what: undo.what, time: whenTold(undo.at) }) : refusal.words);
      byId("conflict-dialog").showModal();
    }
    keep() {
      byId("conflict-dialog").close();
      const clashes = this.D.draft.rebase(this.newer);
      this.done = clashes.length ? T.t("setup.conflict.clashes", { what: clashes.map((c) => (c.camera ? `${this._nameOf(c.camera)}: ${T.t(`setup.part.${c.part}`)}` : c.feature)).join(T.language === "ja" ? "、" : ", ") }) : T.t("setup.conflict.kept");
      S.say(this.done); this.D.reloaded();
    }
    drop() { byId("conflict-dialog").close(); this.D.draft.discard(this.newer); this.done = T.t("setup.conflict.dropped"); S.say(this.done); this.D.reloaded(); }
    async _reload(turn) {
      try { turn(await S.api.site()); this.D.reloaded(); } catch (error) { if (!(error instanceof S.api.Refusal)) throw error; this.refusal = error; }
    }

    draw() {
      const { draft } = this.D;
      if (!draft) return;
      const n = draft.changes().length, told = byId("save-told");
      byId("save").closest(".savebar").classList.toggle("has-changes", n > 0);
      byId("save").disabled = !n || this.isBusy;
      put(byId("save").querySelector("[data-t]"), T.t(this.isBusy ? "setup.save.saving" : "setup.save.save"));
      put(byId("save-count"), n ? T.t("setup.save.count", { n }) : T.t("setup.save.nothing"));
      byId("undo-save").hidden = !draft.site.undo; byId("undo-save").disabled = this.isBusy;
      byId("undo-edit").disabled = !draft.past.length; byId("redo-edit").disabled = !draft.future.length;
      told.hidden = !this.refusal && !this.done; told.className = this.refusal ? "refused" : "done";
      if (this.refusal) told.setAttribute("role", "alert"); else told.removeAttribute("role");
      put(told, this.refusal ? `${T.t("setup.save.failed")} ${this.refusal.words}` : this.done);
    }
  }
  function whenTold(text) { const unix = Date.parse(text) / 1000; return Number.isFinite(unix) ? `${T.date(unix)} ${T.clock(unix)}` : text; }
  S.Saving = Saving;
})(window);
