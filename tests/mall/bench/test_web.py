"""What measuring needs and is not installed is said in one line, before anything starts."""

import sys

import pytest

from app import _explain
from mall.bench import web
from mall.bench.choice import run_bench
from mall.errors import MallError

MISSING = [("psutil", "make dev"), ("playwright", "make dev"), ("chromium", "apt-get install chromium")]


@pytest.mark.parametrize(("missing", "remedy"), MISSING)
def test_what_is_missing_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str, remedy: str
) -> None:
    for module in ("psutil", "playwright"):
        monkeypatch.setitem(sys.modules, module, None if module == missing else sys)
    monkeypatch.setattr(web.shutil, "which", lambda name: None if name == missing else "/bin/true")
    monkeypatch.setattr(web, "running_stack", lambda: pytest.fail("something was started"))
    with pytest.raises(MallError, match=missing) as told:
        run_bench("web")
    assert remedy in str(told.value)
    assert _explain(told.value) == 1
    assert capsys.readouterr().err.count("\n") == 1
