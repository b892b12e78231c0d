"""Measurement lines from a file of their own, for plans whose format knows none."""

from dataclasses import replace
from pathlib import Path

from gis.floorplan import FloorPlan, PlanError, line_of
from gis.plan_file import read_features, unknown_properties


def with_lines(plan: FloorPlan, path: Path) -> FloorPlan:
    """Return the plan with the lines of a GeoJSON FeatureCollection in its local metres added.

    Raises:
        PlanError: as for ``load_floorplan``; a feature that is no line, on no level of the plan, or of a line's id.

    """
    levels, taken = {level.id for level in plan.levels}, {line.id for line in plan.lines}
    added = []
    features = read_features(path)
    for feature in features:
        if feature.kind != "line":
            raise PlanError(f"{feature.place}: expected measurement lines only")
        if feature.level not in levels:
            raise PlanError(f"{feature.place}: unknown level {feature.level!r} (levels: {', '.join(sorted(levels))})")
        if feature.id in taken:
            raise PlanError(f"{feature.place}: this id stands twice")
        taken.add(feature.id)
        added.append(line_of(feature))
    return replace(plan, lines=plan.lines + tuple(added), unknown=plan.unknown + unknown_properties(features))
