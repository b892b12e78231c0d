/* Words and figures in the chosen language. Exposes MallText. */
(function (root) {
  "use strict";
  const NBSP = "\u00a0", MINUS = "\u2212", UNIT = /(\d) (?=(?:p\/m|m²|m|s|min|h|%|frames|人|秒|分|時間|コマ)(?![A-Za-z]))/g;
  const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
  const texts = read("mall-texts"), page = read("mall-page");
  const listeners = [];
  const zone = page.timezone || "UTC";
  // made once: to make one takes far longer than to use it
  const COUNT = new Intl.NumberFormat("en-US"), MINUTES = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const SECONDS = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const MallText = {
    page,
    get language() { return document.documentElement.lang === "ja" ? "ja" : "en"; },
    /* A text with its values; a number and its unit never break, and one of a thing may have words of its own. */
    t(key, values) {
      const find = (name) => (texts[this.language] || {})[name] ?? (texts.en || {})[name];
      const text = (values && String(values.n) === "1" ? find(`${key}.one`) : null) ?? find(key) ?? key;
      return values ? this.bind(text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole)) : text;
    },
    /* What a program says in English, in the page's language where it is known, else as it was said. */
    said(kind, words) { return (texts[this.language] || {})[`${kind}.${words}`] ?? words; },
    /* Why the server refused something (its status, 0 for no answer, and what it told), in the page's language. */
    why(status, told = {}) {
      const reason = this.refusal(told.why || told);
      if (told.why && reason) return this.t("refused.not_saved", { reason });
      if (told.text?.en) return told.text[this.language] || told.text.en;
      if (reason) return reason;
      const known = { 0: "failed.silent", 404: "failed.gone", 409: "failed.changed", 503: "failed.store" }[status];
      if (!known && status === 422 && this.language === "en" && typeof told.detail === "string") return told.detail;
      return this.t(known || "failed.other", { status });
    },
    /* The words of a refusal's code, "" where it has none; what fills them may be codes that have words too. */
    refusal({ code, args = {} }) {
      const kinds = { what: "did", severity: "severity", mode: "ways", modes: "ways", sides: "ways" };
      const say = (kind, value) => Array.isArray(value) ? value.map((one) => say(kind, one)).join(this.language === "ja" ? "、" : ", ") : kind ? this.said(kind, value) : String(value);
      const values = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, say(kinds[name], value)]));
      const key = `refused.${code}`, found = this.t(key, values);
      return found === key ? "" : found;
    },
    bind(text) { return text.replace(UNIT, `$1${NBSP}`); },
    /* A label of the plan: the translation where there is one, else the plan's own word. */
    label(thing) { return thing ? (thing.labels && thing.labels[this.language]) || thing.label || thing.id : ""; },
    count(n) { return n == null ? "–" : COUNT.format(Math.round(n)).replace("-", MINUS); },
    decimal(n, digits) { return n == null ? "–" : n.toFixed(digits).replace("-", MINUS); },
    range(low, high) { return this.language === "ja" ? `${low}〜${high}` : `${low}–${high}`; },
    age(seconds) {
      if (seconds == null || !isFinite(seconds)) return "–";
      if (seconds < 1) return `${Math.max(0, seconds).toFixed(1)}${NBSP}${this.t("unit.s")}`;
      if (seconds < 100) return `${Math.round(seconds)}${NBSP}${this.t("unit.s")}`;
      if (seconds < 5400) return `${Math.round(seconds / 60)}${NBSP}${this.t("unit.min")}`;
      return `${Math.round(seconds / 3600)}${NBSP}${this.t("unit.h")}`;
    },
    clock(unix, withSeconds = true) {
      return (withSeconds ? SECONDS : MINUTES).format(new Date(unix * 1000));
    },
    date(unix) {
      const options = this.language === "ja"
        ? { year: "numeric", month: "long", day: "numeric", weekday: "short" }
        : { weekday: "short", day: "numeric", month: "short", year: "numeric" };
      return new Intl.DateTimeFormat(this.language === "ja" ? "ja-JP" : "en-GB", { ...options, timeZone: zone })
        .format(new Date(unix * 1000)).replace(/,/g, "").replace(/ /g, NBSP);
    },
    onChange(listener) { listeners.push(listener); },
    use(language) {
      document.documentElement.lang = language;
      try { localStorage.setItem("mall.language", language); } catch (error) { /* private window */ }
      this.apply(document);
      listeners.forEach((listener) => listener());
    },
    apply(scope) {
      for (const node of scope.querySelectorAll("title[data-title]")) node.textContent = `${this.t(node.dataset.title)} · ${page.name}`;
      for (const node of scope.querySelectorAll("[data-t]")) node.textContent = this.t(node.dataset.t);
      for (const node of scope.querySelectorAll("[data-t-label]")) {
        node.setAttribute("aria-label", this.t(node.dataset.tLabel));
        node.title = this.t(node.dataset.tLabel);
      }
      for (const node of scope.querySelectorAll("[data-t-place]")) node.placeholder = this.t(node.dataset.tPlace);
    },
  };
  root.MallText = MallText;
})(window);
