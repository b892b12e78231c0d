"""The words of a forecast in English and Japanese."""

from collections.abc import Mapping

from mall.forecast.shape import Forecast

Text = dict[str, str]

METHODS: Mapping[str, tuple[str, str]] = {
    "weekly": ("usual for weekday and time, moved by the last hours", "曜日・時刻の通常値を直近の推移で補正"),
    "daily": ("usual for the time of day, moved by the last hours", "時刻の通常値を直近の推移で補正"),
    "last": ("the last value, for two hours at most", "直近の値(最長2時間)"),
    "none": ("no forecast", "予測なし"),
}
REASONS: Mapping[str, tuple[str, str]] = {
    "short_history": ("less than a day of history", "履歴が1日に満たない"),
    "no_recent_value": ("no value in the last day", "過去1日に値がない"),
    "gap": ("nothing is known of these times of the week", "この曜日・時刻の履歴がない"),
    "unreadable": ("the history cannot be read", "履歴を読み取れない"),
    "not_made": ("none was made in the last 30 min", "過去30分に予測が作成されていない"),
}
NOT_VALIDATED = ("not yet validated", "未検証")
SAMPLE = ("sample", "見本")


def text(method: str, none_reason: str | None) -> dict[str, Text]:
    """Return ``{"method": {"en", "ja"}}``, and ``"none_reason"`` where there is one."""
    words = {"method": _both(METHODS[method])}
    return words if none_reason is None else words | {"none_reason": _both(REASONS[none_reason])}


def marks(forecast: Forecast) -> list[Text]:
    """Return what must stand beside a forecast: that it is of a sample, or that some of it is not yet validated."""
    if forecast.is_sample:
        return [_both(SAMPLE)]
    return [] if forecast.is_validated or not forecast.steps else [_both(NOT_VALIDATED)]


def caption(forecast: Forecast, *, is_validated: bool) -> Text:
    """Return what the dotted line and the band of a chart are; ``is_validated``: all that is drawn of it is."""
    share = round(100 * forecast.interval)
    mark = SAMPLE if forecast.is_sample else ("", "") if is_validated else NOT_VALIDATED
    en, ja = (f", {mark[0]}", f"、{mark[1]}") if mark[0] else ("", "")
    return {"en": f"Dotted: forecast, {share}\u00a0% interval{en}", "ja": f"点線：予測、{share}\u00a0% 区間{ja}"}


def absent(forecast: Forecast | None, *, is_fresh: bool) -> Text:
    """Return why there is none of the next hour; ``is_fresh``: made within the last half-hour."""
    reason = "not_made" if forecast is None else forecast.none_reason or ("gap" if is_fresh else "not_made")
    en, ja = REASONS.get(reason, REASONS["not_made"])
    return {"en": f"No forecast of the next hour: {en}", "ja": f"次の 1 時間の予測なし：{ja}"}


def _both(pair: tuple[str, str]) -> Text:
    return {"en": pair[0], "ja": pair[1]}
