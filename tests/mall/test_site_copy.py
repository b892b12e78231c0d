"""The copy that a stack runs on, while people write in the folder."""

from mall.setup.files import read_quietly
from mall.site_copy import COPY_VARIABLE, SiteCopy, copied_files
from mall.validation import load_valid_site
from tests.mall.setup.small_site import TOML, write_site


def test_a_process_of_the_stack_reads_what_runs_and_not_what_is_being_written(tmp_path, monkeypatch):
    site, copies = write_site(tmp_path / "site"), tmp_path / "copies"
    running = SiteCopy(copies)
    running.take(site)
    (site.folder / "site.toml").write_text("half a fi")
    (site.folder / "floorplan.geojson").write_text("{")
    monkeypatch.setenv(COPY_VARIABLE, running.environment[COPY_VARIABLE])
    found = load_valid_site(site.folder, drafts=copied_files())
    assert (found.file, found.plan, found.folder) == (site.file, site.plan, site.folder)
    assert found.source_path(found.camera("a")) == site.folder / "boxes.jsonl"


def test_the_latest_version_is_read_and_old_ones_go(tmp_path, monkeypatch):
    copies = tmp_path / "copies"
    running = SiteCopy(copies)
    for n in range(5):
        running.take(write_site(tmp_path / "site", TOML.replace("Small", f"Name {n}")))
    (tmp_path / "site" / "site.toml").unlink()
    monkeypatch.setenv(COPY_VARIABLE, str(copies))
    assert load_valid_site(tmp_path / "site", drafts=copied_files()).file.site.name == "Name 4"
    assert len([path for path in copies.iterdir() if path.is_dir()]) == 2


def test_without_a_stack_the_folder_is_read(tmp_path, monkeypatch):
    monkeypatch.delenv(COPY_VARIABLE, raising=False)
    assert copied_files() == {}
    monkeypatch.setenv(COPY_VARIABLE, str(tmp_path / "gone"))
    assert copied_files() == {}
    site = write_site(tmp_path)
    assert load_valid_site(tmp_path, drafts=copied_files()).file == read_quietly(site.folder).file
