"""The plain way: the usual lines that draw areas with folium in streamlit-folium. Only its scripts come from here."""

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from config.assets import BUILT

app = st.App(
    "ui/main.py",
    routes=[
        Mount("/assets", StaticFiles(directory=BUILT)),
        Route("/health", lambda _: PlainTextResponse("ok")),
    ],
)
