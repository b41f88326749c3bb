"""邻格 Linge: the ASGI application. ``streamlit run app.py`` starts it."""

import streamlit as st
from starlette.middleware import Middleware

from web.application import Gate, IndexPage, lifespan, routes

gate = Middleware(Gate, allowed_hosts=st.get_option("server.allowedHosts"))
app = st.App("ui/main.py", routes=routes, middleware=[gate, Middleware(IndexPage)], lifespan=lifespan)
