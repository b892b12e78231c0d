"""The shift hand-over in words, as plain text or Markdown, in English and Japanese."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mall.advisories.places import labels_of
from mall.advisories.wording import text
from mall.config import Site
from mall.models import Advisory
from mall.views.handover_plan import plan_line

Row = Mapping[str, Any]

_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Shift hand-over: {since} – {until}", "引き継ぎ：{since} 〜 {until}"),
    "raised": ("{severity} · {title}, since {time}", "{severity}・{title}、{time} から"),
    "open": ("Open", "未解消"),
    "closed": ("Closed", "解消済み"),
    "answers": ("Answer times", "確認までの時間"),
    "lost": ("No data now", "現在データなし"),
    "plan": ("Changes of the plan's state", "図面状態の変更"),
    "none": ("none", "なし"),
    "nobody": ("nobody has it", "担当なし"),
    "with": ("with {name}", "担当 {name}"),
    "seen": ("acknowledged by {name} after {time}", "{name} が {time} で確認"),
    "unseen": ("not acknowledged", "未確認"),
    "escalated": ("escalated", "上位通知済み"),
    "silenced": ("silenced until {time}: {reason}", "{time} まで通知停止：{reason}"),
    "again": ("came back, {n} times", "再発 {n} 回"),
    "ended": ("ended {time} by {name}", "{time} 終了（{name}）"),
    "median": ("median {time}, {n} acknowledged, {m} not", "中央値 {time}、確認 {n} 件、未確認 {m} 件"),
    "no_median": ("nothing was acknowledged, {m} not", "確認なし、未確認 {m} 件"),
    "note": ("note, {name}: {text}", "メモ（{name}）：{text}"),
    "effect": ("after {n} min: {measured} (predicted {predicted})", "{n} 分後：{measured}（予測 {predicted}）"),
    "chosen": ("chosen: {title}", "選択：{title}"),
}
_SEVERITIES = {"watch": ("watch", "注視"), "warn": ("warn", "警戒"), "act": ("act", "対応"), "clear": ("clear", "退避")}
_STATES = {
    "stale": ("stale", "更新遅れ"), "offline": ("offline", "受信なし"), "unknown": ("never seen", "未受信"),
    "suspect": ("suspect", "要確認"), "failed": ("failed", "停止"),
}  # fmt: skip


def handover_text(site: Site, summary: Row, language: str, *, is_markdown: bool) -> str:
    """Return what ``handover`` found in words; what people typed is never read as markup."""
    page = _Page(site, language, is_markdown=is_markdown)
    page.head(page.say("title", since=page.time(summary["since"], day=True), until=page.time(summary["until"])), 1)
    for part, writer in (("open", page.open_row), ("closed", page.closed_row)):
        page.head(f"{page.say(part)} ({len(summary[part])})", 2)
        page.rows([writer(row) for row in summary[part]])
    page.head(page.say("answers"), 2)
    n, m, middle = summary["acknowledged"], summary["unacknowledged"], summary["median_acknowledge_s"]
    counted = page.say("median", time=page.span(middle), n=n, m=m) if middle is not None else page.say("no_median", m=m)
    page.rows([[counted]])
    page.head(page.say("lost"), 2)
    page.rows([[f"{row['id']}: {page.pick(_STATES, row['state'])}"] for row in summary["lost"]])
    page.head(page.say("plan"), 2)
    page.rows([[plan_line(site, row, language, page.time)] for row in summary["plan"]])
    return page.text


class _Page:
    def __init__(self, site: Site, language: str, *, is_markdown: bool) -> None:
        self._site, self._is_markdown = site, is_markdown
        self._at = 1 if language == "ja" else 0
        self._language = language
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._lines).strip() + "\n"

    def say(self, key: str, **values: Any) -> str:
        return _WORDS[key][self._at].format(**values)

    def pick(self, words: Mapping[str, tuple[str, str]], key: str) -> str:
        return words.get(key, (key, key))[self._at]

    def head(self, words: str, depth: int) -> None:
        self._lines += ["", f"{'#' * depth} {words}" if self._is_markdown else words]

    def rows(self, rows: list[list[str]]) -> None:
        """Add one item a row; the lines after its first are indented."""
        for row in rows:
            first, *rest = map(self._plain, row)
            self._lines += [f"- {first}", *(f"  - {line}" for line in rest)]
        if not rows:
            self._lines.append(f"- {self.say('none')}")

    def time(self, at: float, *, day: bool = False) -> str:
        return datetime.fromtimestamp(at, self._site.timezone).strftime("%Y-%m-%d %H:%M" if day else "%H:%M")

    def span(self, seconds: float) -> str:
        """Return a measured duration in clock form."""
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

    def open_row(self, row: Row) -> list[str]:
        state = self.say("with", name=row["assigned_to"]) if row["assigned_to"] else self.say("nobody")
        lines = [self._title(row), state, self._seen(row)]
        if row["escalated_at"] is not None:
            lines.append(self.say("escalated"))
        if row["silenced_until"] is not None:
            lines.append(self.say("silenced", time=self.time(row["silenced_until"]), reason=row["silence_reason"]))
        return lines + self._more(row)

    def closed_row(self, row: Row) -> list[str]:
        ended = self.say("ended", time=self.time(row["ended_at"]), name=row["ended_by"] or "–")
        return [self._title(row), ended, self._seen(row), *self._more(row)]

    def _title(self, row: Row) -> str:
        advisory = Advisory(row["id"], row["rule"], row["place"], "", row["severity"], "new", 0.0, 0.0, row["facts"])
        words = text(advisory, labels_of(self._site))["title"][self._language]
        severity = self.pick(_SEVERITIES, row["severity"])
        return self.say("raised", severity=severity, title=words, time=self.time(row["raised_at"]))

    def _seen(self, row: Row) -> str:
        if row["acknowledged_by"] is None:
            return self.say("unseen")
        return self.say("seen", name=row["acknowledged_by"], time=self.span(row["acknowledge_s"] or 0.0))

    def _more(self, row: Row) -> list[str]:
        again = [self.say("again", n=row["raised_count"])] if row["raised_count"] > 1 else []
        title = row["chosen"]
        chosen = [self.say("chosen", title=title.get(self._language, "–"))] if isinstance(title, Mapping) else []
        effects = [
            self.say("effect", n=e.get("after_min"), measured=e.get("measured"), predicted=e.get("predicted"))
            for e in row["effects"]
        ]
        notes = [self.say("note", name=str(n["by"]).removeprefix("console:"), text=n["text"]) for n in row["notes"]]
        return again + chosen + effects + notes

    def _plain(self, line: str) -> str:
        """Return a line as one line; in Markdown with its marks escaped."""
        flat = " ".join(line.split())
        if not self._is_markdown:
            return flat
        return "".join(f"\\{mark}" if mark in "\\`*_{}[]<>#|!&" else mark for mark in flat)
