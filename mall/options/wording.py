"""The words of options in English and Japanese: title, steps and who acts, filled with the names of places."""

from collections.abc import Mapping

from mall.options.records import Text

_Words = tuple[Text, tuple[Text, ...], Text]


def told(kind: str, names: Mapping[str, Text]) -> _Words:
    """Return (title, steps, who acts) of an option; KeyError where a name is missing."""
    title, steps, who = _TEMPLATES[kind]
    return _filled(title, names), tuple(_filled(step, names) for step in steps), _filled(_WHO[who], names)


def _filled(template: tuple[str, str], names: Mapping[str, Text]) -> Text:
    return {
        language: text.format(**{key: name[language] for key, name in names.items()})
        for language, text in zip(("en", "ja"), template, strict=True)
    }


def eases(minutes: int, *, is_sure: bool, is_emptying: bool = True) -> Text:
    """Return that a place comes below its limit by itself; ``is_sure``: in the high run too.

    ``is_emptying``: more leave than come, beyond chance; where they do not it may as well stay as it is for hours.
    """
    if not (is_sure or is_emptying):
        return STEADY
    found = _EASES if is_sure else tuple(a + b for a, b in zip(_EASES, _EASES_PERHAPS, strict=True))
    return _filled((found[0], found[1]), {"n": dict.fromkeys(("en", "ja"), f"{minutes}")})


_EASES = (
    "It eases by itself in about {n} min if nothing changes.",
    "状況が変わらなければ、約 {n} 分で自然に上限を下回る見込みです。",
)
_EASES_PERHAPS = (
    " This is likely, not sure: at worst it stays above the limit for 15 min or more.",
    "ただし確実ではなく、15 分以上上限を超え続ける可能性もあります。",
)
STEADY: Text = {
    "en": "About as many come as leave: it may stay above the limit for long. Keep watching.",
    "ja": "流入と流出がほぼ同数のため、しきい値超過が長引く可能性あり。監視を継続",
}
NOTHING_HELPS: Text = {
    "en": "No option brings the density below the limit in 15 minutes: clear the area.",
    "ja": "15 分以内にしきい値を下回る対応案なし。区域退避が必要",
}
NOTHING_ENOUGH: Text = {
    "en": "No option brings it below the limit in 15 minutes. Keep watching; what is offered eases it.",
    "ja": "15 分以内にしきい値を下回る対応案なし。監視を継続し、以下の対応案で緩和",
}
STOP_FIRST: Text = {
    "en": "First, whatever is predicted: the landing reaches its limit within 20 s, and riders cannot stop.",
    "ja": "予測によらず最優先：乗降口は 20 秒以内にしきい値に到達し、運ばれてくる人は立ち止まれない。",
}
EVACUATE: Text = {
    "en": "Follow the evacuation plan: the evacuation view shows exits, routes and the last known people.",
    "ja": "避難計画に従って対応。避難表示に出口、経路、最後に判明した人数を表示",
}
NO_OPTIONS: Mapping[str, Text] = {
    "alarm": EVACUATE,
    "memory": {
        "en": "Nothing on the floor changes this: make room on the disk of the history, or repair it.",
        "ja": "現場での対応は不要。履歴用ディスクの空き容量の確保または修復が必要",
    },
    "channel": {
        "en": "Nothing on the floor changes this: check the receiver, its address, its secret and the network.",
        "ja": "現場での対応は不要。受信側、宛先、秘密鍵、ネットワークの確認が必要",
    },
    "test": {"en": "A test of the alarm channels: nothing to do.", "ja": "通知経路の試験。対応不要"},
}
"""Family of situations -> why it has no options."""
NOT_SEEN: Text = {
    "en": "Nobody is counted there now: send somebody to look; options return with the count.",
    "ja": "現在この場所の人数は計測不可。係員の現地確認が必要。計測の回復後に対応案を表示",
}

_WHO: Mapping[str, tuple[str, str]] = {
    "guard": ("Security guard", "警備員"),
    "technician": ("Technician, control room", "設備担当・防災センター"),
    "control": ("Control room", "防災センター"),
    "staff": ("Floor staff", "フロア係員"),
    "tenant": ("Pop-up tenant, floor staff", "出店者・フロア係員"),
    "event": ("Event manager", "催事責任者"),
    "leader": ("Duty manager, all guards", "統括責任者・警備員全員"),
}

_TEMPLATES: Mapping[str, tuple[tuple[str, str], tuple[tuple[str, str], ...], str]] = {
    "stop_escalator": (
        ("Stop {item}: it feeds {place}", "{place}へ流入する{item}を停止"),
        (
            (
                "Bar the entry to {item} and wait until nobody stands on it.",
                "{item}の乗り口を閉鎖し、利用者がいなくなるのを待つ。",
            ),
            ("Stop it and keep one guard at the entry.", "停止し、乗り口に警備員 1 名を配置する。"),
            (
                "Start it again when {place} has been below the limit for 2 min.",
                "{place}が 2 分間しきい値を下回ったら再開する。",
            ),
        ),
        "guard",
    ),
    "reverse_escalator": (
        ("Reverse {item} to lead away from {place}", "{item}を逆転し、{place}から流出させる"),
        (
            ("Bar both ends of {item} and empty it.", "{item}の両端を閉鎖し、無人にする。"),
            ("Reverse it, then open the end at {place} first.", "逆転させ、{place}側から開放する。"),
            ("Tell people at the other end that it now leads the other way.", "反対側で進行方向の変更を案内する。"),
        ),
        "technician",
    ),
    "open_opening": (
        ("Open {item} for those who leave {place}", "{item}を開放し、{place}から流出させる"),
        (
            ("Open {item} fully and take away what stands in it.", "{item}を全開し、障害物を取り除く。"),
            ("One guard points the way through it.", "警備員 1 名が誘導する。"),
        ),
        "guard",
    ),
    "bar_entry": (
        (
            "Let nobody into {place} from {origin}; leaving stays free",
            "{origin}から{place}への進入を止める（退出は可）",
        ),
        (
            ("Two guards at {item}: out only.", "{item}に警備員 2 名を配置し、退出のみとする。"),
            ("Tell those who wait how long it may take.", "待つ人に見込み時間を伝える。"),
            ("Let people in again in small groups once below the limit.", "しきい値を下回ったら少人数ずつ再開する。"),
        ),
        "guard",
    ),
    "guide_route": (
        ("Guide people from {origin} to {goal} by {via}", "{origin}から{goal}へは{via}経由で誘導"),
        (
            ("Two staff in {origin}, before the way into {place}.", "{origin}の{place}手前に係員 2 名を配置する。"),
            ("Point to {via}; about {minutes} min on foot.", "{via}へ案内する（徒歩約 {minutes} 分）。"),
        ),
        "staff",
    ),
    "guide_out": (
        ("Guide people out of {place} towards {goal}", "{place}から{goal}方面へ誘導"),
        (
            ("One of the staff in {place}, before {item}.", "{place}の{item}手前に係員 1 名を配置する。"),
            ("Point to {goal} and keep the way there free.", "{goal}へ案内し、通路を確保する。"),
        ),
        "staff",
    ),
    "add_service": (
        ("Open one more counter for {place}", "{place}の受付・レジを増やす"),
        (
            ("Open another till or counter for the queue.", "窓口またはレジを 1 つ追加する。"),
            ("Lead the end of the queue to it.", "列の後方を誘導する。"),
        ),
        "staff",
    ),
    "delay_event": (
        (
            "Let the crowd of {event} out later: it comes into {place}",
            "{event}からの退出を遅らせ、{place}への集中を避ける",
        ),
        (
            ("Keep the doors of {event} shut, or put off its end.", "{event}の扉を閉めておくか、終了を遅らせる。"),
            ("Then let people out in groups.", "その後、グループごとに退出させる。"),
        ),
        "event",
    ),
    "pause_popup": (
        ("Pause {stand} in or beside {place}", "{place}付近の{stand}を一時休止"),
        (
            ("Ask {stand} to stop serving and showing for 15 min.", "{stand}に 15 分間の休止を依頼する。"),
            ("Ask those who stand there to go on.", "立ち止まっている人に移動を促す。"),
        ),
        "tenant",
    ),
    "move_popup": (
        ("Move {stand} out of {place}", "{stand}を{place}の外へ移動"),
        (
            ("Stop serving; ask those who stand there to go on.", "販売を止め、立ち止まっている人に移動を促す。"),
            ("Move the kit to another pitch.", "什器を別の区画へ移す。"),
        ),
        "tenant",
    ),
    "send_staff": (
        ("Send staff to {place} to keep the ways free", "{place}に係員を配置し、通路を確保"),
        (
            (
                "Two staff at {item}: keep to the left, no standing.",
                "{item}に係員 2 名を配置し、左側通行・立ち止まり禁止を案内する。",
            ),
            ("Report what holds people up.", "滞留の原因を報告する。"),
        ),
        "staff",
    ),
    "message": (
        ("Tell shoppers to avoid {place} for now", "来館者に{place}を避けるよう案内"),
        (
            ("Show it on the public widget and the screens.", "公開ウィジェットと館内画面に表示する。"),
            ("Announce it twice, calmly.", "落ち着いた口調で 2 回放送する。"),
        ),
        "control",
    ),
    "cordon": (
        ("Keep people out of {place}", "{place}を立入禁止にする"),
        (
            (
                "Two guards bar every way into {place}; leaving stays free.",
                "警備員 2 名で{place}への進入口を閉鎖する（退出は可）。",
            ),
            ("End it when the incident is cleared.", "事象が解消したら解除する。"),
        ),
        "guard",
    ),
    "clear_area": (
        ("Clear {place}", "{place}から退避させる"),
        (
            ("Bar every way in.", "すべての進入口を閉鎖する。"),
            ("Lead people out to {goals}, the edge of the crowd first.", "{goals}へ、群集の外側から順に誘導する。"),
            ("Stop music and events; announce calmly, without haste.", "音楽と催事を止め、落ち着いて放送する。"),
        ),
        "leader",
    ),
    "look": (
        ("Send somebody to look at {place}", "{place}を係員が目視確認"),
        (
            ("Look at the places without data: {zones}.", "データのない場所を確認する：{zones}。"),
            ("Report the number of people every 5 min.", "5 分ごとに人数を報告する。"),
        ),
        "staff",
    ),
    "repair": (
        ("Check the device at {place}: power, network, view", "{place}の機器を点検（電源・通信・視野）"),
        (
            ("Check power and network, then clean or turn it back.", "電源と通信を確認し、清掃または向きを直す。"),
            ("Run check when it is back.", "復旧後に check を実行する。"),
        ),
        "technician",
    ),
    "air": (
        ("Ventilate or cool {place}", "{place}の換気・空調を調整"),
        (
            ("Raise the ventilation of the zone.", "区画の換気量を上げる。"),
            ("Read the sensor again after 10 min.", "10 分後にセンサー値を再確認する。"),
        ),
        "technician",
    ),
}
