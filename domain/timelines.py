"""Timelines: each entry carries the hash of the one before, so that a change, a gap or a cut is found (C11)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

GENESIS = "0" * 64


def chain_hash(previous: str, fields: Mapping[str, object]) -> str:
    """SHA-256 (64 hex digits) over the hash before (GENESIS for the first) and an entry's fields as canonical JSON.

    Canonical: keys sorted, no spaces, UTF-8, instants in UTC to the microsecond. Raises TypeError for a float, whose
    text differs between databases, and ValueError for a naive datetime.
    """
    content = {"fields": _canonical(fields), "previous": previous}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be chained")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be chained")
