/* What every private page shares: language, colours, clock, keys. Exposes MallFrame and small builders. */
(function (root) {
  "use strict";
  const T = root.MallText;
  const byId = (id) => document.getElementById(id);
  const SHAPES = {
    watch: ["M12 2.5a9.500 9.500 0 1 0 0 19a9.500 9.500 0 1 0 0-19z", "M12 11v6M12 7v.1"],
    warn: ["M12 1.500 22.500 12 12 22.500 1.500 12z", "M12 6.500v6.500M12 16.800v.1"],
    act: ["M12 2 23 21.500H1z", "M12 9v6M12 18v.1"],
    clear: ["M8 1.500h8L22.500 8v8L16 22.500H8L1.500 16V8z", "M12 6v7.500M12 17.400v.1"],
  };
  const TRENDS = {
    2: ["M3 13 13 3M6 3h7v7", "up2"], 1: ["M2.500 10.500 13 5.500M9.500 4.800 13 5.500l-1.500 3.200", "up1"], 0: ["M2.500 8h11", "flat"],
    "-1": ["M2.500 5.500 13 10.500M9.500 11.200l3.500-.7-1.500-3.200", "dn"], "-2": ["M3 3 13 13M6 13h7V6", "dn"],
  };
  const SVG = "http://www.w3.org/2000/svg";

  /* Build an element; text goes in as text, never as markup. */
  function make(tag, attributes, ...children) {
    const svg = /^(svg|path|g|use|rect|circle|text|tspan|line|title|polyline)$/.test(tag);
    const node = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value == null || value === false) continue;
      if (key === "onclick") node.addEventListener("click", value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children.flat()) if (child != null && child !== false) node.append(child);
    return node;
  }
  const icon = (name, size = 16) =>
    make("svg", { class: "i", width: size, height: size, "aria-hidden": "true" }, make("use", { href: `#i-${name}` }));
  const severity = (kind, size = 20) => {
    const [shape, sign] = SHAPES[kind] || SHAPES.watch;
    return make("svg", { class: `sev ${kind}`, width: size, height: size, viewBox: "0 0 24 24", role: "img", "aria-label": T.t(`severity.${kind}`) },
      make("path", { class: "sh", d: shape }), make("path", { class: "sg", d: sign }));
  };
  const trend = (value) => {
    const [path, name] = TRENDS[Math.max(-2, Math.min(2, value || 0))];
    return make("svg", { class: `tr ${name}`, width: 16, height: 16, viewBox: "0 0 16 16", role: "img", "aria-label": T.t(`trend.${value > 0 ? "up" : value < 0 ? "down" : "flat"}`) },
      make("path", { d: path }));
  };
  /* Write only what differs: the page stays calm, and screen readers quiet. */
  function put(node, text) { if (node && node.textContent !== text) node.textContent = text; }

  let skew = 0; // store's clock minus this browser's, in seconds
  function tickClock() {
    const now = Date.now() / 1000 + skew;
    put(byId("clock"), T.clock(now));
    put(byId("date"), T.date(now));
  }
  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem("mall.theme", theme); } catch (error) { /* private window */ }
    themeListeners.forEach((listener) => listener(theme));
  }
  /* The number of new advisories on the rail; a page with the stream tells it, the others ask. */
  let told = false;
  function countNew(advisories) {
    told = true;
    const fresh = advisories.filter((a) => a.status === "new"), worst = ["clear", "act", "warn", "watch"].find((severity) => fresh.some((a) => a.severity === severity)) || "";
    for (const badge of badges) { badge.hidden = !fresh.length; badge.dataset.worst = worst; put(badge, String(fresh.length)); }
    alarmLink(advisories.find((a) => a.rule === "fire-alarm" && !["resolved", "expired"].includes(a.status)));
  }
  /* A fire alarm is told on every private page; the live page has a bar of its own and opens the evacuation view. */
  function alarmLink(fire) {
    const link = byId("alarm-link"), head = document.querySelector(".head");
    if (!fire || !head || byId("alarm")) { link?.remove(); return; }
    const words = T.t("alarm.elsewhere", { time: T.clock(fire.raised_at, false) });
    if (link) { put(link.lastChild, words); return; }
    head.after(make("a", { id: "alarm-link", href: "/?view=evacuation", role: "alert" }, severity("clear", 18), make("b", {}, words)));
  }
  const badges = document.querySelectorAll("[data-advisory-count]"), ASK_EVERY_MS = 10000;
  async function askNew() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/api/v1/advisories");
      if (answer.ok) countNew(await answer.json());
    } catch (error) { /* the page says itself that nothing comes */ }
  }
  if (badges.length) setTimeout(() => { if (!told) { askNew(); setInterval(askNew, ASK_EVERY_MS); } }, 3000);

  /* The operator's name, asked once a browser in the page's own dialog; null where it was not given. */
  function askName() {
    let name = null;
    try { name = localStorage.getItem("mall.name"); } catch (error) { /* ask */ }
    if (name) return Promise.resolve(name);
    const dialog = byId("name-dialog"), input = byId("name-input");
    return new Promise((done) => {
      byId("name-cancel").onclick = () => dialog.close("");
      dialog.onclose = () => {
        const given = dialog.returnValue === "ok" ? input.value.trim() : "";
        if (given) try { localStorage.setItem("mall.name", given); } catch (error) { /* not kept */ }
        done(given || null);
      };
      dialog.returnValue = "";
      dialog.showModal();
    });
  }

  const themeListeners = [];
  byId("switch-language")?.addEventListener("click", () => T.use(T.language === "ja" ? "en" : "ja"));
  byId("switch-theme")?.addEventListener("click", () =>
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  T.onChange(tickClock);
  T.apply(document);
  tickClock();
  setInterval(tickClock, 1000);

  root.MallFrame = {
    make, icon, severity, trend, put, byId, countNew, askName,
    syncClock(unix) { skew = unix - Date.now() / 1000; },
    now: () => Date.now() / 1000 + skew,
    onTheme(listener) { themeListeners.push(listener); },
    get theme() { return document.documentElement.dataset.theme; },
  };
})(window);
