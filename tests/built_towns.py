"""Demo towns for tests that look at them: a town is built once in a run and copied for each who asks."""

import fcntl
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from db.session import Database, use_database
from services.demo import DemoReport, build_demo
from services.system.installations import forget_installation


class TownShelf:
    """A folder of built towns that the workers of one run share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def copy(self, profile: str, now: datetime, file: Path) -> DemoReport:
        """Put the town of a profile at a moment into a file, as ``build_demo`` would; returns what was built."""
        name = f"{profile}-{now:%Y%m%dT%H%M%S}"
        town, report = self.folder / f"{name}.db", self.folder / f"{name}.report"
        with self._alone(name):
            if not report.exists():  # written last: half a town has none
                report.write_bytes(pickle.dumps(build_town(profile, town, now)))
        shutil.copy(town, file)
        return pickle.loads(report.read_bytes())

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def build_town(profile: str, file: Path, now: datetime | None = None) -> DemoReport:
    """Build the town of a profile at a moment, None = now, into a file that nothing holds open afterwards."""
    target = Database(f"sqlite:///{file}")
    try:
        return build_demo(profile, now=now, target=target)
    finally:
        target.dispose()  # the last connection takes the write-ahead log into the file


@contextmanager
def in_use(town: Database) -> Iterator[None]:
    """The services work on a town; afterwards the database in use is no longer set."""
    use_database(town)
    forget_installation()
    try:
        yield
    finally:
        use_database(None)
        forget_installation()
