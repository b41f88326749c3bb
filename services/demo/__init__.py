"""Demo towns: one for each profile, invented, the same for the same seed and day (features M1, M2)."""

from services.demo.builder import DemoReport, HeadlineFigure, NotADemo, build_demo, ensure_demo, reset_demo

__all__ = ["DemoReport", "HeadlineFigure", "NotADemo", "build_demo", "ensure_demo", "reset_demo"]
