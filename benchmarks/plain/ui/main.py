"""A map of areas with colours, tooltips and a click, as the documentation of both packages shows it."""

import os

import folium
import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

from config.assets import asset_file
from ui.components.map_shell import forget_foreign_scripts

forget_foreign_scripts()  # without a network the usual scripts never come, and the frame stays empty
folium.Map.default_js = [("map", f"../../assets/{asset_file('map.js')}")]


@st.cache_data
def areas() -> gpd.GeoDataFrame:
    """The grids, read once."""
    return gpd.read_file(os.environ["LINGE_PLAIN_AREAS"])


frame = areas()
west, south, east, north = frame.total_bounds
drawn = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=12, tiles=None, max_zoom=20)
folium.GeoJson(
    frame,
    style_function=lambda feature: {
        "fillColor": ("#EEF3F8", "#CFDFEE", "#9FBFDD", "#5F93C4")[feature["properties"]["open"] % 4],
        "color": "#17375E",
        "weight": 1,
        "fillOpacity": 0.6,
    },
    tooltip=folium.GeoJsonTooltip(["code", "name", "open"]),
).add_to(drawn)
drawn.fit_bounds([[south, west], [north, east]])
answer = st_folium(drawn, key="map", height=600, use_container_width=True, returned_objects=["last_active_drawing"])
chosen = answer and answer.get("last_active_drawing")
st.write("chosen", chosen["properties"]["code"] if chosen else "-")
