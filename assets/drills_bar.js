/* On every page: says that an exercise runs, and on its view that it is one, what is real meanwhile, and when it ends. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, X = root.MallExercise, { make, byId } = F;
  const EVERY_MS = X.on ? 3000 : 10000, ASK_MS = 8000, WORST = ["watch", "warn", "act", "clear"];
  const tags = byId("source-tags"), lost = byId("lost");
  if (!tags || !lost) return;
  let open = null, real = null, failed = false, drawn = "";

  async function read(address) {
    const answer = await X.askReal(address, { signal: AbortSignal.timeout(ASK_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }
  async function look() {
    if (document.hidden && !X.on) return;
    try {
      open = (await read("/api/v1/drills/open")).open;
      if (X.on) real = await read("/api/v1/advisories");
      failed = false;
    } catch (error) { failed = true; }
    draw();
  }
  const title = (advisory) => advisory.title?.[T.language] || advisory.title?.en || advisory.rule;
  function draw() {
    const key = JSON.stringify([T.language, open?.id, open?.condition, failed, real?.map((a) => [a.id, a.severity])]);
    if (key === drawn) return;
    drawn = key;
    for (const node of document.querySelectorAll("[data-exercise-part]")) node.remove();
    if (X.on) drawView(); else if (open) tags.before(link("/?drill=1", "tag sim", "exercise.runs"));
  }
  const part = (node) => { node.dataset.exercisePart = ""; return node; };
  const link = (href, kind, words) => part(make("a", { href, class: kind }, T.t(words)));
  function drawView() {
    tags.before(part(make("b", { class: "tag sim exercise-word" }, T.t("exercise.word"))));
    const bar = part(make("div", { class: "exercise-bar" }));
    const worst = (real || []).slice().sort((a, b) => WORST.indexOf(b.severity) - WORST.indexOf(a.severity))[0];
    if (failed) bar.append(make("span", { class: "bad", role: "alert" }, T.t("exercise.unsure")));
    else if (worst) bar.append(make("span", { class: "real", role: "alert" }, F.severity(worst.severity, 18), make("b", {}, T.t("exercise.real", { n: real.length })), make("span", {}, title(worst))), make("a", { href: "/", class: "btn" }, T.t("exercise.toReal")));
    else bar.append(make("span", {}, T.t("exercise.realCalm")));
    if (!open && !failed) bar.append(make("span", {}, T.t("exercise.over")));
    bar.append(make("a", { href: "/drills", class: "btn quiet" }, T.t("exercise.toDrills")), make("a", { href: location.pathname, class: "btn quiet" }, T.t("exercise.leave")));
    lost.before(bar);
  }
  /* What is real is heard on the exercise view, too. */
  if (X.on) addEventListener("load", () => {
    const alarm = root.MallAlarm, own = alarm?.update;
    if (own) alarm.update = (advisories, now) => own([...advisories, ...(real || [])], now);
  });
  T.onChange(() => { drawn = ""; draw(); });
  if (X.on) draw();
  look();
  setInterval(look, EVERY_MS);
})(window);
