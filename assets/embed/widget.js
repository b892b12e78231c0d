// <mall-density src="https://mall.example/embed/" lang="en" scheme="light|dark" level="1f">
// Shows four words on a plan. It counts nothing, stores nothing, sets no cookie and asks no third party.
const TEXT = {
  en: {
    title: "How busy is it now?", quiet: "Quiet", moderate: "Moderate", busy: "Busy", very_busy: "Very busy",
    no_data: "No data", closed: "Closed", sim: "SIMULATED", rec: "RECORDED", list: "Read as a list", map: "Show the map",
    none: "No data now", lang: "Language", floor: "Floor", here: "Places",
    age: (s) => (s < 60 ? `updated ${s} s ago` : `updated ${Math.floor(s / 60)} min ago`),
    plan: (n) => `Map of ${n} with four levels of crowding`,
    privacy: "People are counted, not recognised. No picture is kept.",
    best: (b) => `Calmest today: ${b.from}–${b.to}${b.sample ? " (sample)" : ""}`,
  },
  ja: {
    title: "ただいまの混雑", quiet: "空いている", moderate: "やや混雑", busy: "混雑", very_busy: "大変混雑",
    no_data: "データなし", closed: "閉鎖中", sim: "模擬データ", rec: "録画", list: "一覧で読む", map: "地図を表示",
    none: "現在データがありません", lang: "言語", floor: "階", here: "場所",
    age: (s) => (s < 60 ? `${s} 秒前に更新` : `${Math.floor(s / 60)} 分前に更新`),
    plan: (n) => `${n} の混雑マップ`,
    privacy: "人数だけを数え、個人は識別しません。映像は保存しません。",
    best: (b) => `本日空いている時間：${b.from}〜${b.to}${b.sample ? "（見本）" : ""}`,
  },
};
const NAMES = { en: "English", ja: "日本語" };
const RANK = { quiet: 1, moderate: 2, busy: 3, very_busy: 4 };
const STALE_S = 90, GONE_S = 180, POLL_MS = 20000, RETRY_MS = 2000, ANSWER_MS = 10000;

// One of the mall's two files, as it must be; whatever else comes is an error.
async function ask(url, isRight, options) {
  const answer = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(ANSWER_MS), ...options });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const told = await answer.json();
  if (!isRight(told)) throw new Error(`${url}: not what was expected`);
  return [told, answer];
}
const isObject = (thing) => !!thing && typeof thing === "object";
const isState = (told) => isObject(told) && isObject(told.zones) && Object.values(told.zones).every((word) => typeof word === "string");
const isPlan = (told) => isObject(told) && ["levels", "zones", "languages"].every((key) => Array.isArray(told[key]));

