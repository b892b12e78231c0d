"""The script that builds .venv: what it asks for, when it is current, and which package it names."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("venv_script", ROOT / "scripts" / "venv.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.delenv("MALL_PIP_ARGS", raising=False)
    return module


def test_dev_holds_what_running_needs(venv: ModuleType) -> None:
    runtime, dev = venv.requirements("runtime"), venv.requirements("dev")
    assert set(runtime) < set(dev)
    assert not any(line.startswith("pytest") for line in runtime)


def test_a_stamp_is_current_until_dependencies_or_arguments_change(
    venv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not venv.is_current("runtime")
    python = venv.VENV / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    venv.stamp("dev").write_text(venv.digest("dev"))
    assert venv.is_current("dev")
    assert venv.is_current("runtime")
    monkeypatch.setenv("MALL_PIP_ARGS", "--pre")
    assert not venv.is_current("runtime")
    monkeypatch.delenv("MALL_PIP_ARGS")
    python.unlink()
    assert not venv.is_current("runtime")


@pytest.mark.parametrize(
    ("error", "package"),
    [
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "libgl1"),
        ("ImportError: libgthread-2.0.so.0: cannot open shared object file", "libglib2.0-0"),
        ("ModuleNotFoundError: No module named 'cv2'", None),
        ("", None),
    ],
)
def test_a_missing_library_is_named_by_its_package(venv: ModuleType, error: str, package: str | None) -> None:
    advice = venv.library_advice(error)
    assert (package in advice) if package else advice is None


def test_no_python_is_one_line_and_code_2() -> None:
    done = subprocess.run(
        ["sh", str(ROOT / "scripts" / "venv.sh")], env={"PATH": "/usr/bin:/bin", "PYTHON": "/nowhere/python"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "3.11" in done.stderr


def test_an_old_python_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'raise SystemExit(3)'\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["sh", str(ROOT / "scripts" / "venv.sh")], env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
