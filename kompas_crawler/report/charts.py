"""The charts of the report as Vega-Lite specifications, made with Altair.

Knows shapes, scales and what fits on a screen or a phone. Refuses to know the archive: what comes in is what is drawn.
Colours are named as variables of the page's style sheet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from kompas_crawler.report.periods import Periods, Unit
from kompas_crawler.report.words import MONTHS, Language
from kompas_crawler.site.dates import WIB

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]
INK, QUIET, LINE, ACCENT = "var(--ink)", "var(--quiet)", "var(--line)", "var(--accent)"
LEVELS: Final = tuple(f"var(--level-{level})" for level in range(1, 5))
"""From few to many."""


class Screen(StrEnum):
    """For what a chart is drawn."""

    WIDE = "wide"
    NARROW = "narrow"

    @property
    def width(self) -> int:
        """Pixels across, labels and all."""
        return 880 if self is Screen.WIDE else 316

    @property
    def labels(self) -> int:
        """Pixels for the labels on the left."""
        return 124 if self is Screen.WIDE else 96


@dataclass(frozen=True, slots=True)
class Square:
    """A coloured field of a map."""

    column: str
    row: str
    colour: str
    text: str = ""
    ink: str = INK


def grid(
    squares: Iterable[Square], columns: Mapping[str, str], rows: Sequence[str], screen: Screen, *, slanted: bool = False
) -> Spec:
    """Return a map of coloured fields; `columns` are keys in order with labels, of which an empty one is not shown.

    `slanted` is for labels longer than a column is wide.
    """
    import altair as alt

    room = screen.width - screen.labels
    step = min(44.0, room / max(1, len(columns)))
    height = 19 if screen is Screen.WIDE else 17
    values = [
        {"x": one.column, "y": one.row, "colour": one.colour, "text": one.text, "ink": one.ink} for one in squares
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("x:O", scale=alt.Scale(domain=list(columns)), axis=_labelled(columns, "top", slanted=slanted)),
        y=alt.Y("y:N", scale=alt.Scale(domain=list(rows)), axis=_plain(**_room(screen.labels))),
    )
    gap = 1.5 if step > 8 else 0.4
    marks: list[Any] = [
        base.mark_rect(stroke="var(--paper)", strokeWidth=gap).encode(color=alt.Color("colour:N", scale=None))
    ]
    if step >= 20:
        texts = base.transform_filter("datum.text != ''").mark_text(fontSize=11)
        marks.append(texts.encode(text="text:N", color=alt.Color("ink:N", scale=None)))
    return _specified(alt.layer(*marks).properties(width=step * len(columns), height=height * len(rows)))


def calendar(days: Mapping[date, str], language: Language, screen: Screen) -> Spec:
    """Return a calendar of years, a column a week and a row a weekday; `days` gives the colour of each."""
    import altair as alt

    values = [{"week": _week(day), "weekday": day.weekday(), "year": day.year, "colour": days[day]} for day in days]
    step = (screen.width - 50) / 54
    months = {str(_week(date(2024, month, 15))): MONTHS[language][month - 1] for month in range(1, 13)}
    if screen is Screen.NARROW:
        months = dict(list(months.items())[::3])
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(stroke="var(--paper)", strokeWidth=1 if step > 8 else 0.4)
        .encode(
            x=alt.X(
                "week:O",
                scale=alt.Scale(domain=list(range(54))),
                axis=_plain(values=[int(week) for week in months], labelExpr=_lookup(months), orient="bottom"),
            ),
            y=alt.Y("weekday:O", scale=alt.Scale(domain=list(range(7))), axis=None),
            color=alt.Color("colour:N", scale=None),
        )
        .properties(width=step * 54, height=min(step, 12) * 7)
        .facet(row=alt.Row("year:O", header=alt.Header(title=None, labelAngle=0, labelAlign="left", labelPadding=8)))
        .properties(spacing=8)
    )
    return _specified(chart)


def bars(rows: Sequence[tuple[str, float, str]], screen: Screen, *, whole: float | None = None) -> Spec:
    """Return horizontal bars of labels, numbers and how these are written; `whole` is what a full bar stands for."""
    import altair as alt

    labels = screen.labels + (50 if screen is Screen.WIDE else 30)
    values = [{"label": label, "value": value, "written": written} for label, value, written in rows]
    top = whole or max([value for _, value, _ in rows], default=0) or 1
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("label:N", sort=None, axis=_plain(**_room(labels)), scale=alt.Scale(paddingInner=0.35)),
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, top]), axis=None),
    )
    written = base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(text="written:N")
    room = screen.width - labels - 70
    width = min(room, 520)
    return _specified(alt.layer(base.mark_bar(color=ACCENT), written).properties(width=width, height=24 * len(rows)))


def courses(
    counts: Mapping[tuple[date, str], int],
    names: Mapping[str, str],
    periods: Periods,
    language: Language,
    screen: Screen,
) -> Spec:
    """Return small bar charts side by side, one for each of `names` (key to heading), on one common scale."""
    import altair as alt

    columns = 3 if screen is Screen.WIDE else 2
    each = (screen.width - 46 - 16 * (columns - 1)) / columns
    labels = sparse_labels(periods, language, 3 if screen is Screen.WIDE else 2)
    values = [
        {"x": start.isoformat(), "n": counts.get((start, key), 0), "name": heading}
        for key, heading in names.items()
        for start in periods.starts
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(color=ACCENT)
        .encode(
            x=alt.X(
                "x:O",
                axis=_labelled(labels, "bottom", 10),
                scale=alt.Scale(domain=list(labels), paddingInner=0.15 if len(labels) < 40 else 0),
            ),
            y=alt.Y("n:Q", axis=_plain(tickCount=2, grid=True, format=",~r", labelFontSize=10)),
        )
        .properties(width=each, height=64)
        .facet(
            facet=alt.Facet(
                "name:N",
                sort=list(names.values()),
                header=alt.Header(
                    title=None, labelAnchor="start", labelFontSize=12, labelFontWeight="bold", labelPadding=4
                ),
            ),
            columns=columns,
        )
        .properties(spacing=16)
    )
    return _specified(chart)


def hourly(counts: Mapping[datetime, int], screen: Screen) -> Spec:
    """Return a bar for each hour, by the clock in Jakarta."""
    import altair as alt

    first, last = min(counts), max(counts)
    values = [{"at": _wall(hour), "to": _wall(hour + timedelta(hours=1)), "n": count} for hour, count in counts.items()]
    days = (last - first).days
    room = [_wall(first - timedelta(hours=1)), _wall(last + timedelta(hours=2 if days else 3))]
    form = "%-d %b" if days > 1 else "%H.00"
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color=ACCENT)
        .encode(
            x=alt.X(
                "at:T",
                scale=alt.Scale(type="utc", domain=room),
                axis=_plain(format=form, tickCount=6 if screen is Screen.WIDE else 3, orient="bottom"),
            ),
            x2="to:T",
            y2=alt.datum(0),
            y=alt.Y("n:Q", axis=_plain(tickCount=3, grid=True, format=",~r")),
        )
        .properties(width=screen.width - 60, height=120)
    )
    return _specified(chart)


def sparse_labels(periods: Periods, language: Language, most: int) -> dict[str, str]:
    """Return every period by its key with a short label; with an empty one where there is no room for more."""
    every = -(-len(periods.starts) // most)
    return {
        start.isoformat(): _short(start, periods.unit, language) if place % every == 0 else ""
        for place, start in enumerate(periods.starts)
    }


def level(value: float, most: float) -> str:
    """Return the colour of a number: a quarter, a half, three quarters of the largest part the four."""
    return LEVELS[min(3, int(4 * value / most))] if most else LEVELS[0]


def _short(start: date, unit: Unit, language: Language) -> str:
    month = MONTHS[language][start.month - 1]
    if unit in (Unit.DAY, Unit.WEEK):
        return f"{start.day} {month}"
    return str(start.year) if unit is Unit.YEAR else f"{month} {start:%y}"


def _week(day: date) -> int:
    """Return the column of a day in its year: weeks begin on Monday, the first one with 1 January."""
    first = day.replace(month=1, day=1)
    return ((day - first).days + first.weekday()) // 7


def _wall(at: datetime) -> str:
    """Return what the clock in Jakarta shows, as if it were UTC: a chart knows no other zone."""
    return f"{at.astimezone(WIB):%Y-%m-%dT%H:%M:%S}Z"


def _lookup(labels: Mapping[str, str]) -> str:
    """Return the Vega expression that gives the label of a value, whatever stands in either."""
    return f"({json.dumps(labels)})[datum.value]"


def _labelled(labels: Mapping[str, str], orient: Any, size: int = 11, *, slanted: bool = False) -> alt.Axis:
    shown = {key: label for key, label in labels.items() if label}
    slant = {"labelAngle": -50, "labelAlign": "left", "labelBaseline": "middle", "labelOffset": 2} if slanted else {}
    return _plain(orient=orient, values=list(shown), labelExpr=_lookup(shown), labelFontSize=size, **slant)


def _room(pixels: int) -> dict[str, Any]:
    """Return options of an axis whose labels get so much room, whatever the font of the reader measures."""
    return {"minExtent": pixels, "maxExtent": pixels, "labelLimit": pixels * 0.85, "labelPadding": 6}


def _plain(**options: Any) -> alt.Axis:
    import altair as alt

    bare = {"title": None, "domain": False, "ticks": False, "labelAngle": 0, "grid": False, "labelColor": QUIET}
    return alt.Axis(**{**bare, "labelFontSize": 12, "gridColor": LINE, "labelOverlap": False, **options})


def _specified(chart: Any) -> Spec:
    view = {"stroke": None, "fill": None}
    header = {"labelColor": INK}
    configured = chart.configure(background="transparent", view=view, header=header, aria=False, padding=2)
    spec: Spec = configured.to_dict()
    return spec
