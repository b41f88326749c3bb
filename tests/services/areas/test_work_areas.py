"""The areas that an actor works for, on both databases."""

from db.session import Database
from domain.permissions import Role
from services.areas.work_areas import list_work_areas
from services.system.installations import current_profile
from tests.factories import make_area, make_user


def test_choices_go_down_to_the_grids_of_the_own_area(db: Database) -> None:
    profile = current_profile()
    keys = [level.key for level in profile.levels]
    top, above, grid = keys[0], keys[keys.index(profile.grid_level.value) - 1], profile.grid_level.value
    street = make_area("街道", level=top)
    east, west = (make_area(name, level=above, parent=street) for name in ("东社区", "西社区"))
    for community in (east, west):
        make_area("第一网格", level=grid, parent=community)
    make_area("楼组", level="micro", parent=east)
    labels = ["街道", "东社区", "西社区", "东社区 · 第一网格", "西社区 · 第一网格"]
    assert [area.label for area in list_work_areas(make_user())] == labels
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=east)
    assert [area.label for area in list_work_areas(secretary)] == ["东社区", "东社区 · 第一网格"]
    assert list_work_areas(make_user(Role.GRID_LEADER)) == []
