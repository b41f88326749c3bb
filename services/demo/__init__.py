"""Demo towns: one for each profile, invented, the same for the same seed and day (features M1, M2)."""

from services.demo.builder import (
    DemoDescription,
    DemoReport,
    NotADemo,
    build_demo,
    describe_demo,
    ensure_demo,
    reset_demo,
)
from services.demo.headline import HeadlineFigure

__all__ = [
    "DemoDescription",
    "DemoReport",
    "HeadlineFigure",
    "NotADemo",
    "build_demo",
    "describe_demo",
    "ensure_demo",
    "reset_demo",
]
