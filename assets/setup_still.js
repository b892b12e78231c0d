/* The setup still: asked for with a reason, shown while a countdown runs, then wiped from canvas and memory. Exposes MallSetup.Still.

   What is kept of it after that is no picture: its id, when it was taken, and which counts the worker had (for head counts). */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make, put, byId } = root.MallFrame, NOTED_MS = 600e3, TICK_MS = 250;
  const RETRY_MS = 1500, PATIENCE_MS = 45e3; // a site taken up exchanges the processes, and nobody answers meanwhile

  class Still {
    /* board: the picture's; camera(): its id; took(note); gone(): draw again */
    constructor(board, { camera, took, gone }) {
      Object.assign(this, { board, camera, took, gone, note: null, until: 0, why: "", refusal: null, isAsking: false });
      byId("still-form").addEventListener("submit", (event) => { event.preventDefault(); this.take(byId("still-why").value.trim()); });
      byId("still-again").addEventListener("click", () => this.take(this.why));
      byId("still-wipe").addEventListener("click", () => this.wipe());
      // a page kept in the browser's memory would keep the picture with it
      root.addEventListener("pagehide", () => this.wipe());
      T.onChange(() => this.draw());
      this.draw();
    }
    get isShown() { return this.until > 0; }
    get leftS() { return this.isShown ? Math.max(0, Math.ceil((this.until - performance.now()) / 1000)) : 0; }

    async take(why) {
      if (this.isAsking || !why) return;
      const camera = this.camera();
      this.wipe(); this.why = why; this.isAsking = true; this.refusal = null; this.draw();
      try {
        const { headers, blob } = await this._ask(camera, why);
        const bitmap = await createImageBitmap(blob).catch(() => { throw new S.api.Refusal(0); });
        if (camera === this.camera()) this._show(bitmap, headers, camera);
        bitmap.close();
      } catch (error) {
        if (!(error instanceof S.api.Refusal)) throw error;
        this.refusal = error;
      } finally { this.isAsking = false; this.draw(); }
    }
    /* Silence is met by asking again, as the page says; every other refusal is told at once. */
    async _ask(camera, why) {
      const due = performance.now() + PATIENCE_MS;
      for (;;) {
        try { return await S.api.still(camera, why); } catch (error) {
          if (!(error instanceof S.api.Refusal) || error.status !== 0 || performance.now() >= due || camera !== this.camera()) throw error;
        }
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    _show(bitmap, headers, camera) {
      const expires = Number(headers.get("X-Still-Expires-S"));
      let zones = {};
      try { zones = JSON.parse(headers.get("X-Still-Zones") || "{}"); } catch (error) { /* counts by zone are an extra */ }
      this.board.shoot(bitmap);
      this.until = performance.now() + 1000 * Math.min(60, expires > 0 ? expires : 60); // never longer than promised
      this.note = {
        id: headers.get("X-Still-Id"), camera, at: whenTold(headers.get("X-Still-Captured-At")), size: [bitmap.width, bitmap.height],
        people: headers.get("X-Still-People") === null ? null : Number(headers.get("X-Still-People")), zones, until: performance.now() + NOTED_MS,
      };
      clearInterval(this.timer);
      this.timer = setInterval(() => this._tick(), TICK_MS);
      S.say(T.t("setup.still.shown", { s: this.leftS }));
      this.took(this.note);
    }
    _tick() { if (performance.now() >= this.until) { this.wipe(); S.say(T.t("setup.still.wiped")); } else this._count(); }
    wipe() {
      clearInterval(this.timer);
      this.board.wipe();
      this.until = 0;
      this.draw();
    }
    forget() { this.wipe(); this.note = null; this.refusal = null; this.draw(); }
    /* The note of a still that can still be counted on, else null. */
    get countable() { return this.note && this.note.camera === this.camera() && performance.now() < this.note.until ? this.note : null; }

    draw() {
      const form = byId("still-form");
      form.hidden = this.isShown; byId("still-bar").hidden = !this.isShown;
      byId("still-take").disabled = this.isAsking; byId("still-why").disabled = this.isAsking;
      put(byId("still-take").querySelector("[data-t]"), T.t(this.isAsking ? "setup.still.asking" : "setup.still.take"));
      byId("picture").classList.toggle("asking", this.isAsking);
      if (this.isShown) this._count();
      this.gone();
    }
    _count() {
      put(byId("still-left"), T.t("setup.still.left", { time: T.clock(this.note.at), n: this.leftS }));
      byId("still-left").classList.toggle("soon", this.leftS <= 10);
    }
    /* What to say while there is no picture, below the sheet; null while there is one. */
    words() {
      if (this.isShown) return null;
      if (this.refusal) return [make("span", { class: "failed", role: "alert" }, make("b", {}, T.t("setup.still.failed")), " ", this.refusal.words)];
      const lead = T.t(this.isAsking ? "setup.still.asking" : this.note ? "setup.still.wiped" : "setup.still.none");
      return [make("span", {}, make("b", {}, lead), " ", T.t(this.isAsking ? "setup.still.waits" : "setup.still.hint"))];
    }
  }
  function whenTold(text) {
    const number = Number(text), unix = text && Number.isFinite(number) ? number : Date.parse(text || "") / 1000;
    return Number.isFinite(unix) ? unix : Date.now() / 1000;
  }
  S.Still = Still;
})(window);
