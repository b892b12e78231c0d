"""Where a limit comes from, in Japanese: the rules name their sources in English; names of standards stay."""

from collections.abc import Mapping

_PROFILE = "site profile, "
_JAPANESE: Mapping[str, str] = {
    "Fruin walkway LoS D/E boundary": "Fruin 歩行路 LoS D/E 境界",
    "Weidmann: flow peaks at about 1.75 p/m²": "Weidmann、約 1.75 人/m² で流量最大",
    "Fruin LoS E/F boundary, 2.17 p/m²; HSG195: 2 p/m²": "Fruin LoS E/F 境界 2.17 人/m²、HSG195 2 人/m²",
    "Fruin: involuntary contact from 3.57 p/m²; moving crowd": "Fruin、移動群集で 3.57 人/m² から意図しない接触",
    "HCM 2000 queue LoS D/E boundary": "HCM 2000 待ち列 LoS D/E 境界",
    "Fruin: involuntary contact": "Fruin、意図しない接触",
    "Still: unstable above 4 p/m²; standing crowd": "Still、静止群集で 4 人/m² 超は不安定",
    "Fruin stair LoS C/D boundary": "Fruin 階段 LoS C/D 境界",
    "Fruin stair LoS D/E boundary": "Fruin 階段 LoS D/E 境界",
    "Fruin stair LoS E/F boundary": "Fruin 階段 LoS E/F 境界",
    "EN 115-1: at most 6000 riders/h at 0.5 m/s on steps of 1 m, 3.33 p/m²": (
        "EN 115-1、踏段幅 1 m・0.5 m/s で最大 6000 人/時、3.33 人/m²"
    ),
    "capacity of the plan, else Japanese design occupancy: sales floor 0.5, concourse 0.25 p/m²": (
        "フロア図の安全上限人数、なければ日本の設計在館者密度（売場 0.5、コンコース 0.25 人/m²）"
    ),
    "Fruin walkway LoS D/E boundary, with falling flow": "Fruin 歩行路 LoS D/E 境界、流量減少時",
    "Weidmann: beyond the peak of flow at 1.75 p/m² less flow is a jam": (
        "Weidmann、流量最大の 1.75 人/m² を超えた流量減少は渋滞"
    ),
    "HCM 2000 queue LoS C/D boundary, ever more people and falling flow": (
        "HCM 2000 待ち列 LoS C/D 境界、人数増加かつ流出減少時"
    ),
    "Fruin LoS E/F boundary, and nobody walks": "Fruin LoS E/F 境界、歩行なし",
    "80 % of capacity; our own choice": "安全上限人数の 80 %、独自設定",
    "80 % of the safe capacity; our own choice": "安全上限人数の 80 %、独自設定",
    "Green Guide: smaller of holding and exit capacity, largest exit blocked": (
        "Green Guide、滞留容量と避難容量（最大出口閉鎖）の小さい方"
    ),
    "Fruin walkway LoS C/D boundary before an exit that nobody passes": (
        "Fruin 歩行路 LoS C/D 境界、通過のない出口の手前"
    ),
    "Weidmann: flow peaks at about 1.75 p/m²; before an exit that nobody passes": (
        "Weidmann、約 1.75 人/m² で流量最大、通過のない出口の手前"
    ),
    "Fruin walkway LoS B/C boundary, 33 p/m/min": "Fruin 歩行路 LoS B/C 境界 33 人/m/分",
    "Fruin walkway LoS C/D boundary, 49 p/m/min: counter-flow is hard": (
        "Fruin 歩行路 LoS C/D 境界 49 人/m/分、対向流が困難"
    ),
    "Fruin stair LoS B/C boundary, 23 p/m/min": "Fruin 階段 LoS B/C 境界 23 人/m/分",
    "Fruin stair LoS C/D boundary, 33 p/m/min: counter-flow is hard": (
        "Fruin 階段 LoS C/D 境界 33 人/m/分、対向流が困難"
    ),
    "in less out less the change of people, three deviations": "流入−流出−人数変化、標準偏差の 3 倍",
    "an hour to staff, guide or open a way before it is full; our own choice": (
        "満員前の増員・誘導・開放に 1 時間、独自設定"
    ),
    "limits of the sensor in site.toml": "センサーの設定値（site.toml）",
}


def in_japanese(source: str) -> str:
    """Return a rule's source in Japanese; one that is not in the table stays as it is."""
    if source.startswith(_PROFILE):
        return f"サイト設定 {source.removeprefix(_PROFILE)}"
    return _JAPANESE.get(source, source)
