"""邻格 Linge: the ASGI application. ``streamlit run app.py`` starts it."""

import streamlit as st
from starlette.middleware import Middleware

from web.application import Gate, IndexPage, lifespan, routes

app = st.App("ui/main.py", routes=routes, middleware=[Middleware(Gate), Middleware(IndexPage)], lifespan=lifespan)
