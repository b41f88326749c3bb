"""Who has to wait after wrong passwords, so that guessing is slow and locking others out is no weapon.

An account locks for everybody who tries it from somewhere new. A browser that has signed in to it before carries a
mark and is counted on its own: a stranger on the same network who keeps an account locked keeps nobody from their
desk. Names without an account lock alike, so that a lock says nothing of who has one.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.settings import settings

MAX_FAILURES = 5
MOST_KEPT = 10_000


@dataclass
class _Tries:
    failures: int = 0
    until: datetime | None = None


class Attempts:
    """Wrong passwords by key: the last MOST_KEPT keys, in this process."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def must_wait(self, key: str, now: datetime) -> bool:
        """Whether the key is locked."""
        with self._lock:
            found = self._tries.get(key)
        return found is not None and found.until is not None and found.until > now

    def count(self, key: str, now: datetime) -> None:
        """One more wrong password; the MAX_FAILURES-th locks the key."""
        with self._lock:
            found = self._tries.setdefault(key, _Tries())
            self._tries.move_to_end(key)
            found.failures, found.until = next_failure(found.failures, now)
            if len(self._tries) > MOST_KEPT:
                self._tries.popitem(last=False)

    def forget(self, key: str) -> None:
        """The right password came."""
        with self._lock:
            self._tries.pop(key, None)


attempts = Attempts()


def next_failure(failures: int, now: datetime) -> tuple[int, datetime | None]:
    """Failures counted and locked until when, after one more."""
    if failures + 1 < MAX_FAILURES:
        return failures + 1, None
    return 0, now + timedelta(minutes=settings().locked_minutes)


def mark_browser(username: str) -> str:
    """A mark for a browser in which somebody has just signed in as ``username``."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_signature(nonce, username)}"


def is_marked_for(mark: str | None, username: str) -> bool:
    """Whether a mark was made by us for this account."""
    nonce, _, signature = (mark or "").partition(".")
    return hmac.compare_digest(signature.encode(), _signature(nonce, username).encode())


def _signature(nonce: str, username: str) -> str:
    message = f"browser/{nonce}/{username}".encode(errors="replace")
    return hmac.new(settings().resolved_secret().encode(), message, hashlib.sha256).hexdigest()