const LIGHT = `--stage:#e9eef2;--panel:#fff;--line:#d4dde4;--edge:#6c7c8a;--wall:#52626f;--slab:#fbfcfd;--ink:#0f1820;--ink2:#384651;--ink3:#566470;
--acc:#0a5fbf;--accbg:#e1eefb;--sim:#6238c4;--simbg:#efeafc;--p1:#dae9f2;--p2:#a0c4d8;--p3:#c07a2d;--p4:#72171e;--i4:#fff;color-scheme:light;`;
const DARK = `--stage:#0b1014;--panel:#161d23;--line:#2b3741;--edge:#718392;--wall:#a2b1bd;--slab:#141b21;--ink:#f1f5f8;--ink2:#c0cbd4;--ink3:#95a3af;
--acc:#6cb4ff;--accbg:#17304a;--sim:#b8a5ff;--simbg:#241f3a;--p1:#273945;--p2:#375e72;--p3:#cd8635;--p4:#ffa696;--i4:#0b1014;color-scheme:dark;`;
const CSS = `
:host{display:block;container-type:inline-size;${LIGHT}}
@media (prefers-color-scheme:dark){:host{${DARK}}}
:host([scheme=light]){${LIGHT}} :host([scheme=dark]){${DARK}}
:host{--a:var(--mf-accent,var(--acc));--r:var(--mf-radius,12px)}
*{box-sizing:border-box}
.mf{background:var(--panel);color:var(--ink);border:1px solid var(--line);border-radius:var(--r);overflow:hidden;font:15px/1.4 var(--mf-font,-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Hiragino Sans","Yu Gothic UI","Noto Sans JP","Noto Sans CJK JP",Arial,sans-serif);font-variant-numeric:tabular-nums}
.mf:lang(ja){line-height:1.5;line-break:strict;word-break:auto-phrase}
header{display:flex;flex-wrap:wrap;align-items:center;gap:4px 16px;padding:8px 20px;min-height:60px}
h2{font-size:20px;font-weight:600;margin:0}
.best{flex-basis:100%;margin:0 0 4px}
.age{font-size:14px;color:var(--ink2)} .age.old{font-weight:600;color:var(--ink)}
.tag{font-size:13px;border:1px solid var(--sim);color:var(--sim);background:var(--simbg);border-radius:12px;padding:1px 10px;white-space:nowrap}
.tag.rec{border-color:var(--edge);color:var(--ink);background:none}
.row{display:flex;gap:4px} header .row{margin-left:auto}
button{font:inherit;font-size:14px;min-height:44px;min-width:44px;padding:0 12px;border:0;border-radius:6px;background:none;color:var(--ink2);cursor:pointer}
button[aria-pressed=true]{background:var(--accbg);color:var(--ink);font-weight:600}
button:focus-visible{outline:2px solid var(--a);outline-offset:-2px}
.body{display:block;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.left{background:var(--stage);min-width:0}
.lv{margin:12px 0 0 16px;display:inline-flex;border:1px solid var(--edge);border-radius:8px;background:var(--panel);overflow:hidden}
.lv button{border-radius:0;font-size:15px} .lv button[aria-pressed=true]{box-shadow:inset 0 -3px 0 var(--a)}
svg{display:block} .plan{width:100%}
.key{display:flex;flex-wrap:wrap;gap:8px 20px;padding:10px 20px;background:var(--panel);border-top:1px solid var(--line);font-size:14px;color:var(--ink2)}
.key span,.pl b{display:inline-flex;gap:8px;align-items:center;white-space:nowrap}
.side{padding:8px 20px 12px} h3{font-size:15px;font-weight:600;margin:4px 0}
ul{list-style:none;margin:0;padding:0} li.pl{display:flex;justify-content:space-between;gap:12px;align-items:center;min-height:44px;border-top:1px solid var(--line)}
.pl b{font-weight:400} .pl small{color:var(--ink3);font-size:13px;margin-left:6px}
.more{color:var(--a);font-weight:600} footer{display:flex;flex-wrap:wrap;align-items:center;gap:4px 16px;padding:6px 20px;min-height:48px;font-size:14px;color:var(--ink2)} footer .more{margin-left:auto}
.zl{fill:var(--slab);stroke:var(--wall);stroke-width:1.1} .hull{fill:var(--slab);stroke:var(--wall);stroke-width:1.5}
.z{stroke:var(--wall);stroke-width:1.1;stroke-linejoin:round} .off{stroke-dasharray:4 3;fill:var(--stage)} .ov{stroke:none;pointer-events:none}
.pill rect{fill:var(--panel);stroke:var(--edge)} .pill text{font-size:13px;font-weight:600;fill:var(--ink)} .pill.nd text{font-weight:400} .nm{font-size:13px;fill:var(--ink2);text-anchor:middle}
.ic{fill:none;stroke:var(--ink);stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
.halo{paint-order:stroke;stroke:var(--slab);stroke-width:3px;stroke-linejoin:round}
.mf[data-view=map] .side{display:none} .mf[data-view=list] .left{display:none}
@container (min-width:720px){.body{display:grid;grid-template-columns:minmax(0,1fr) 320px} .left{border-right:1px solid var(--line);display:flex;flex-direction:column} .left .key{margin-top:auto}
.mf[data-view] .side{display:block} .mf[data-view] .left{display:flex} .lv{align-self:flex-start} footer .more{display:none}}
@container (max-width:719.9px){header,footer,.key,.side{padding-left:14px;padding-right:14px} h2{flex:1 0 100%} .key{display:grid;grid-template-columns:1fr 1fr;font-size:13px}}`;

const NS = "http://www.w3.org/2000/svg";
function el(tag, attrs, ...kids) {
  const node = /^(svg|g|path|rect|text|circle|defs|pattern|title)$/.test(tag) ? document.createElementNS(NS, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value != null) node.setAttribute(name, value);
  }
  node.append(...kids.filter((kid) => kid != null));
  return node;
}

