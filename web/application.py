"""What app.py puts together: routes, gate, start-up."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import Any

from anyio import to_thread

from services.maps.views import warm_up
from services.system.due import watch
from services.system.startup import prepare
from web import assets, cards, cases, check_in, maps, photos, sign_in
from web.gate import Gate
from web.index_page import IndexPage

routes = [*sign_in.routes, *assets.routes, *maps.routes, *photos.routes, *cards.routes, *cases.routes, *check_in.routes]


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Prepare the database (a demo town at the first start), keep what start-up made out of the collector, and look
    for what falls due as long as the program runs.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    await to_thread.run_sync(prepare)
    gc.collect()
    gc.freeze()  # what start-up made stays: collections then look at new objects alone
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    stop = Event()
    Thread(target=watch, args=(stop,), name="due", daemon=True).start()
    yield {}
    stop.set()


__all__ = ["Gate", "IndexPage", "lifespan", "routes"]
