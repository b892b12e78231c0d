"""Write floorplan.geojson: Hikari Mall, an invented small mall of two storeys, in local metres (x right, y up).

Run: python sample_footage/make/floorplan.py [PICTURE.png]   (with a picture: draw both storeys to look at)

The west wing is square to the axes; the east wing is turned 8 degrees about the middle of the atrium. Its points are
written ``east(u, v)``: u metres along the wing, v metres to its left.
"""

import json
import math
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "floorplan.geojson"
MIDDLE = (31.0, 42.0)  # of the atrium
TURN = math.radians(8)
SALES_P_M2 = 0.5  # people for a m² of sales floor in Japanese design practice

Point = tuple[float, float]
Ring = list[Point]


def east(u: float, v: float) -> Point:
    """Return a point of the turned east wing."""
    x = MIDDLE[0] + u * math.cos(TURN) - v * math.sin(TURN)
    y = MIDDLE[1] + u * math.sin(TURN) + v * math.cos(TURN)
    return round(x, 3), round(y, 3)


def box(x0: float, y0: float, x1: float, y1: float) -> Ring:
    """Return a rectangle square to the axes."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def east_box(u0: float, v0: float, u1: float, v1: float) -> Ring:
    """Return a rectangle of the east wing."""
    return [east(u0, v0), east(u1, v0), east(u1, v1), east(u0, v1)]


def ngon(x: float, y: float, radius: float, corners: int = 8) -> Ring:
    """Return a regular polygon."""
    turn = [2 * math.pi * (i + 0.5) / corners for i in range(corners)]
    return [(round(x + radius * math.cos(a), 3), round(y + radius * math.sin(a), 3)) for a in turn]


def along(a: Point, b: Point, start: float, length: float) -> tuple[Point, Point]:
    """Return the piece of a wall from ``start`` metres after a, ``length`` metres long."""
    whole = math.dist(a, b)
    ends = [(round(a[0] + (b[0] - a[0]) * d / whole, 3), round(a[1] + (b[1] - a[1]) * d / whole, 3)) for d in (start, start + length)]
    return ends[0], ends[1]


def area(ring: Ring) -> float:
    """Return the area of a ring in m²."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


FEATURES: list[dict] = []


def add(shape: str, coordinates: list, **props: object) -> None:
    """Append a feature; properties that are None are left out."""
    kept = {key: value for key, value in props.items() if value is not None}
    FEATURES.append({"type": "Feature", "properties": kept, "geometry": {"type": shape, "coordinates": coordinates}})


def closed(ring: Ring) -> list[list[float]]:
    """Return a GeoJSON ring."""
    return [list(p) for p in [*ring, ring[0]]]


def zone(level: str, zone_id: str, names: str, category: str, ring: Ring, holes: tuple[Ring, ...] = (), **more: object) -> None:
    """Add a zone; ``names`` is "English | Japanese"."""
    label_en, label_ja = names.split(" | ")
    if category == "shop":
        more = {"capacity": round(area(ring) * SALES_P_M2), "public": False, **more}
    add("Polygon", [closed(ring), *[closed(h) for h in holes]], type="zone", id=zone_id, label=label_en, label_ja=label_ja,
        category=category, level=level, **more)


def fixture(level: str, fixture_id: str, kind: str, ring: Ring) -> None:
    """Add something nobody can walk on."""
    add("Polygon", [closed(ring)], type="fixture", id=fixture_id, kind=kind, level=level)


def opening(level: str, wall: tuple[Point, Point], start: str, end: str | None) -> None:
    """Add a door or passage over the whole of ``wall``."""
    add("LineString", [list(p) for p in wall], type="opening", id=f"{start}--{end or 'outside'}", level=level,
        width_m=round(math.dist(*wall), 2), **{"from": start, "to": end})


