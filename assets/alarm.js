/* Sound and desktop notices for what must be acted on: one tone for act, a repeating one for clear. Exposes MallAlarm. */
(function (root) {
  "use strict";
  const T = root.MallText, { make, icon, byId } = root.MallFrame;
  const MUTE_MS = 10 * 60000, REPEAT_MS = 2500, KEY = "mall.mutedUntil";
  const TONES = { act: [[880, 0, 0.35]], clear: [[988, 0, 0.25], [740, 0.3, 0.25]] }; // Hz, start and length in s
  const Audio = root.AudioContext || root.webkitAudioContext;
  let audio = null, heard = null, repeating = 0, mutedUntil = 0, allowed = root.Notification?.permission; // asking it is slow
  try { mutedUntil = Number(localStorage.getItem(KEY)) || 0; } catch (error) { /* not kept */ }
  const isMuted = () => Date.now() < mutedUntil;
  const isAwake = () => audio?.state === "running";
  const keyOf = (a) => `${a.id}:${a.severity}:${a.raised_count || 1}`; // what has come back is heard again
  const words = (a, what) => (a[what] && (a[what][T.language] || a[what].en)) || "";
  const isLoud = (a, now) => a.severity in TONES && a.status === "new" && a.rule !== "self-test" && !(a.silenced_until > now);

  /* Browsers let a page sound only after somebody has touched it. */
  function wake() {
    if (!Audio) return;
    audio = audio || new Audio();
    Promise.resolve(audio.resume()).then(show, show);
  }
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { once: true, capture: true });

  function sound(severity) {
    if (isMuted() || !isAwake()) return;
    for (const [pitch, start, length] of TONES[severity]) {
      const tone = audio.createOscillator(), level = audio.createGain(), at = audio.currentTime + start;
      tone.frequency.value = pitch;
      level.gain.setValueAtTime(0.25, at);
      level.gain.exponentialRampToValueAtTime(0.001, at + length);
      tone.connect(level).connect(audio.destination);
      tone.start(at); tone.stop(at + length);
    }
  }
  function notice(advisory) {
    if (allowed !== "granted") return;
    const mark = advisory.exercise ? `${T.t("sound.exercise")} ` : "";
    const shown = new root.Notification(mark + words(advisory, "title"), { body: words(advisory, "why"), tag: advisory.id, lang: T.language, requireInteraction: advisory.severity === "clear" });
    shown.onclick = () => { root.focus(); shown.close(); };
  }

  /* Take the open advisories; called at every change and every second. What was open when the page came is heard already. */
  function update(advisories, now) {
    const loud = advisories.filter((a) => isLoud(a, now)), fresh = heard ? loud.filter((a) => !heard.has(keyOf(a))) : [];
    heard = new Set([...(heard || []), ...loud.map(keyOf)]);
    fresh.forEach(notice);
    const goesOn = loud.some((a) => a.severity === "clear");
    if (goesOn && !repeating) { sound("clear"); repeating = setInterval(() => sound("clear"), REPEAT_MS); }
    if (!goesOn && repeating) { clearInterval(repeating); repeating = 0; }
    if (!goesOn && fresh.length) sound("act");
    show();
  }

  // --- the controls: what the sound does now, and one step to change it
  function mute(until) {
    mutedUntil = until;
    try { localStorage.setItem(KEY, String(until)); } catch (error) { /* not kept */ }
    show();
  }
  function show() {
    const box = byId("sound");
    if (!box) return;
    const state = !Audio ? "none" : isMuted() ? "muted" : isAwake() ? "on" : "asleep", asks = allowed === "default";
    const key = JSON.stringify([T.language, state, mutedUntil, asks]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const button = (name, onclick) => make("button", { type: "button", class: "btn quiet", onclick }, T.t(name));
    const said = state === "muted" ? T.t("sound.muted", { time: T.clock(mutedUntil / 1000, false) }) : T.t(`sound.${state}`);
    box.replaceChildren(icon(state === "on" ? "bell" : "belloff", 16), make("span", {}, said),
      state === "on" ? button("sound.mute", () => mute(Date.now() + MUTE_MS)) : "", state === "muted" ? button("sound.unmute", () => mute(0)) : "",
      state === "asleep" ? button("sound.wake", wake) : "",
      asks ? button("sound.notices", () => root.Notification.requestPermission().then(permitted, permitted)) : "");
  }
  function permitted() { allowed = root.Notification?.permission; show(); }
  root.navigator.permissions?.query({ name: "notifications" }).then((asked) => { asked.onchange = permitted; }, () => {});
  root.MallAlarm = { update };
})(window);
