"""Settings from the environment, prefix LINGE_. Each is documented in docs/operating.md (a test compares)."""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"


class Settings(BaseSettings):
    """One field for each LINGE_ variable."""

    model_config = SettingsConfigDict(env_prefix="LINGE_", frozen=True)

    database_url: str | None = Field(default=None, description="SQLAlchemy URL of the database")
    profile: str = Field(default="licun", description="profile of a new database")
    base_map: str = Field(default="town", description="town, none, a .mbtiles or .pmtiles file, or a tile URL")
    secret: str | None = Field(default=None, description="key that signs cookies and links")
    public_url: str | None = Field(default=None, description="address that phones reach this server by")
    fonts: str = ""
    secure_cookies: bool = Field(default=False, description="send cookies over HTTPS only")
    screen_refresh_seconds: int = Field(default=10, ge=2, le=600, description="interval of the big screen")
    screen_scene_seconds: int = Field(default=30, ge=5, le=3600, description="how long a scene of it stands")
    session_hours: int = Field(default=12, ge=1, le=720, description="hours until a sign-in ends")
    locked_minutes: int = Field(default=15, ge=1, le=1440, description="minutes a locked account waits")

    def resolved_database_url(self) -> str:
        """The database in use: as set, else var/linge.db where it exists, else the demo town of the profile.

        So a first look needs no setting, and a real installation (``manage.py migrate``) is never a demo by accident.
        """
        if self.database_url:
            return self.database_url
        if REAL_DATABASE.exists():
            return f"sqlite:///{REAL_DATABASE}"
        return demo_database_url(self.profile)

    def resolved_secret(self) -> str:
        """The secret as set, else one made at the first start and kept in var/secret (readable by its owner only)."""
        if self.secret:
            return self.secret
        return _kept_secret()


@lru_cache
def _kept_secret() -> str:
    fresh, path = secrets.token_urlsafe(48), VAR / "secret"
    try:
        VAR.mkdir(exist_ok=True)
        with open(path, "x", encoding="ascii", opener=_for_owner_only) as file:
            file.write(fresh)
    except FileExistsError:
        return path.read_text().strip()
    except OSError:  # a folder that may not be written to: what was signed holds until the next start
        pass
    return fresh


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


REAL_DATABASE = VAR / "linge.db"


def demo_database_url(profile: str) -> str:
    """The SQLite file that holds one profile's demo town, apart from every real database."""
    return f"sqlite:///{VAR / f'demo-{profile}.db'}"


def child_environment(**values: str) -> dict[str, str]:
    """The environment for a program that is started from this one, with some values changed."""
    return {**os.environ, **values}


def terminal_languages() -> tuple[str, ...]:
    """The languages in which a command line answers: that of LANG, or both where it names neither."""
    name = next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), "")
    chosen = {"zh": ("zh_CN",), "en": ("en",)}
    return chosen.get(name[:2].lower(), ("zh_CN", "en"))


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
