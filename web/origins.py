"""Where a request comes from: its host must be one of ours, and what changes something must come from our own page."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_READING = ("GET", "HEAD", "OPTIONS")


def is_foreign(scope: Scope, headers: Headers) -> bool:
    """Whether another site sent this form or opens this socket.

    The cookie is SameSite as well; but a site is a host with all its ports, and an origin is one of them.
    """
    if scope["type"] == "http" and scope["method"] in _READING:
        return False
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return _host_of(origin) != headers.get("host", "").lower()


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin.lower()).netloc or None
    except ValueError:  # "http://[" is no address
        return None


def is_host_known(host: str | None, known: Collection[str]) -> bool:
    """Whether a Host header names one of the hosts of server.allowedHosts (``*.office.cn`` and ``*`` as there).

    So a name that somebody else's name server points at this machine leads nowhere. Without any known host all are.
    """
    try:
        name = (urlsplit(f"//{host or ''}").hostname or "").rstrip(".")
    except ValueError:
        return not known
    return not known or any(_fits(name, pattern.strip().lower().rstrip(".")) for pattern in known)


def _fits(name: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern
