"""Building each demo town: seconds, and rows per second. There is no plain way to compare with."""

import json
import tempfile
import time
from pathlib import Path

from config.profiles import PROFILE_KEYS
from db.session import Database
from services.demo import build_demo


def main() -> None:
    """Build the five towns one after the other into files that are thrown away."""
    for profile in PROFILE_KEYS:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            report = build_demo(profile, target=Database(f"sqlite:///{Path(folder) / 'demo.db'}"))
            seconds = time.perf_counter() - start
        rows = sum(report.counts.values())
        print(json.dumps({"name": f"demo_{profile}", "seconds": round(seconds, 1), "rows": rows}), flush=True)


if __name__ == "__main__":
    main()
