"""A few pictures of the demo's plots, visits and pledges, drawn (示例); those of the accounts to sign in with first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from db.models import Pledge, PledgeEvidence, PledgePhoto, Plot, PlotCheck, PlotPhoto, User, Visit, VisitPhoto
from domain.permissions import Role
from domain.pledges import PledgeUnit
from domain.plots import CheckResult
from domain.visits import VisitKind
from services.demo.pictures import draw
from services.demo.rows import Rows

PLOTS, VISITS, SERVICES = 4, 3, 2  # plots; visits of each kind; services for each scene
_SCENES = {
    PledgeUnit.HOUSEHOLDS: "doorway", PledgeUnit.PEOPLE: "doorway", PledgeUnit.TIMES: "cleaning",
    PledgeUnit.SQUARE_METRES: "cleaning", PledgeUnit.CASES: "table",
}  # fmt: skip
Row = dict[str, Any]


def add_photos(rows: Rows) -> None:
    """Pictures before and after of some plots, of some visits and patrols, and of services noted by hand."""
    _of_plots(rows)
    _of_visits(rows)
    _of_services(rows)


def _of_plots(rows: Rows) -> None:
    """The newest check of the first plots; one that found it not kept has no picture of after."""
    newest = {row["plot_id"]: row for row in rows.of(PlotCheck)}
    for number, plot in enumerate(rows.of(Plot)[:PLOTS]):
        check = newest.get(plot["id"])
        if check is None:
            continue
        stages = ("before", "after") if check["result"] == CheckResult.KEPT else ("before",)
        for stage in stages:
            photo = vars(draw(f"{plot['kind']}_{stage}", number // 2))
            rows.add(PlotPhoto, plot_id=plot["id"], check_id=check["id"], stage=stage, taken_at=check["at"], **photo)


def _of_visits(rows: Rows) -> None:
    """The newest visits and patrols, those of the first grid leader before others."""
    first = next((row["id"] for row in rows.of(User) if row["role"] == Role.GRID_LEADER), None)
    for kind, scene in ((VisitKind.VISIT, "doorway"), (VisitKind.PATROL, "patrol")):
        found = [row for row in rows.of(Visit) if row["kind"] == kind]
        found.sort(key=lambda row: (row["created_by"] == first, row["at"], row["id"]), reverse=True)
        for number, row in enumerate(found[:VISITS]):
            rows.add(VisitPhoto, visit_id=row["id"], taken_at=row["at"], **vars(draw(scene, number)))


def _of_services(rows: Rows) -> None:
    """The newest services noted by hand of each scene, those of people with an account before others."""
    accounts = {row["person_id"] for row in rows.of(User) if row["role"] == Role.PARTY_MEMBER}
    units = {row["id"]: PledgeUnit(row["unit"]) for row in rows.of(Pledge)}
    by_scene: dict[str, list[Row]] = defaultdict(list)
    for row in rows.of(PledgeEvidence):
        if row["record_id"] is None and units[row["pledge_id"]] in _SCENES:
            by_scene[_SCENES[units[row["pledge_id"]]]].append(row)
    for scene in sorted(by_scene):
        for number, row in enumerate(_newest(by_scene[scene], accounts)[:SERVICES]):
            rows.add(
                PledgePhoto, pledge_id=row["pledge_id"], evidence_id=row["id"], taken_at=row["created_at"],
                **vars(draw(scene, number)),
            )  # fmt: skip


def _newest(found: Iterable[Row], accounts: set[int | None]) -> Sequence[Row]:
    return sorted(
        found, key=lambda row: (row["person_id"] in accounts, row["happened_on"], row["id"]), reverse=True
    )  # fmt: skip
