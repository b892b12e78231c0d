"""The words of sensors and cameras: beyond a limit, silent, lost."""

from collections.abc import Mapping

from mall.advisories.sources import in_japanese
from mall.advisories.wording_parts import Labels, Text, figure, names, pair
from mall.models import Advisory

SENSOR_KINDS: Mapping[str, tuple[str, str]] = {
    "entries": ("entries", "入店"),
    "inside": ("people inside", "店内人数"),
    "co2": ("CO₂", "CO₂"),
    "temperature": ("temperature", "温度"),
    "humidity": ("humidity", "湿度"),
    "noise": ("noise", "騒音"),
    "power": ("power", "電力"),
    "door": ("door", "扉"),
    "battery": ("battery", "電池"),
}


def sensor(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of a sensor beyond its limits."""
    f = advisory.facts
    above = f["side"] == "high"
    if f["kind"] == "door":
        return _door(f.get("on_delay_s"), is_open=above)
    unit = f" {f['unit']}" if f["unit"] else ""
    unit_ja = f" {_UNITS_JA.get(f['unit'], f['unit'])}" if f["unit"] else ""
    value, limit = figure(f["value"]), figure(f["limit"])
    en = f"{value}{unit}, limit {limit}{unit}: {f['source']}"
    ja = f"{value}{unit_ja}、{'上限' if above else '下限'} {limit}{unit_ja}：{in_japanese(f['source'])}"
    state = ("above the limit", "上限超過") if above else ("below the limit", "下限未満")
    return pair(*state), {"en": en, "ja": ja}


def _door(delay_s: float | None, *, is_open: bool) -> tuple[Text, Text]:
    """Tell of a door in words: its reading is 1 or 0, and its limit says nothing to a reader."""
    en, ja = ("open", "開") if is_open else ("closed", "閉")
    if delay_s is None:
        return pair(en, ja), pair(f"found {en}", f"{ja}を検知")
    return pair(en, ja), pair(f"{en} for more than {delay_s:.0f} s", f"{ja}の状態が {delay_s:.0f} 秒以上継続")


def camera_lost(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of a camera that gives no picture."""
    f = advisory.facts
    zones_en = f" No data in {names(labels, 'zone', f['zones'], 'en')}." if f["zones"] else ""
    zones_ja = f"データなし：{names(labels, 'zone', f['zones'], 'ja')}。" if f["zones"] else ""
    en = f"The camera gives no picture ({f['state']}).{zones_en} The worker keeps trying."
    ja = f"カメラ映像なし（{_STATES_JA.get(f['state'], f['state'])}）。{zones_ja}再接続を継続中。"
    if f["state"] == "suspect":
        en = f"The picture is frozen, or of another size than calibrated.{zones_en} The worker keeps looking."
        ja = f"映像の静止、または較正時と異なる大きさ。{zones_ja}監視を継続中。"
    return pair("camera lost", "カメラ受信なし"), {"en": en, "ja": ja}


def level_dark(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of the cameras of a level that give no picture."""
    f = advisory.facts
    en = f"{f['value']:.0f} cameras give no picture: {names(labels, 'camera', f['cameras'], 'en')}."
    en += " Their zones show no data."
    ja = f"カメラ {f['value']:.0f} 台が映像なし：{names(labels, 'camera', f['cameras'], 'ja')}。該当区画はデータなし。"
    return pair("several cameras lost", "複数カメラ受信なし"), {"en": en, "ja": ja}


def sensor_silent(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of a sensor that says nothing."""
    f = advisory.facts
    kind = SENSOR_KINDS.get(f["kind"], (f["kind"], f["kind"]))
    en = f"No reading of {kind[0]} for more than {f['after_s']:.0f} s; expected every {f['period_s']:g} s"
    ja = f"{kind[1]} の値が {f['after_s']:.0f} 秒以上未着、周期 {f['period_s']:g} 秒"
    return pair("sensor silent", "センサー受信なし"), {"en": en, "ja": ja}


def self_test(_advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of the daily test."""
    why = pair("The daily test of every way to tell; nothing has happened", "通知経路の日次試験。異常なし")
    return pair("Test", "試験"), why


_UNITS_JA = {"people": "人"}
_STATES_JA = {"failed": "停止", "offline": "受信なし", "unknown": "未受信", "suspect": "要確認"}