def line(level: str, line_id: str, names: str, ends: tuple[Point, Point], into: tuple[str, Point]) -> None:
    """Add a measurement line whose right side, looking from its first to its last vertex, holds the point of ``into``."""
    (ax, ay), (bx, by) = ends
    zone_id, (px, py) = into
    if (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0:  # the point lies to the left: turn the line round
        ends = ends[1], ends[0]
    label_en, label_ja = names.split(" | ")
    add("LineString", [list(p) for p in ends], type="line", id=line_id, label=label_en, label_ja=label_ja, level=level, zone=zone_id)


def door_line(level: str, unit: str, wall: tuple[Point, Point], which: str = "") -> None:
    """Add the measurement line of a unit's door; people who step towards the unit's middle go in."""
    found = next(feature for feature in FEATURES if feature["properties"].get("id") == unit)
    ring, names = found["geometry"]["coordinates"][0][:-1], found["properties"]
    middle = tuple(sum(point[axis] for point in ring) / len(ring) for axis in (0, 1))
    more = {"": ("", ""), "east": (" east", "東側"), "south": (" south", "南側"), "atrium": (" to the atrium", "アトリウム側")}[which]
    label = f"{names['label']}, door{more[0]} | {names['label_ja']}{more[1]}入口"
    line(level, f"door-{unit}{f'-{which}' if which else ''}", label, wall, (unit, middle))


# ---------------------------------------------------------------------------------------------------- 1F
A1, A2, A3, A4 = (24, 39), (24, 45), (28, 49), (34, 49)  # the corners of the atrium, clockwise from the west wing
A5, A6, A7, A8 = east(7, 3), east(7, -3), (34, 35), (28, 35)
PITCH_1 = box(25.6, 39, 28.6, 42)
PITCH_2 = east_box(8.6, -2.8, 11.6, -0.4)
CORNER = (34, 28.283)  # where the south wall of the east wing meets the south hall
PLAZA_SPLIT = (22, 23.4), (22, 3.81)


def first_floor() -> None:
    """Add the zones of 1F."""
    f = "1f"
    zone(f, "ent-w", "West entrance | 西口", "entrance", box(3, 39, 6, 45), parent="conc-w")
    zone(f, "conc-w", "Concourse West | 西コンコース", "concourse", box(6, 39, 24, 45))
    zone(f, "atrium", "Atrium | アトリウム", "atrium", [A1, A2, A3, A4, A5, A6, A7, A8], (PITCH_1,))
    zone(f, "pitch-1", "Pitch P1 | 区画P1", "popup", PITCH_1, parent="atrium", public=False)
    zone(f, "landing", "Escalator landing | エスカレーター前", "walkway", box(28, 49, 34, 53), parent="atrium")
    zone(f, "esc-up", "Escalator up | 上りエスカレーター", "escalator", box(28.4, 53, 29.8, 58), parent="atrium", public=False,
         connects="esc-up-2", direction="up", width_m=1.0)
    zone(f, "esc-down", "Escalator down | 下りエスカレーター", "escalator", box(32.2, 53, 33.6, 58), parent="atrium", public=False,
         connects="esc-down-2", direction="down", width_m=1.0)
    zone(f, "conc-e1", "Concourse East 1 | 東コンコース1", "concourse", east_box(7, -3, 17, 3), (PITCH_2,), parent="atrium")
    zone(f, "pitch-2", "Pitch P2 | 区画P2", "popup", PITCH_2, parent="conc-e1", public=False)
    zone(f, "conc-e2", "Concourse East 2 | 東コンコース2", "concourse", east_box(17, -3, 28, 3))
    zone(f, "ent-e", "East entrance | 東口", "entrance", east_box(28, -3, 31, 3), parent="conc-e2")
    zone(f, "hall-s", "South hall | 南口ホール", "concourse", [(28, 30.5), (32, 30.5), (32, 32.5), (34, 32.5), (34, 35), (28, 35)], parent="atrium")
    zone(f, "lift", "Lift | エレベーター", "lift", box(32, 30.5, 34, 32.5), parent="atrium", public=False, connects="lift-2")
    zone(f, "ent-s", "South entrance | 南口", "entrance", box(28, 28, 34, 30.5), parent="atrium")
    zone(f, "porch", "South porch | 南口ポーチ", "walkway", box(27.5, 26.7, 34.5, 28), parent="atrium")
    zone(f, "stairs-w", "Stairs West | 西階段", "stair", box(6, 45, 8.5, 53), parent="conc-w", connects="stairs-w-2", width_m=1.7)
    zone(f, "stairs-e", "Stairs East | 東階段", "stair", east_box(28, 3, 31, 9), parent="conc-e2", connects="stairs-e-2", width_m=1.8)
    zone(f, "s101", "Aoi Fashion | あおいファッション", "shop", box(8.5, 45, 14, 53))
    zone(f, "s102", "Komorebi Books | こもれび書店", "shop", box(14, 45, 20, 53))
    zone(f, "s103", "Ume Cosmetics | うめコスメ", "shop", [(20, 45), A2, A3, (28, 53), (20, 53)])
    zone(f, "s104", "Kaede Home | かえでホーム", "shop", box(10, 28, 15.5, 39))
    zone(f, "s105", "Sora Shoes | そらシューズ", "shop", box(15.5, 28, 21, 39))
    zone(f, "s106", "Hinata Café | ひなたカフェ", "shop", [(21, 28), (28, 28), A8, A1, (21, 39)], capacity=40)
    zone(f, "s111", "Niji Toys | にじトイズ", "shop", [A4, A5, east(13, 3), east(13, 11), (34, 53.53)])
    zone(f, "s112", "Hoshi Electronics | ほし電器", "shop", east_box(13, 3, 20.5, 11))
    zone(f, "s113", "Yuki Sports | ゆきスポーツ", "shop", east_box(20.5, 3, 28, 11))
    zone(f, "s114", "Minori Grocery | みのり食品館", "shop", [A7, CORNER, east(17, -14), east(17, -3), A6])
    zone(f, "s116", "Mugi Bakery | むぎベーカリー", "shop", [east(21, -3), east(21, -14), east(28, -14), east(31, -11), east(31, -3)])
    zone(f, "rest-w", "Rest rooms West | 西トイレ", "restroom", box(7.2, 35, 10, 39), parent="conc-w", public=False)
    zone(f, "rest-e", "Rest rooms East | 東トイレ", "restroom", east_box(17, -8, 19.8, -3), parent="conc-e2", public=False)
    zone(f, "staff-n", "Staff North | 従業員区域・北", "staff", box(6, 53, 28, 56), public=False)
    zone(f, "staff-w", "Staff West | 従業員区域・西", "staff", [(6, 28), (10, 28), (10, 35), (7.2, 35), (7.2, 39), (6, 39)], public=False)
    zone(f, "staff-e", "Staff East | 従業員区域・東", "staff",
         [east(17, -14), east(21, -14), east(21, -3), east(19.8, -3), east(19.8, -8), east(17, -8)], public=False)
    # the plaza is what the two film cameras see of the square
    north, south = PLAZA_SPLIT
    zone(f, "plaza-west", "Plaza West | 広場・西", "walkway", [north, south, (12, 8.5), (10.5, 13.5), (10.5, 20)])
    zone(f, "plaza-east", "Plaza East | 広場・東", "walkway", [north, (33, 26.7), (36, 26.7), (40.2, 18.9), (26, 1.9), south])


def first_floor_fixtures() -> None:
    """Add what stands on 1F."""
    f = "1f"
    fixture(f, "fountain", "fountain", ngon(31, 42, 1.4))
    for name, x, y in (("planter-1", 33.6, 38.2), ("planter-2", 28.6, 45.6), ("planter-3", 34.4, 45.6)):
        fixture(f, name, "planter", ngon(x, y, 0.55, 6))
    fixture(f, "rail", "rail", box(32.25, 50.2, 32.35, 53))  # keeps those who wait from those who arrive
    fixture(f, "bench-1", "bench", box(10.5, 41.6, 12.5, 42.4))
    fixture(f, "planter-4", "planter", box(16, 41.6, 18, 42.4))
    fixture(f, "kiosk-1", "kiosk", box(20.2, 41.3, 21.8, 42.7))
    fixture(f, "bench-2", "bench", east_box(13.4, -0.4, 15.4, 0.4))
    fixture(f, "planter-5", "planter", east_box(19, -0.4, 21, 0.4))
    fixture(f, "kiosk-2", "kiosk", east_box(23.6, -0.7, 25.2, 0.7))
    fixture(f, "rack-101", "shelf", box(10, 49.2, 12.5, 50))
    fixture(f, "shelf-102a", "shelf", box(15.4, 48.2, 18.6, 48.8))
    fixture(f, "shelf-102b", "shelf", box(15.4, 50.4, 18.6, 51))
    fixture(f, "counter-103", "counter", box(22.2, 48.6, 25, 49.4))
    fixture(f, "sofa-104", "shelf", box(11.6, 33, 13.9, 34.2))
    fixture(f, "shelf-105", "shelf", box(17.1, 31.5, 17.9, 35.5))
    fixture(f, "counter-106", "counter", box(22.4, 30, 26.6, 30.9))
    fixture(f, "display-111", "shelf", east_box(9.2, 6.4, 10.8, 8))
    fixture(f, "shelf-112", "shelf", east_box(15, 6.6, 18.5, 7.3))
    fixture(f, "shelf-113", "shelf", east_box(22.5, 6.6, 26, 7.3))
    for i, v in enumerate((-11.6, -9.4, -7.2)):
        fixture(f, f"shelf-114{'abc'[i]}", "shelf", east_box(7, v, 13.5, v + 0.7))
    fixture(f, "counter-116", "counter", east_box(23.5, -8, 27.5, -7.2))
    fixture(f, "lamp-post", "post", ngon(32.745, 20.544, 0.15, 6))  # stands in the film


def first_floor_openings() -> None:
    """Add the doors and passages of 1F, and the ways up."""
    f = "1f"
    opening(f, along((3, 39), (3, 45), 0.8, 4.4), "ent-w", None)
    opening(f, ((6, 39), (6, 45)), "ent-w", "conc-w")
    opening(f, (A1, A2), "conc-w", "atrium")
    opening(f, (A3, A4), "atrium", "landing")
    opening(f, ((28.4, 53), (29.8, 53)), "landing", "esc-up")
    opening(f, ((33.6, 53), (32.2, 53)), "esc-down", "landing")
    opening(f, (A5, A6), "atrium", "conc-e1")
    opening(f, (east(17, 3), east(17, -3)), "conc-e1", "conc-e2")
    opening(f, (east(28, 3), east(28, -3)), "conc-e2", "ent-e")
    opening(f, along(east(31, 3), east(31, -3), 0.8, 4.4), "ent-e", None)
    opening(f, (A8, A7), "atrium", "hall-s")
    opening(f, ((32, 30.9), (32, 32.1)), "hall-s", "lift")
    opening(f, ((28.4, 30.5), (31.6, 30.5)), "hall-s", "ent-s")
    opening(f, ((29, 28), (33, 28)), "ent-s", "porch")
    opening(f, ((33, 26.7), (34.5, 26.7)), "porch", "plaza-east")
    opening(f, ((27.5, 26.9), (27.5, 27.9)), "porch", None)
    opening(f, PLAZA_SPLIT, "plaza-west", "plaza-east")
    opening(f, ((12, 8.5), (10.5, 13.5)), "plaza-west", None)
    opening(f, ((26, 1.9), (40.2, 18.9)), "plaza-east", None)
    opening(f, ((6.4, 45), (8.1, 45)), "conc-w", "stairs-w")
    opening(f, along(east(28, 3), east(31, 3), 0.6, 1.8), "ent-e", "stairs-e")
    opening(f, ((7.9, 39), (9.3, 39)), "conc-w", "rest-w")
    opening(f, along(east(17, -3), east(19.8, -3), 0.7, 1.4), "conc-e2", "rest-e")
    opening(f, ((6.1, 39), (7.1, 39)), "conc-w", "staff-w")
    opening(f, ((6.8, 53), (7.8, 53)), "stairs-w", "staff-n")
    opening(f, along(east(19.8, -3), east(21, -3), 0.1, 1.0), "conc-e2", "staff-e")
    opening(f, ((25.6, 42), (28.6, 42)), "atrium", "pitch-1")
    opening(f, (east(8.6, -0.4), east(11.6, -0.4)), "conc-e1", "pitch-2")
    for shop, place in SHOP_DOORS.items():
        opening(f, place[0], place[1], shop)
    opening(f, along(A7, A6, 1.4, 2.0), "atrium", "s114")
    for foot, head, wall in (("esc-up", "esc-up-2", ((28.4, 58), (29.8, 58))), ("esc-down-2", "esc-down", ((33.6, 58), (32.2, 58))),
                             ("stairs-w", "stairs-w-2", ((6.2, 52.8), (8.3, 52.8))), ("lift", "lift-2", ((33.8, 30.9), (33.8, 32.1))),
                             ("stairs-e", "stairs-e-2", (east(28.2, 8.8), east(30.8, 8.8)))):
        opening(f, wall, foot, head)


SHOP_DOORS = {
    "s101": (((10.2, 45), (12.2, 45)), "conc-w"),
    "s102": (((15.9, 45), (18.1, 45)), "conc-w"),
    "s103": (along(A2, A3, 1.6, 2.2), "atrium"),
    "s104": (((11.8, 39), (13.8, 39)), "conc-w"),
    "s105": (((17.2, 39), (19.2, 39)), "conc-w"),
    "s106": (along(A1, A8, 1.6, 2.2), "atrium"),
    "s111": (along(A4, A5, 1.0, 2.2), "atrium"),
    "s112": (along(east(13, 3), east(20.5, 3), 2.7, 2.0), "conc-e1"),
    "s113": (along(east(20.5, 3), east(28, 3), 2.7, 2.0), "conc-e2"),
    "s114": (along(east(7, -3), east(17, -3), 5.2, 2.4), "conc-e1"),
    "s116": (along(east(21, -3), east(28, -3), 1.0, 2.0), "conc-e2"),
}


def first_floor_lines() -> None:
    """Add the measurement lines of 1F: the outer doors, the escalators' feet, every shop's door and the plaza."""
    f = "1f"
    line(f, "gate-w", "West entrance | 西口", ((4.2, 39), (4.2, 45)), ("ent-w", (5, 42)))
    line(f, "gate-e", "East entrance | 東口", (east(29.8, -3), east(29.8, 3)), ("ent-e", east(29, 0)))
    line(f, "gate-s", "South entrance | 南口", ((28, 29.2), (34, 29.2)), ("ent-s", (31, 30)))
    line(f, "foot-up", "Escalator up, foot | 上りエスカレーター乗り口", ((28.4, 53), (29.8, 53)), ("esc-up", (29, 54)))
    line(f, "foot-down", "Escalator down, foot | 下りエスカレーター降り口", ((32.2, 53), (33.6, 53)), ("landing", (33, 52)))
    line(f, "plaza-mid", "Middle of the plaza | 広場中央", PLAZA_SPLIT, ("plaza-east", (25, 14)))
    for shop, place in SHOP_DOORS.items():
        door_line(f, shop, place[0])
    door_line(f, "s114", along(A7, A6, 1.4, 2.0), "atrium")


# ---------------------------------------------------------------------------------------------------- 2F
VOID = [(27, 40), (27, 44), (29, 46), (33, 46), (35, 44), (35, 40), (33, 38), (29, 38)]
FOOD_EDGE = (34, 32.5)


def second_floor() -> None:
    """Add the zones of 2F: galleries round the void, the escalators' head, food court, cinema foyer, shops."""
    f = "2f"
    zone(f, "head", "Escalator head | エスカレーター上", "walkway",
         [(25, 53), (28, 53), (28, 58), (34, 58), (34, 53), (37, 53), (37, 61.5), (25, 61.5)])
    zone(f, "esc-up-2", "Escalator up | 上りエスカレーター", "escalator", box(28.4, 53, 29.8, 58), parent="head", public=False)
    zone(f, "esc-down-2", "Escalator down | 下りエスカレーター", "escalator", box(32.2, 53, 33.6, 58), parent="head", public=False)
    zone(f, "gal-n", "Gallery North | 北ギャラリー", "concourse",
         [(24, 42), A2, A3, (25, 49), (25, 53), (37, 53), (37, 49), A4, A5, east(7, 0), (35, 42), (35, 44), (33, 46), (29, 46), (27, 44), (27, 42)])
    zone(f, "gal-s", "Gallery South | 南ギャラリー", "concourse",
         [(24, 42), (27, 42), (27, 40), (29, 38), (33, 38), (35, 40), (35, 42), east(7, 0), A6, A7, (34, 32.5), (32, 32.5), (32, 30.5), (28, 30.5), A8, A1])
    zone(f, "lift-2", "Lift | エレベーター", "lift", box(32, 30.5, 34, 32.5), parent="gal-s", public=False)
    zone(f, "gal-w", "Gallery West | 西ギャラリー", "concourse", box(15, 39, 24, 45), parent="gal-n")
    zone(f, "gal-e", "Gallery East | 東ギャラリー", "concourse", east_box(7, -3, 31, 3))
    zone(f, "food", "Food court | フードコート", "food_court", [A7, CORNER, east(21, -14), east(21, -3), A6], capacity=110)
    zone(f, "cinema", "Cinema foyer | シネマロビー", "event", box(6, 36, 15, 45), capacity=80)
    zone(f, "stairs-w-2", "Stairs West | 西階段", "stair", box(6, 45, 8.5, 53), parent="cinema")
    zone(f, "stairs-e-2", "Stairs East | 東階段", "stair", east_box(28, 3, 31, 9), parent="gal-e")
    zone(f, "s201", "Hikari Arcade | ひかりゲーム", "shop", box(8.5, 45, 15, 53))
    zone(f, "s202", "Kumo Optics | くもメガネ", "shop", box(15, 45, 19.5, 53))
    zone(f, "s203", "Momiji Kids | もみじキッズ", "shop", [(19.5, 45), A2, A3, (25, 49), (25, 53), (19.5, 53)])
    zone(f, "s204", "Nami Records | なみレコード", "shop", box(15, 28, 21, 39))
    zone(f, "s205", "Tanabata Paper | たなばた文具", "shop", [(21, 28), (28, 28), A8, A1, (21, 39)])
    zone(f, "s211", "Suzu Jewels | すずジュエリー", "shop", [A4, A5, east(13, 3), east(13, 11), (37, 53.953), (37, 49)])
    zone(f, "s212", "Fuji Outdoor | ふじアウトドア", "shop", east_box(13, 3, 20.5, 11))
    zone(f, "s213", "Tsuki Music | つきミュージック", "shop", east_box(20.5, 3, 28, 11))
    zone(f, "rest-2", "Rest rooms 2F | 2階トイレ", "restroom", box(10, 31, 15, 36), parent="cinema", public=False)
    zone(f, "staff-w-2", "Cinema office | シネマ事務室", "staff", box(6, 28, 10, 36), public=False)
    zone(f, "staff-e-2", "Kitchens | 厨房", "staff", east_box(21, -14, 28, -3), public=False)


def second_floor_fixtures() -> None:
    """Add what stands on 2F, and the void."""
    f = "2f"
    fixture(f, "void", "void", VOID)
    fixture(f, "ticket-desk", "counter", box(7, 37, 11, 37.9))
    for i, u in enumerate((4.4, 8.2, 12.0, 15.8)):
        fixture(f, f"food-counter-{i + 1}", "counter", east_box(u, -13.6, u + 3, -12.6))
    for i, (u, v) in enumerate(((6.0, -9.6), (9.4, -9.6), (12.8, -9.6), (16.2, -9.6), (7.6, -6.4), (11.0, -6.4), (14.4, -6.4), (17.8, -6.4))):
        fixture(f, f"table-{i + 1}", "table", east_box(u, v, u + 1.4, v + 0.8))
    fixture(f, "bench-3", "bench", box(18.2, 41.6, 20.2, 42.4))
    fixture(f, "planter-6", "planter", east_box(15, -0.4, 17, 0.4))
    fixture(f, "planter-7", "planter", east_box(23, -0.4, 25, 0.4))
    fixture(f, "games-1", "shelf", box(10, 48.5, 13.5, 49.3))
    fixture(f, "shelf-203", "shelf", box(21, 49, 23.5, 49.8))
    fixture(f, "shelf-204", "shelf", box(17, 31.5, 19, 34.5))
    fixture(f, "shelf-205", "shelf", box(22.6, 31.5, 25.6, 32.3))
    fixture(f, "shelf-211", "shelf", east_box(9.6, 6.6, 11.4, 7.4))
    fixture(f, "shelf-212", "shelf", east_box(15, 6.6, 18.5, 7.3))
    fixture(f, "shelf-213", "shelf", east_box(22.5, 6.6, 26, 7.3))


def second_floor_openings() -> None:
    """Add the doors and passages of 2F."""
    f = "2f"
    opening(f, ((28.4, 58), (29.8, 58)), "esc-up-2", "head")
    opening(f, ((33.6, 58), (32.2, 58)), "head", "esc-down-2")
    opening(f, ((25, 53), (28, 53)), "head", "gal-n")
    add("LineString", [[34, 53], [37, 53]], type="opening", id="head--gal-n-east", level=f, width_m=3.0, **{"from": "head", "to": "gal-n"})
    opening(f, ((24, 42), (27, 42)), "gal-n", "gal-s")
    add("LineString", [[35, 42], list(east(7, 0))], type="opening", id="gal-n--gal-s-east", level=f,
        width_m=round(math.dist((35, 42), east(7, 0)), 2), **{"from": "gal-n", "to": "gal-s"})
    opening(f, ((24, 42), (24, 45)), "gal-w", "gal-n")
    opening(f, ((24, 39), (24, 42)), "gal-w", "gal-s")
    opening(f, (A5, east(7, 0)), "gal-n", "gal-e")
    opening(f, (east(7, 0), A6), "gal-s", "gal-e")
    opening(f, (A7, A6), "gal-s", "food")
    opening(f, along(east(7, -3), east(21, -3), 1.0, 12.0), "gal-e", "food")
    opening(f, ((32, 30.9), (32, 32.1)), "gal-s", "lift-2")
    opening(f, ((15, 39), (15, 45)), "cinema", "gal-w")
    opening(f, ((6.4, 45), (8.1, 45)), "cinema", "stairs-w-2")
    opening(f, along(east(28, 3), east(31, 3), 0.6, 1.8), "gal-e", "stairs-e-2")
    opening(f, ((12.5, 36), (13.9, 36)), "cinema", "rest-2")
    opening(f, ((6.4, 36), (7.4, 36)), "cinema", "staff-w-2")
    opening(f, along(east(21, -3), east(28, -3), 4, 1.2), "gal-e", "staff-e-2")
    doors = {"s201": (((10.5, 45), (12.7, 45)), "cinema"), "s202": (((16.2, 45), (18.2, 45)), "gal-w"), "s203": (along(A2, A3, 1.6, 2.2), "gal-n"),
             "s204": (((17.2, 39), (19.2, 39)), "gal-w"), "s205": (along(A1, A8, 1.6, 2.2), "gal-s"), "s211": (along(A4, A5, 1.0, 2.2), "gal-n"),
             "s212": (along(east(13, 3), east(20.5, 3), 2.7, 2.0), "gal-e"), "s213": (along(east(20.5, 3), east(28, 3), 2.7, 2.0), "gal-e")}
    for shop, (wall, start) in doors.items():
        opening(f, wall, start, shop)
    line(f, "head-up", "Escalator up, head | 上りエスカレーター降り口", ((28.4, 58), (29.8, 58)), ("head", (29, 59)))
    line(f, "head-down", "Escalator down, head | 下りエスカレーター乗り口", ((32.2, 58), (33.6, 58)), ("esc-down-2", (33, 57)))
    for unit, (wall, _) in doors.items():
        door_line(f, unit, wall)
    door_line(f, "cinema", ((15, 39), (15, 45)))
    door_line(f, "food", along(east(7, -3), east(21, -3), 1.0, 12.0), "east")
    door_line(f, "food", (A7, A6), "south")


def build() -> dict:
    """Return the whole plan."""
    FEATURES.clear()
    for part in (first_floor, first_floor_fixtures, first_floor_openings, first_floor_lines,
                 second_floor, second_floor_fixtures, second_floor_openings):
        part()
    return {"type": "FeatureCollection", "features": FEATURES}


def write(plan: dict) -> None:
    """Write the plan, a feature a line."""
    rows = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in plan["features"])
    TARGET.write_text('{"type":"FeatureCollection","features":[\n' + rows + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    built = build()
    write(built)
    if len(sys.argv) > 1:
        from picture import draw

        draw(built, Path(sys.argv[1]))
