"""Real data of others, read from beside the repository and never copied into it."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data; the test is skipped where it is not there."""
    if not DATA.is_dir():
        pytest.skip(f"no real data at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def beijing(data: Path) -> gpd.GeoDataFrame:
    """City, 16 districts and 343 streets of Beijing: code, parent, level, geometry (WGS 84)."""
    folder = data / "beijing-subdistricts"
    frames = [
        _level(folder / "city", "city", lambda frame: "110000000000", lambda frame: None),
        _level(folder / "district", "district", lambda frame: frame["code"].astype(str), lambda frame: "110000000000"),
        _level(
            folder / "subdistrict",
            "street",
            lambda frame: frame["code"].astype(str),
            lambda frame: frame["parentCode"].astype(str),
        ),
    ]
    return pd.concat(frames, ignore_index=True)


def _level(folder: Path, level: str, code, parent) -> gpd.GeoDataFrame:
    frame = pd.concat([gpd.read_file(path) for path in sorted(folder.glob("*.geojson"))], ignore_index=True)
    columns = {"code": code(frame), "parent": parent(frame), "level": level}
    return gpd.GeoDataFrame(columns, geometry=list(frame.geometry), crs="EPSG:4326", index=frame.index)
