"""A street of three grids with one account for each role (tests/incident_town.py), for the browser."""

from pathlib import Path

from db import migrating
from db.models import User
from db.session import Database, use_database
from domain.clock import utc_now
from domain.permissions import EVERYWHERE
from services.accounts import sessions
from services.system.installations import forget_installation
from tests.browser.visit import Visit
from tests.factories import use_profile
from tests.incident_town import Street, make_street


class SmallTown:
    """A small street of one profile with a server on it."""

    def __init__(self, file: Path, profile: str) -> None:
        self.database = Database(f"sqlite:///{file}")
        migrating.upgrade(self.database)
        use_database(self.database)
        use_profile(profile)
        self.street: Street = make_street()

    def sign_in(self, visit: Visit, who: str) -> None:
        """Give the browser the session of somebody of the street."""
        with self.database.transaction(EVERYWHERE) as session:
            user = session.get_one(User, getattr(self.street, who).user_id)
            token = sessions.open_session(session, user, utc_now())
        visit.page.context.add_cookies([{"name": "linge_session", "value": token, "url": visit.server}])

    def close(self) -> None:
        """Let go of the database."""
        use_database(None)
        forget_installation()
        self.database.dispose()