// Four bars, n of them filled: reads without colour.
function bars(n) {
  const box = el("svg", { width: 20, height: 18, viewBox: "-.5 0 20 18", "aria-hidden": "true" });
  return barsInto(box, n);
}
function barsInto(box, n) {
  for (let i = 0; i < 4; i++) {
    const h = 5 + i * 3.6;
    box.append(el("rect", { x: i * 5, y: 17 - h, width: 3.8, height: h, rx: 1, style: i < n ? "fill:var(--ink);stroke:none" : "fill:none;stroke:var(--edge)" }));
  }
  return box;
}

function patterns() {
  const make = (id, size, body, turn) => {
    const p = el("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: turn ? "rotate(45)" : null });
    p.append(...body);
    return p;
  };
  const ink = "color-mix(in srgb,var(--ink) 45%,transparent)", on4 = "color-mix(in srgb,var(--i4) 60%,transparent)";
  const bar = (w, c, d) => el("path", { d, style: `stroke:${c};stroke-width:${w};fill:none` });
  return el("defs", {},
    make("t2", 11, [el("circle", { cx: 4, cy: 4, r: 1.5, style: `fill:${ink}` })]),
    make("t3", 9, [bar(1.4, "#0b101499", "M0 0V9")], true),
    make("t4", 9, [bar(1.2, on4, "M0 0V9M0 0H9")], true),
    make("t0", 9, [bar(1.2, "var(--edge)", "M0 0V9")], true));
}
const ICONS = {
  wc: "M5.500 3.200a1.300 1.300 0 1 0 .01 0M3 7h5v5H7v5H4v-5H3zM14.500 3.200a1.300 1.300 0 1 0 .01 0M13 7h3l1.500 6h-6zM13.500 13v4M15.500 13v4",
  lift: "M3 2.500h14v15H3zM10 2.500v15M5 9l1.500-2.500L8 9M12 11l1.500 2.500L15 11",
  escalator: "M2.500 16.500h4l7-10h4M6 10l4-6M10 4H7.500M10 4v2.500",
  stairs: "M2.500 16.500h4v-4h4v-4h4v-4h3",
};
const overlay = (word) => (word === "no_data" || word === "closed" ? 0 : RANK[word] > 1 ? RANK[word] : null);

function swatch(word) {
  const n = overlay(word), off = n === 0;
  const box = el("svg", { width: 26, height: 18, "aria-hidden": "true" }, patterns());
  box.append(el("rect", { x: .5, y: .5, width: 25, height: 17, rx: 4, class: off ? "z off" : "z", style: off ? null : `fill:var(--p${RANK[word]})` }));
  if (n != null) box.append(el("rect", { x: .5, y: .5, width: 25, height: 17, rx: 4, fill: `url(#t${n})` }));
  return box;
}

const area = (ring) => Math.abs(ring.reduce((sum, [x, y], i) => { const [u, v] = ring[(i + 1) % ring.length]; return sum + x * v - u * y; }, 0)) / 2;
function inside([px, py], ring) {
  let hit = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x, y] = ring[i], [u, v] = ring[j];
    if (y > py !== v > py && px < ((u - x) * (py - y)) / (v - y) + x) hit = !hit;
  }
  return hit;
}
function edgeDistance([px, py], ring) {
  return Math.min(...ring.map(([x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length], dx = u - x, dy = v - y;
    const t = Math.max(0, Math.min(1, ((px - x) * dx + (py - y) * dy) / (dx * dx + dy * dy || 1)));
    return Math.hypot(px - x - t * dx, py - y - t * dy);
  }));
}
// The point of the zone that is farthest from its edges and from whatever lies on the zone.
function labelPoint(zone, others) {
  const ring = zone.polygon, xs = ring.map((p) => p[0]), ys = ring.map((p) => p[1]);
  const x0 = Math.min(...xs), y0 = Math.min(...ys), w = Math.max(...xs) - x0, h = Math.max(...ys) - y0;
  const on = others.filter((other) => other !== zone && area(other.polygon) < area(ring));
  let best = [-1, ring[0], -Infinity];
  for (let i = 1; i < 24; i++) for (let j = 1; j < 24; j++) {
    const p = [x0 + (w * i) / 24, y0 + (h * j) / 24];
    if (!inside(p, ring) || on.some((other) => inside(p, other.polygon))) continue;
    const d = Math.min(edgeDistance(p, ring), ...on.map((other) => edgeDistance(p, other.polygon)));
    const off = Math.hypot(p[0] - x0 - w / 2, p[1] - y0 - h / 2) / (w + h);  // of equally good points the middle one
    if (d - off * 0.2 * Math.min(w, h) > best[2]) best = [d, p, d - off * 0.2 * Math.min(w, h)];
  }
  return { at: best[1], room: best[0], width: w, height: h };
}

class MallDensity extends HTMLElement {
  static observedAttributes = ["lang", "scheme", "level", "src"];

  connectedCallback() {
    this.view = "map";
    this.base = new URL(this.getAttribute("src") || "./", document.baseURI);
    this.resized = new ResizeObserver(() => { if (this.drawnWidth !== this.clientWidth) this.draw(); });
    this.resized.observe(this);
    this.tick = setInterval(() => this.sayAge(), 1000);
    this.wait = RETRY_MS;
    this.poll();
  }

  disconnectedCallback() {
    clearTimeout(this.due); clearInterval(this.tick); this.resized.disconnect();
  }

  attributeChangedCallback(name, before, after) {
    if (name === "level") this.level = after;
    if (name === "src" && this.base && before !== after) { this.base = new URL(after, document.baseURI); this.plan = null; this.wait = RETRY_MS; this.poll(); }
    this.draw();
  }

  // Ask every 20 s; after an error sooner, then ever more slowly, until it answers again.
  async poll() {
    clearTimeout(this.due);
    const base = this.base, well = await this.read();
    if (!this.isConnected || base !== this.base) return;
    clearTimeout(this.due);
    this.due = setTimeout(() => this.poll(), well ? POLL_MS : this.wait);
    this.wait = well ? RETRY_MS : Math.min(2 * this.wait, POLL_MS);
  }

  async read() {
    let well = true;
    try {
      const base = this.base, [state, answer] = await ask(new URL("state.json", base), isState);
      const sent = Date.parse(answer.headers.get("date") || "");
      this.skew = Number.isFinite(sent) ? sent - Date.now() : 0;
      const grown = !this.state || String(Object.keys(state.zones)) !== String(Object.keys(this.state.zones));
      if (grown || !this.plan) {
        const [plan] = await ask(new URL("plan.json", base), isPlan, { cache: "no-cache" });
        if (base === this.base) this.plan = plan;
      }
      if (base === this.base) this.state = state;
    } catch { well = false; /* the age keeps growing and says so by itself */ }
    try { this.draw(); } catch { this.plan = null; well = false; /* what cannot be drawn is asked for again */ }
    return well;
  }

  age() {
    const at = this.state && this.state.at;
    if (at == null) return null;
    const ms = typeof at === "number" ? at * 1000 : Date.parse(at);
    return Math.max(0, Math.round((Date.now() + (this.skew || 0) - ms) / 1000));
  }
  word(id) {
    const age = this.age();
    return age == null || age > GONE_S ? "no_data" : this.state.zones[id];
  }
  get text() { return TEXT[this.language] || TEXT.en; }
  get language() {
    const asked = (this.getAttribute("lang") || document.documentElement.lang || "").slice(0, 2);
    return TEXT[asked] ? asked : (this.plan && this.plan.languages[0]) || "en";
  }
  name(zone) { return (zone.labels && zone.labels[this.language]) || zone.label; }

  sayAge() {
    const node = this.shadowRoot && this.shadowRoot.querySelector(".age"), age = this.age();
    if (!node) return;
    node.textContent = age == null ? this.text.none : this.text.age(age);
    node.classList.toggle("old", age == null || age > STALE_S);
    if (age > GONE_S && !this.shownGone) this.draw();
  }

