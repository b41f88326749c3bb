"""The rows of a demo database, gathered before they are written, and their digest."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import shapely

from db.models import Base


@dataclass
class Rows:
    """Rows by model, each with its own id counted from 1, in the order in which they are written."""

    now: datetime
    tables: dict[type[Base], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, model: type[Base], **columns: Any) -> int:
        """Add a row; returns its id."""
        rows = self.tables[model]
        rows.append({"id": len(rows) + 1} | columns)
        return len(rows)

    def of(self, model: type[Base]) -> list[dict[str, Any]]:
        """The rows of a model so far."""
        return self.tables[model]

    def digest(self) -> str:
        """sha256 over every value of every row; the same seed and day give the same."""
        digest = hashlib.sha256()
        for model in sorted(self.tables, key=lambda model: model.__tablename__):
            digest.update(model.__tablename__.encode())
            for row in self.tables[model]:
                digest.update(json.dumps(list(_plain(row.items())), ensure_ascii=False).encode())
        return digest.hexdigest()


def _plain(items: Iterable[tuple[str, Any]]) -> Iterable[Any]:
    for key, value in items:
        if isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat()
        elif isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, shapely.Geometry):
            value = hashlib.sha256((shapely.get_coordinates(value) * 1e6).round().astype("<i8").tobytes()).hexdigest()
        elif isinstance(value, float):
            value = round(value, 6)
        elif isinstance(value, bytes):
            value = hashlib.sha256(value).hexdigest()
        yield key, value
