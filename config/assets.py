"""Where the scripts that the browser loads lie, and under which name (content-hashed) each was built."""

import json
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

from config.settings import ROOT

SOURCES = ROOT / "ui" / "assets" / "src"
BUILT = ROOT / "ui" / "assets" / "built"
MANIFEST = "manifest.json"


class Manifest(TypedDict):
    """What a build left: ``inputs`` is the hash of its sources, ``files`` maps "map.js" to "map-<hash>.js"."""

    inputs: str
    files: dict[str, str]


class AssetsMissing(RuntimeError):
    """The scripts were never built: `python manage.py assets` builds them."""


def read_manifest(folder: Path = BUILT) -> Manifest | None:
    """The manifest of the last build, None where there is none or a file of it is gone."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    whole = all((folder / name).exists() for name in manifest["files"].values())
    return manifest if whole else None


@lru_cache
def asset_file(name: str) -> str:
    """The built name of the entry `name` ("map.js" → "map-<hash>.js"); raises AssetsMissing before a build."""
    manifest = read_manifest()
    if manifest is None:
        raise AssetsMissing("run: python manage.py assets")
    return manifest["files"][name]
