"""What the setup page is told, in English and Japanese: why a call was refused, what is wrong with a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mall.errors import MallError, Why

Severity = Literal["error", "warning"]

REFUSALS: Mapping[str, tuple[str, str]] = {
    "off": (
        "Setup is off. Start the stack with: python app.py run --setup",
        "設定機能は無効です。python app.py run --setup で起動してください。",
    ),
    "session": (
        "No session, or it has ended. Open the address that was printed at start.",
        "セッションがないか終了しています。起動時に表示されたアドレスを開いてください。",
    ),
    "token": ("This is not the token, or it was used already.", "トークンが違うか、すでに使用済みです。"),
    "closed": (
        "Too many wrong tokens: setup stays closed until the stack is started again.",
        "誤ったトークンが多すぎます。再起動するまで設定機能は閉じられます。",
    ),
    "shape": ("The request cannot be read: {reason}", "リクエストを読み取れません: {reason}"),
    "size": ("The request is larger than 2 MB.", "リクエストが 2 MB を超えています。"),
    "unknown": ("There is no {what}.", "{what} はありません。"),
    "changed": (
        "The site was changed meanwhile. Read it again; nothing was written.",
        "サイトが途中で変更されました。再読み込みしてください。何も書き込まれていません。",
    ),
    "invalid": (
        "This cannot be saved; nothing was written: {reason}",
        "保存できません。何も書き込まれていません: {reason}",
    ),
    "read-only": (
        "The site folder cannot be written to: {reason}",
        "サイトのフォルダーに書き込めません: {reason}",
    ),
    "none": ("There is nothing to take back.", "取り消せる変更はありません。"),
    "few-counts": (
        "A line needs at least {least} head counts of the whole picture made with the present detector; there are {n}.",
        "現在の検出器で数えた画像全体の人数が {least} 件以上必要です（現在 {n} 件）。",
    ),
    "still": (
        "This still is no longer known: it is older than 10 minutes, or something was saved since. Take a new one.",
        "この静止画は無効です。10 分以上前のものか、その後に保存がありました。撮り直してください。",
    ),
    "no-answer": (
        "The worker of this camera does not answer; it may be starting.",
        "このカメラのワーカーが応答しません。起動中の可能性があります。",
    ),
    "no-picture": (
        "This camera is a recording of boxes: it has no picture.",
        "このカメラは検出枠の記録で、画像がありません。",
    ),
    "no-detector": (
        "No still without a working detector: nobody could be pixelated.",
        "検出器が動作していないため、人物をぼかせません。静止画は出せません。",
    ),
    "damaged": (
        "{what} is damaged. It was left as it is: mend it, or move it away to begin anew.",
        "{what} が壊れています。ファイルはそのままです。修復するか、移動して最初からやり直してください。",
    ),
    "lost": ("The camera gives no picture now: {reason}", "カメラから映像が届いていません: {reason}"),
    "disk": ("The disk of the server refuses: {reason}", "サーバーのディスクに書き込めません: {reason}"),
    "store": ("The store does not answer; try again.", "ストアが応答しません。もう一度お試しください。"),
}


def in_both(words: tuple[str, str], facts: Mapping[str, object]) -> dict[str, str]:
    """Return (English, Japanese) words by language, with the facts in their places."""
    return {language: text.format(**facts) for language, text in zip(("en", "ja"), words, strict=True)}


class SetupError(MallError):
    """A call of the setup page that is refused; ``code`` is a key of ``REFUSALS``, ``why`` has words in pages."""

    def __init__(
        self, code: str, problems: "Sequence[Problem]" = (), *, why: Why | None = None, **facts: object
    ) -> None:
        self.code = code
        self.why = why
        self.text = in_both(REFUSALS[code], facts)
        self.problems = tuple(problems)
        super().__init__(self.text["en"])


@dataclass(frozen=True, slots=True)
class Place:
    """What of a draft a problem is about; numbers count from 0."""

    camera: str | None = None
    pair: int | None = None
    plane: int | None = None
    mask: int | None = None
    feature: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong (``error``: it cannot be saved) or odd with a draft."""

    code: str
    severity: Severity
    text: Mapping[str, str]
    where: Place = field(default_factory=Place)

    def row(self) -> dict[str, Any]:
        """Return it for an answer."""
        return asdict(self)


def first_error(problems: Sequence[Problem]) -> Problem | None:
    """Return the first that forbids saving."""
    return next((problem for problem in problems if problem.severity == "error"), None)
