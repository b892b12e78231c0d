"""Small, legal values for tests of the store."""

import numpy as np

from mall.models import (
    Advisory,
    CameraStatus,
    LevelSnapshot,
    MinuteRow,
    PointFrame,
    SensorReading,
    ZoneReading,
)


def frame(camera: str = "c1", seq: int = 1, *, level: str = "1f", people: int = 2) -> PointFrame:
    return PointFrame(
        camera=camera,
        level=level,
        epoch="e1",
        seq=seq,
        observed_at=1000.0,
        lag_s=0.125,
        period_s=0.2,
        cut=False,
        people_raw=people,
        people=people,
        band=(people, people + 1),
        saturated=False,
        track=np.arange(people, dtype=np.int64),
        xy=np.arange(2 * people, dtype=np.float64).reshape(-1, 2) + 0.123,
        cov=np.full((people, 3), 0.01),
        firm=np.ones(people, dtype=np.bool_),
    )


def status(camera: str = "c1", *, people: int | None = 3) -> CameraStatus:
    return CameraStatus(
        id=camera,
        level="1f",
        source="recorded",
        condition="running",
        epoch="e1",
        seq=7,
        period_s=0.2,
        rate_fps=5.0,
        latency_s=0.1,
        read=10,
        processed=8,
        dropped=2,
        people=people,
        detector="yolo11n",
        fit="proven",
        size=(768, 576),
        footprint=[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]],
    )


def zone(zone_id: str, people: int | None = 3) -> ZoneReading:
    return ZoneReading(
        zone=zone_id,
        people=people,
        band=None if people is None else (people, None),
        density=None if people is None else 0.02,
        los="B–C",
        crowd="free",
        trend=1,
        observed_at=1000.5,
        received_at=1000.6,
        lag_s=0.2,
        period_s=0.25,
        seq=4,
        epoch="e1",
        coverage=0.97,
        source="recorded",
        cameras=("c1", "c2"),
    )


def snapshot(seq: int = 1, *, level: str = "1f", epoch: str = "e1", zones: int = 2) -> LevelSnapshot:
    readings = {f"z{n}": zone(f"z{n}", people=n) for n in range(zones)}
    return LevelSnapshot(level, epoch, seq, 1000.0, readings, [[1.5, 2.25]], {"door": (3, 1)})


def minute_row(zone_id: str = "z1", mean: float | None = 1.5) -> MinuteRow:
    return MinuteRow(zone=zone_id, people_mean=mean, people_max=4, coverage=1.0, count_in=5, count_out=6)


def advisory(number: int = 1, *, version: int = 1) -> Advisory:
    return Advisory(
        id=f"density:plaza:{number}",
        rule="density",
        place="plaza",
        level="1f",
        severity="warn",
        status="new",
        raised_at=float(number),
        updated_at=float(number),
        facts={"density": 1.9, "name": "広場"},
        version=version,
    )


def reading(sensor: str = "co2", value: float = 612.5, *, seq: int = 1, device: str = "kit-1") -> SensorReading:
    return SensorReading(device, sensor, value, seq, observed_at=1000.0 + seq, received_at=0.0, simulated=True)
