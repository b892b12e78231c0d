/* The door of the setup page: the one-time token and a name. Exposes MallSetup.Session.

   The form stands in the page at first, and in a dialog over the work where a session ended: the draft stays. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { put, byId, now } = root.MallFrame, SESSION_S = 3600;
  const kept = () => { try { return localStorage.getItem("mall.name") || ""; } catch (error) { return ""; } };
  const keep = (name) => { try { localStorage.setItem("mall.name", name); } catch (error) { /* private window */ } };

  /* The token travels in the fragment, which no log sees; it leaves the address before anything else happens. */
  function tokenOfAddress() {
    const found = new URLSearchParams(location.hash.slice(1)).get("token");
    if (found !== null) history.replaceState(null, "", location.pathname + location.search);
    return found || "";
  }

  class Session {
    constructor({ opened }) {
      this.opened = opened; this.who = kept(); this.until = 0; this.refusal = null; this.hasEnded = false;
      this.form = byId("session-form"); this.dialog = byId("session-dialog");
      byId("session-token").value = tokenOfAddress(); byId("session-who").value = this.who;
      this.form.addEventListener("submit", (event) => { event.preventDefault(); this.open(); });
      this.dialog.addEventListener("cancel", (event) => event.preventDefault()); // there is nothing to do behind it
      byId("session-close").addEventListener("click", () => byId("close-dialog").showModal());
      byId("close-yes").addEventListener("click", () => this.close());
      root.addEventListener("hashchange", () => { const token = tokenOfAddress(); if (token) byId("session-token").value = token; });
      S.api.onSessionEnd(() => this.ended());
      T.onChange(() => this.draw());
      setInterval(() => this.draw(), 10000);
    }
    /* Ask for the token: in the page before there is any work, in front of it afterwards. */
    ask(hasWork) {
      this.until = 0;
      if (hasWork) { this.dialog.append(this.form); if (!this.dialog.open) this.dialog.showModal(); } else { byId("gate").append(this.form); byId("gate").hidden = false; }
      this.draw();
      (byId("session-token").value ? byId("session-who") : byId("session-token")).focus();
    }
    ended() { this.hasEnded = this.until > 0; this.ask(!byId("desk").hidden); }
    async open() {
      const token = byId("session-token").value.trim(), who = byId("session-who").value.trim();
      if (!token || !who || this.isAsking) return;
      this.isAsking = true; this.refusal = null; this.draw();
      try {
        await S.api.open(token, who);
        keep(who); byId("session-token").value = "";
        this.begin(who);
        byId("gate").hidden = true;
        if (this.dialog.open) this.dialog.close();
        await this.opened();
      } catch (error) {
        if (!(error instanceof S.api.Refusal)) throw error;
        this.refusal = error;
      } finally { this.isAsking = false; this.draw(); }
    }
    /* The page is read anew, so that nothing of the work stays on the screen; what is not saved is asked for by the browser. */
    async close() {
      byId("close-dialog").close();
      try { await S.api.close(); } catch (error) { if (!(error instanceof S.api.Refusal)) throw error; if (error.status !== 401) { S.say(error.words); return; } }
      location.reload();
    }
    /* A session that a reload found open says nothing of its end: it is told when the server refuses. */
    begin(who, isNew = true) { this.who = who; this.until = isNew ? now() + SESSION_S : Infinity; this.hasEnded = false; this.refusal = null; }
    draw() {
      byId("session-open").disabled = !!this.isAsking;
      put(byId("session-title"), T.t(this.hasEnded ? "setup.session.ended" : "setup.session.title"));
      put(byId("session-hint"), T.t(this.hasEnded ? "setup.session.endedHint" : "setup.session.hint"));
      const alert = byId("session-failed");
      alert.hidden = !this.refusal;
      put(alert, this.refusal ? this.refusal.words : "");
      put(byId("fresh-word"), !this.until ? "" : Number.isFinite(this.until)
        ? T.t("setup.session.until", { who: this.who, time: T.clock(this.until, false) }) : T.t("setup.session.open"));
      document.querySelector("#fresh .dotk").className = `dotk ${this.until ? "" : "off"}`;
      byId("fresh").hidden = !this.until;
    }
  }
  S.Session = Session;
})(window);
