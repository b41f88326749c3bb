"""``make bench``: run every benchmark and print what they say, one JSON line per figure."""

import os
import subprocess
import sys

from config.settings import ROOT

PARTS = (
    "locating",
    "importing",
    "demos",
    "import_orders",
    "writers",
    "screens",
    "map",
    "repeats",
    "reach",
    "indicators",
    "redeeming",
    "checking_in",
    "people_screens",
)


def main() -> None:
    """Each part in a process of its own, so that none warms another's caches."""
    quiet = os.environ | {"STREAMLIT_LOGGER_LEVEL": "error"}  # else it says of each page run in a test that it is one
    for part in PARTS:
        print(f"# {part}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{part}", *sys.argv[1:]], cwd=ROOT, env=quiet, check=True)


if __name__ == "__main__":
    main()
