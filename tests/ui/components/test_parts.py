"""Rows, figures, timelines, charts: what they say, and that text stays text."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

import pytest

from domain.clock_runs import Run
from domain.clocks import Calendar, ClockKind, Deadline, Limit, Pause, deadline
from domain.hours import parse_windows
from services.indicators.overview import DayCount as Day
from ui.components.charts import bars_chart, daily_picture, stacked_chart
from ui.components.figures import Figure, figure_html, number_text, sparkline
from ui.components.header import age_html
from ui.components.lists import Row, clock_html, row_html
from ui.components.timeline import _bar, _how
from ui.safe import plain, safe
from ui.times import day_text, exact_length_text, left_text, length_text, moment_text
from ui.tokens import LIGHT

EVIL = "<script>alert(1)</script>`${x}`"
LIMIT = Limit(8, ClockKind.WORKING_HOUR)
CALENDAR = Calendar(parse_windows("08:30-12:00, 14:00-17:30"), known_years=frozenset({2026}))
NOON = datetime(2026, 3, 18, 6, 32, tzinfo=UTC)  # 14:32 in Shanghai


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_safe_text_holds_no_sign_that_html_or_a_template_reads():
    assert not set("<>\"'`$\\{}") & set(safe(EVIL + "\\'\""))


def test_plain_text_is_not_read_as_markdown():
    assert plain("**a** [b](c) :red[d]") == r"\*\*a\*\* \[b\]\(c\) \:red\[d\]"


def test_row_escapes_every_field_and_marks_what_is_late():
    html = row_html(Row("1", "overdue", EVIL, EVIL, EVIL, EVIL, late=True), chosen=True)
    assert "<script" not in html
    assert "lg-late" in html
    assert "lg-on" in html


def test_a_clock_that_the_status_does_not_explain_has_its_own_symbol():
    late = Row("1", "handling", "a", "b", "复核已过 2 天", late=True, marked=True)
    soon = Row("1", "handling", "a", "b", "今天复核", soon=True, marked=True)
    assert "lg-sym-overdue" in clock_html(late)
    assert "lg-sym-due_soon" in clock_html(soon)
    assert "lg-sym" not in clock_html(Row("1", "overdue", "a", "b", "已超 2 天", late=True))


@pytest.mark.parametrize(
    ("value", "text"), [(1284, "1,284"), (96.4, "96.4"), (0, "0"), (0.0, "0.0"), (None, "—"), ("3:20", "3:20")]
)
def test_number_is_written_for_people(value, text):
    assert number_text(value) == text


def test_figure_without_value_shows_a_dash_and_no_unit():
    html = figure_html(Figure("按时办结率", None, "%", "近 30 日"), "light")
    assert "—" in html
    assert "<u>" not in html


def test_sparkline_needs_two_values_and_bears_a_flat_line():
    assert sparkline([3], "light") == ""
    assert "nan" not in sparkline([3, 3, 3], "light").lower()


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=30), "0 分"),
        (timedelta(minutes=46), "46 分"),
        (timedelta(hours=3, minutes=20), "3 小时 20 分"),
        (timedelta(hours=2), "2 小时"),
        (timedelta(days=2, hours=4, minutes=5), "2 天 4 小时"),
    ],
)
def test_length_has_two_units_at_most(length, text):
    assert length_text(length) == text


def test_exact_length_drops_no_unit():
    assert exact_length_text(timedelta(hours=30), days=False) == "30 小时"
    assert exact_length_text(timedelta(hours=111, minutes=30), days=True) == "4 天 15 小时 30 分"


def test_time_left_says_over_when_it_is_over():
    assert left_text(timedelta(minutes=38)) == "剩 38 分"
    assert left_text(timedelta(minutes=-46)) == "已超 46 分"


def test_times_are_read_on_a_shanghai_clock():
    late = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
    assert day_text(late, weekday=True) == "3月18日 星期三"
    assert moment_text(late, NOON) == "今天 23:30"
    assert moment_text(late, late + timedelta(hours=1)) == "3月18日 23:30"


@pytest.mark.parametrize(
    ("minutes", "level"), [(0, "fresh"), (10, "fresh"), (11, "old"), (60, "old"), (61, "stale"), (-5, "fresh")]
)
def test_age_of_data_warns_after_10_and_after_60_minutes(minutes, level):
    assert f'class="lg-age lg-age-{level}"' in age_html(NOON - timedelta(minutes=minutes), NOON)


def _deadline() -> Deadline:
    return deadline(_at(17, 15, 12), LIMIT, CALENDAR)


def test_arithmetic_of_a_deadline_adds_up_and_names_what_was_skipped():
    words = _how(_deadline(), LIMIT, "08:30-12:00、14:00-17:30")
    assert "8 工作时" in words
    assert "2 小时 18 分" in words
    assert "合计 8 小时" in words
    assert "3月18日 12:00–14:00</time><span>不在上班时间" in words


def test_terms_add_up_though_the_case_began_between_two_minutes():
    start = _at(17, 15, 12) + timedelta(seconds=40)
    words = _how(deadline(start, LIMIT, CALENDAR), LIMIT, "")
    terms = [int(h or 0) * 60 + int(m or 0) for h, m in re.findall(r"计 (?:(\d+) 小时)? ?(?:(\d+) 分)?<", words)]
    assert (len(terms), sum(terms)) == (3, 8 * 60)
    assert "合计 8 小时" in words


@pytest.mark.parametrize(("began", "stopped", "went_on"), [(0, 45, 10), (40, 15, 50), (40, 15, 10), (59, 0, 59)])
def test_terms_add_up_though_a_suspension_began_and_ended_between_two_minutes(began, stopped, went_on):
    start = _at(17, 15, 12) + timedelta(seconds=began)
    pause = Pause(_at(17, 16, 10) + timedelta(seconds=stopped), _at(18, 9, 20) + timedelta(seconds=went_on))
    run = Run(start, LIMIT, (), (pause,))
    words = _how(run.deadline(CALENDAR), LIMIT, "", run)
    terms = [
        int(h or 0) * 3600 + int(m or 0) * 60 + int(s or 0)
        for h, m, s in re.findall(r"计 (?:(\d+) 小时)? ?(?:(\d+) 分)? ?(?:(\d+) 秒)?<", words)
    ]
    assert (len(terms), sum(terms)) == (4, 8 * 3600)
    assert "合计 8 小时。" in words
    if (began, stopped) == (0, 45):
        assert "3月17日 15:12:00–16:10:45</time><span>计 58 分 45 秒" in words


def test_a_suspension_at_whole_minutes_shows_no_seconds():
    pause = Pause(_at(17, 16, 10), _at(18, 9, 20))
    run = Run(_at(17, 15, 12), LIMIT, (), (pause,))
    assert "3月17日 15:12–16:10</time><span>计 58 分<" in _how(run.deadline(CALENDAR), LIMIT, "", run)


def test_an_extension_and_a_suspension_are_told():
    start, began = _at(17, 15, 12), _at(18, 9, 0)
    run = Run(start, LIMIT, (2,), (Pause(began, _at(19, 9, 0)),))
    words = _how(run.deadline(CALENDAR), run.total, "", run)
    assert "限 10 工作时（8 + 延长 2）" in words
    assert "挂账期间，不计" in words
    assert "合计 10 小时" in words
    stands = Run(start, LIMIT, (), (), began)
    words = _how(stands.resumed(NOON).deadline(CALENDAR), LIMIT, "", stands, NOON)
    assert "已计 2 小时 48 分，挂账期间停止计时" in words


def test_days_are_summed_in_days():
    limit = Limit(5, ClockKind.WORKING_DAY)
    assert "合计 5 天" in _how(deadline(_at(17, 15, 12), limit, CALENDAR), limit, "")


def test_bar_splits_the_stretch_that_runs_now():
    bar = _bar(_deadline(), NOON)
    assert bar.count("lg-gone") == 3
    assert bar.count("lg-left-part") == 1
    assert "left:79.17%" in bar  # 6 h 20 min of 8 h


def test_bar_has_no_needle_when_the_deadline_is_over():
    assert "<em" not in _bar(_deadline(), _at(18, 16, 13))
    assert "lg-bar-now" not in _bar(_deadline(), _at(18, 16, 13))


@pytest.mark.parametrize(("hour", "minute", "at"), [(15, 12, "0.00%"), (16, 12, "12.50%")])
def test_the_time_of_day_stands_under_the_needle_and_keeps_to_the_bar(hour, minute, at):
    bar = _bar(_deadline(), _at(17, hour, minute))
    assert f'<em style="left:{at}">' in bar
    assert f'<b style="left:{at};transform:translateX(-{at})">' in bar


def _days(*counts: tuple[int, int]) -> list[Day]:
    return [Day(date(2026, 3, 16 + i), new, closed) for i, (new, closed) in enumerate(counts)]


def test_daily_picture_highlights_the_newest_day_alone():
    picture = unquote(daily_picture(_days((5, 4), (7, 6), (2, 1)), "light", "今天（至 14:30）"))
    assert picture.count(f'fill="{LIGHT["chart-main"]}"') == 1
    assert picture.count(f'fill="{LIGHT["chart-quiet"]}"') == 2
    assert "今天（至 14:30）" in picture
    assert "新报共 14 件" in picture


@pytest.mark.parametrize(("most", "ticks"), [(0, "012"), (7, "036"), (42, "02040"), (100, "050100"), (999, "0400800")])
def test_daily_picture_has_round_ticks(most, ticks):
    picture = unquote(daily_picture(_days((most, 0)), "dark", ""))
    assert "".join(re.findall(r'<text x="0"[^>]*>(\d+)<', picture)) == ticks


def test_bars_chart_bears_no_classes():
    assert bars_chart({}, "dark")["data"]["values"] == []


def test_stacked_kinds_keep_their_order_and_colours():
    rows = [{"x": "26-03", "kind": kind, "n": n} for kind, n in (("kept", 3), ("missed", 1))]
    spec = stacked_chart(rows, "light", colours=(LIGHT["chart-main"], LIGHT["chart-quiet"]))
    assert [(row["kind"], row["order"]) for row in spec["data"]["values"]] == [("kept", 0), ("missed", 1)]
    scale = spec["encoding"]["color"]["scale"]
    assert scale == {"domain": ["kept", "missed"], "range": [LIGHT["chart-main"], LIGHT["chart-quiet"]]}
    assert len(stacked_chart(rows, "light")["encoding"]["color"]["scale"]["range"]) == 2
