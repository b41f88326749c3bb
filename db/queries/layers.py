"""Versions of the map's layers: each change counts one up, and the count is the ETag."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models import LayerVersion


def bump_layers(session: Session, layers: Iterable[str]) -> None:
    """Count the layers' versions up by one, in the session's transaction."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for layer in sorted(layers):  # one order everywhere, so that two writers cannot wait for each other
        statement = insert(LayerVersion).values(layer=layer, version=1)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[LayerVersion.layer], set_={"version": LayerVersion.version + 1}
            )
        )


def list_layer_versions(session: Session) -> dict[str, int]:
    """Layer → version; a layer without changes is absent."""
    return {row.layer: row.version for row in session.execute(select(LayerVersion.layer, LayerVersion.version))}