  draw() {
    if (!this.plan || !this.state || !this.isConnected) return;
    const held = this.shadowRoot && this.shadowRoot.activeElement && this.shadowRoot.activeElement.dataset.key;
    this.drawnWidth = this.clientWidth;
    this.shownGone = this.age() > GONE_S;
    const levels = this.plan.levels.filter((level) => this.plan.zones.some((zone) => zone.level === level.id));
    if (!levels.some((level) => level.id === this.level)) this.level = (levels[0] || {}).id;
    const box = el("section", { class: "mf", lang: this.language, "data-view": this.view, "aria-label": this.text.title },
      this.header(), el("div", { class: "body" }, this.left(levels), this.list(levels)), this.footer());
    this.fill(box.querySelector(".plan"));
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }); // until now the list within the element is what is seen
    this.shadowRoot.replaceChildren(el("style", {}, CSS), box);
    this.sayAge();
    if (held) { const again = this.shadowRoot.querySelector(`[data-key="${held}"]`); if (again) again.focus(); }
  }

  button(label, pressed, key, run) {
    return el("button", { type: "button", "aria-pressed": String(pressed), "data-key": key, onclick: run }, label);
  }

  header() {
    const t = this.text, tag = (on, word, css = "tag") => (on ? el("span", { class: css }, word) : null);
    const langs = this.plan.languages.filter((code) => TEXT[code]);
    const row = langs.length > 1 ? el("div", { class: "row", role: "group", "aria-label": t.lang },
      ...langs.map((code) => { const b = this.button(NAMES[code], code === this.language, `l-${code}`, () => this.setAttribute("lang", code)); b.lang = code; return b; })) : null;
    return el("header", {}, el("h2", {}, t.title), el("span", { class: "age" }), tag(this.plan.simulated, t.sim), tag(this.plan.recorded, t.rec, "tag rec"), row, this.best());
  }

  // What is told of hours to come is told only while the words are fresh.
  best() {
    const best = this.state.best, age = this.age();
    return isObject(best) && best.from && best.to && age != null && age <= GONE_S ? el("p", { class: "best" }, this.text.best(best)) : null;
  }

  left(levels) {
    const pick = levels.length > 1 ? el("div", { class: "lv", role: "group", "aria-label": this.text.floor },
      ...[...levels].reverse().map((level) => this.button(level.label, level.id === this.level, `f-${level.id}`, () => { this.level = level.id; this.draw(); }))) : null;
    const words = ["quiet", "moderate", "busy", "very_busy", "no_data"];
    const key = el("div", { class: "key" }, ...words.map((word) => el("span", {}, swatch(word), RANK[word] ? bars(RANK[word]) : null, this.text[word])));
    const label = (levels.find((level) => level.id === this.level) || { label: "" }).label;
    return el("div", { class: "left" }, pick, el("svg", { class: "plan", role: "img", "aria-label": this.text.plan(label) }), key);
  }

  list(levels) {
    const shown = this.plan.zones.filter((zone) => zone.id in this.state.zones);
    const floor = (zone) => (levels.length > 1 ? el("small", {}, (levels.find((level) => level.id === zone.level) || {}).label || "") : null);
    const rows = shown.map((zone) => { const word = this.word(zone.id); return el("li", { class: "pl" }, el("span", {}, this.name(zone), floor(zone)), el("b", {}, bars(RANK[word] || 0), this.text[word])); });
    return el("div", { class: "side" }, el("h3", {}, this.text.here), rows.length ? el("ul", {}, ...rows) : el("p", {}, this.text.none));
  }

  footer() {
    const other = this.view === "map" ? "list" : "map";
    const more = el("button", { type: "button", class: "more", "data-key": "view", onclick: () => { this.view = other; this.draw(); } }, this.text[other]);
    return el("footer", {}, el("span", {}, this.text.privacy), more);
  }

  // The plan in pixels: 1 m is the same everywhere, text never scales.
  fill(svg) {
    const all = this.plan.zones.concat(this.plan.hull || []), points = all.flatMap((zone) => zone.polygon);
    if (!points.length || !this.level) return;
    const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]), pad = 14;
    const x0 = Math.min(...xs), x1 = Math.max(...xs), y0 = Math.min(...ys), y1 = Math.max(...ys);
    const wide = Math.max(200, (this.clientWidth >= 720 ? this.clientWidth - 322 : this.clientWidth) - 2), tall = this.clientWidth >= 720 ? 520 : 420;
    const scale = Math.min((wide - 2 * pad) / (x1 - x0 || 1), tall / (y1 - y0 || 1)), high = (y1 - y0) * scale + 2 * pad;
    const left = (wide - (x1 - x0) * scale) / 2;
    const at = ([x, y]) => [left + (x - x0) * scale, pad + (y1 - y) * scale];
    const d = (ring) => "M" + ring.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L") + "Z";
    svg.setAttribute("viewBox", `0 0 ${wide} ${high.toFixed(0)}`);
    svg.append(patterns());
    for (const part of this.plan.hull || []) if (part.level === this.level) svg.append(el("path", { class: "hull", d: d(part.polygon) }));
    const here = this.plan.zones.filter((zone) => zone.level === this.level).sort((a, b) => area(b.polygon) - area(a.polygon));
    for (const zone of here) this.zone(svg, zone, d(zone.polygon));
    this.labels(svg, here, at, scale);
  }

  zone(svg, zone, d) {
    const id = zone.id in this.state.zones ? zone.id : zone.parent;
    if (!(id in this.state.zones)) { svg.append(el("path", { class: "zl", d }, el("title", {}, zone.label ? this.name(zone) : ""))); return; }
    const word = this.word(id), n = overlay(word), tip = el("title", {}, `${this.name(zone) || ""} ${this.text[word]}`.trim());
    svg.append(el("path", { class: n === 0 ? "z off" : "z", d, style: n === 0 ? null : `fill:var(--p${RANK[word]})` }, tip));
    if (n != null) svg.append(el("path", { class: "ov", d, fill: `url(#t${n})` }));
  }

  labels(svg, here, at, scale) {
    const taken = [], free = (b) => !taken.some((o) => b[0] < o[2] && o[0] < b[2] && b[1] < o[3] && o[1] < b[3]);
    const wide = (text) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x2e80 ? 13.4 : 7.6), 0);
    const rank = (zone) => RANK[this.word(zone.id)] || 0;
    const shown = here.filter((zone) => zone.id in this.state.zones).sort((a, b) => rank(b) - rank(a));
    shown.forEach((zone, i) => {
      const spot = (zone.spot ||= labelPoint(zone, here)), [x, y] = at(spot.at), word = this.word(zone.id);
      const full = wide(this.text[word]) + (rank(zone) ? 40 : 20);
      for (const w of [full, 34]) {
        if (w === full && i > 1 && (scale < 5 || full > spot.width * scale)) continue;
        const box = [x - w / 2, y - 12, x + w / 2, y + 12];
        if (!free(box)) continue;
        taken.push(box); svg.append(this.pill(x, y, w, word, w === full)); break;
      }
      const name = this.name(zone), over = [x - wide(name) / 2, y - 32, x + wide(name) / 2, y - 14];
      if (wide(name) < spot.width * scale - 8 && spot.room * scale > 26 && free(over)) { taken.push(over); svg.append(this.plate(x, y - 18, name, word)); }
    });
    for (const zone of here.filter((z) => !(z.id in this.state.zones) && (z.label || z.icon))) {
      const spot = (zone.spot ||= labelPoint(zone, here)), [x, y] = at(spot.at), name = zone.icon ? "" : this.name(zone), w = name ? wide(name) : 18;
      const box = [x - w / 2, y - 10, x + w / 2, y + 8];
      if (w > spot.width * scale - 4 || spot.height * scale < 18 || !free(box)) continue;
      taken.push(box);
      svg.append(name ? el("text", { class: "nm", x, y: y + 4 }, name) : el("path", { class: "ic", d: ICONS[zone.icon], transform: `translate(${x - 8} ${y - 8}) scale(.8)` }));
    }
  }

  plate(x, y, name, word) {
    const ink = RANK[word] === 4 ? "var(--i4)" : RANK[word] === 3 ? "#0b1014" : "var(--ink)", fill = RANK[word] ? `var(--p${RANK[word]})` : "var(--stage)";
    return el("text", { class: "nm halo", x, y, style: `fill:${ink};stroke:${fill};font-weight:600` }, name);
  }

  pill(x, y, w, word, worded) {
    const g = el("g", { class: RANK[word] ? "pill" : "pill nd" }, el("rect", { x: x - w / 2, y: y - 12, width: w, height: 24, rx: 12 }));
    if (RANK[word]) g.append(barsInto(el("g", { transform: `translate(${x - w / 2 + 9} ${y - 8.5}) scale(.85)` }), RANK[word]));
    const label = RANK[word] ? { x: x - w / 2 + 30, y: y + 4.7 } : { x, y: y + 4.7, "text-anchor": "middle" };
    g.append(el("text", label, worded ? this.text[word] : RANK[word] ? "" : "–"));
    return g;
  }
}
customElements.define("mall-density", MallDensity);
