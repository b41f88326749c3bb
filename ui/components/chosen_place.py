"""The place of a form beside the map: clicked, or chosen from a list; a point stands in the address bar as well."""

import streamlit as st

from ui import state

Place = tuple[float, float] | int | None  # a point in degrees (EPSG:4326), the id of an area, or nothing yet


def chosen_place(key: str) -> Place:
    """What was clicked or chosen for the form of a key; after a reload the point in the address bar."""
    if f"{key}_place" not in st.session_state:
        lon, _, lat = (state.query("at") or "").partition(",")
        try:
            st.session_state[f"{key}_place"] = (float(lon), float(lat))
        except ValueError:
            st.session_state[f"{key}_place"] = None
    place: Place = st.session_state[f"{key}_place"]
    return place


def set_place(key: str, place: Place) -> None:
    """Let this be the place of the form."""
    st.session_state[f"{key}_place"] = place
    state.set_query(at=f"{place[0]:.6f},{place[1]:.6f}" if isinstance(place, tuple) else None)


def forget_place() -> None:
    """The form was accepted: the next one begins without a place."""
    state.set_query(at=None)
