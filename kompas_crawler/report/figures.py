"""The figures of the report: each a chart in both languages and for both sizes of screen, and the same as a table.

Knows which numbers go into which chart. Refuses to know where a figure stands and what is said about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kompas_crawler.report import charts, words
from kompas_crawler.report.articles import DELAYS, FIELDS_SHOWN
from kompas_crawler.report.charts import Screen, Spec, Square
from kompas_crawler.report.edits import AGES
from kompas_crawler.report.facts import Facts
from kompas_crawler.report.holdings import Cell, CellState, DayState, Holdings
from kompas_crawler.report.periods import Periods, Unit, periods_between
from kompas_crawler.report.svg import drawn
from kompas_crawler.report.vocabulary import CHANGES, DAY_STATES, FIELDS, STATUSES
from kompas_crawler.report.words import Language, Words

Said = Words | str
SECTIONS_OF_MAP: Final = 40
SECTIONS_OF_COURSES: Final = 12
SECTIONS_OF_LINKS: Final = 14
_LITTLE: Final = 0.01
"""A smaller share of missing articles is shown paler."""
STATE_COLOURS: Final[Mapping[DayState, str]] = {
    DayState.COMPLETE: "var(--level-3)",
    DayState.OPEN: "var(--open)",
    DayState.PARTLY: "var(--open)",
    DayState.MISSING: "var(--hole)",
    DayState.UNWALKED: "var(--blank)",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart for one language and one size of screen."""

    language: Language
    screen: Screen
    svg: bytes


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, and what it shows as a table."""

    key: str
    title: Words
    drawings: tuple[Drawing, ...]
    head: tuple[Said, ...]
    rows: tuple[tuple[Said, ...], ...]
    """The first cell of a row names it."""
    is_map: bool = False
    """It has its own legend."""


def figures_of(facts: Facts) -> dict[str, Figure]:
    """Return the figures by their keys; one that would show nothing is left out."""
    makers: tuple[Callable[[Facts], Figure | None], ...] = (
        _map_of_holdings,
        _calendar,
        _courses,
        _delays,
        _kinds_of_edits,
        _ages_of_edits,
        _fields,
        _links_between_sections,
        _requests,
        _statuses,
    )
    return {figure.key: figure for make in makers if (figure := make(facts)) is not None}


def _figure(
    key: str,
    title: Words,
    draw: Callable[[Language, Screen], Spec],
    head: Sequence[Said],
    rows: Sequence[Sequence[Said]],
    *,
    is_map: bool = False,
) -> Figure:
    drawings = tuple(
        Drawing(language, screen, drawn(draw(language, screen), language)) for language in Language for screen in Screen
    )
    return Figure(key, title, drawings, tuple(head), tuple(map(tuple, rows)), is_map)


def _map_of_holdings(facts: Facts) -> Figure | None:
    holdings = facts.holdings
    periods = holdings.periods
    if periods is None:
        return None
    shown = [name for name in holdings.sections if any(place[1] == name for place in holdings.cells)][:SECTIONS_OF_MAP]
    most = _volume_of_most(holdings)

    def draw(language: Language, screen: Screen) -> Spec:
        room = 12 if screen is Screen.WIDE else 4
        columns = charts.sparse_labels(periods, language, room)
        squares = (
            _square(holdings.cells.get((start, name)), start, name, most) for start in periods.starts for name in shown
        )
        return charts.grid(squares, columns, shown, screen)

    title = {
        Unit.DAY: words.text("Artikel per hari dan kanal", "Articles by day and section"),
        Unit.WEEK: words.text("Artikel per minggu dan kanal", "Articles by week and section"),
        Unit.MONTH: words.text("Artikel per bulan dan kanal", "Articles by month and section"),
        Unit.QUARTER: words.text("Artikel per triwulan dan kanal", "Articles by quarter and section"),
        Unit.YEAR: words.text("Artikel per tahun dan kanal", "Articles by year and section"),
    }[periods.unit]
    head = (words.text("Kanal", "Section"), *(periods.label(start) for start in periods.starts))
    rows = [[name, *(_said(holdings.cells.get((start, name))) for start in periods.starts)] for name in shown]
    return _figure("map", title, draw, head, rows, is_map=True)


def _volume_of_most(holdings: Holdings) -> float:
    """Return a number that nearly all fields of the map stay below, so that one busy day does not pale the others."""
    held = sorted(cell.held for cell in holdings.cells.values() if cell.held)
    return held[int(0.95 * (len(held) - 1))] if held else 0


def _square(cell: Cell | None, start: date, section: str, most: float) -> Square:
    place = (start.isoformat(), section)
    if cell is None or cell.state is CellState.UNWALKED:
        return Square(*place, "var(--blank)")
    if cell.state is CellState.MISSING:
        text = str(cell.missing) if cell.missing < 1000 else "≥1k"
        is_little = cell.missing < _LITTLE * cell.listed
        return Square(
            *place, *(("var(--few)", text, "var(--ink)") if is_little else ("var(--hole)", text, "var(--on-hole)"))
        )
    if cell.state is CellState.OPEN:
        return Square(*place, "var(--open)")
    return Square(*place, charts.level(cell.held, most) if cell.held else "var(--none)")


def _said(cell: Cell | None) -> Said:
    if cell is None or cell.state is CellState.UNWALKED:
        return "–"
    held = words.number(cell.held)
    if cell.state is CellState.MISSING:
        return words.text("{held}, {n} hilang", "{held}, {n} missing", held=held, n=words.number(cell.missing))
    if cell.state is CellState.OPEN:
        return words.text("{held}, terbuka", "{held}, open", held=held)
    return held


def _calendar(facts: Facts) -> Figure | None:
    holdings = facts.holdings
    if holdings.periods is None or holdings.periods.unit is Unit.DAY:
        return None
    colours = {day: STATE_COLOURS[state] for day, state in holdings.days.items()}
    years = sorted({day.year for day in holdings.days})
    counts = Counter((day.year, state) for day, state in holdings.days.items())
    states = list(reversed(DayState))
    return _figure(
        "calendar",
        words.text("Keadaan setiap hari", "The state of every day"),
        lambda language, screen: charts.calendar(colours, language, screen),
        (words.text("Tahun", "Year"), *(DAY_STATES[state] for state in states)),
        [[str(year), *(words.number(counts[year, state]) for state in states)] for year in years],
        is_map=True,
    )


def _courses(facts: Facts) -> Figure | None:
    by_day = facts.articles.by_day
    if not by_day:
        return None
    names = [name for name, _ in facts.articles.sections]
    leading, rest = names[:SECTIONS_OF_COURSES], set(names[SECTIONS_OF_COURSES:])
    periods = _periods_of(by_day, facts)
    counts: Counter[tuple[date, str]] = Counter()
    for (day, name), count in by_day.items():
        counts[periods.of(day), "" if name in rest else name] += count
    totals: Counter[str] = Counter()
    for (_, name), count in counts.items():
        totals[name] += count

    def draw(language: Language, screen: Screen) -> Spec:
        headings = {name: f"{name}  {words.number(totals[name]).of(language)}" for name in leading}
        return charts.courses(counts, headings, periods, language, screen)

    order = [*leading, *([""] if rest else [])]
    head = (
        words.text("Kanal", "Section"),
        words.text("Semua", "All"),
        *(periods.label(start) for start in periods.starts),
    )
    rows = [
        [
            name or words.text("lainnya", "others"),
            words.number(totals[name]),
            *(words.number(counts[start, name]) for start in periods.starts),
        ]
        for name in order
    ]
    title = words.text("Kanal terbesar: artikel menurut waktu terbit", "The largest sections: articles by publication")
    return _figure("courses", title, draw, head, rows)


def _periods_of(by_day: Mapping[tuple[date, str], int], facts: Facts) -> Periods:
    """Return the periods of the map, so that both can be compared; of the articles where some lie outside it."""
    days = [day for day, _ in by_day]
    known = facts.holdings.days
    if known and min(known) <= min(days) and max(days) <= max(known):
        return periods_between(min(known), max(known))
    return periods_between(min(days), max(days))


def _delays(facts: Facts) -> Figure | None:
    delays = facts.articles.delays
    if not facts.articles.count:
        return None
    labels = _classes(DELAYS)
    title = words.text("Artikel menurut waktu sampai tersimpan", "Articles by the time until they were held")
    return _bars("delays", title, labels, delays.classes, facts.articles.count, words.text("Waktu", "Time"))


def _kinds_of_edits(facts: Facts) -> Figure | None:
    kinds = {kind: facts.edits.kinds[kind] for kind in CHANGES if facts.edits.kinds.get(kind)}
    if not kinds:
        return None
    title = words.text("Apa yang berubah", "What changed")
    labels = [CHANGES[kind] for kind in kinds]
    return _bars("kinds", title, labels, list(kinds.values()), sum(kinds.values()), words.text("Perubahan", "Change"))


def _ages_of_edits(facts: Facts) -> Figure | None:
    total = sum(facts.edits.classes)
    if not total:
        return None
    title = words.text("Umur artikel saat perubahan ditemukan", "Age of the article when the change was found")
    return _bars("ages", title, _classes(AGES), facts.edits.classes, total, words.text("Umur", "Age"))


def _fields(facts: Facts) -> Figure | None:
    count = facts.articles.count
    if not count:
        return None
    labels = [FIELDS[name] for name in FIELDS_SHOWN]
    values = [facts.articles.filled[name] for name in FIELDS_SHOWN]
    title = words.text("Kolom yang terisi", "Columns that are filled")
    return _bars("fields", title, labels, values, count, words.text("Kolom", "Column"), whole=count, as_share=True)


def _links_between_sections(facts: Facts) -> Figure | None:
    between = facts.linkage.between
    if not between:
        return None
    weight: Counter[str] = Counter()
    for (origin, target), count in between.items():
        weight[origin] += count
        weight[target] += count
    leading = [name for name, _ in weight.most_common(SECTIONS_OF_LINKS)]
    other = words.text("lainnya", "others")
    places: Counter[tuple[str, str]] = Counter()
    for (origin, target), count in between.items():
        places[origin if origin in leading else "", target if target in leading else ""] += count
    order = [*leading, *([""] if len(weight) > len(leading) else [])]
    most = sorted(places.values())[int(0.95 * (len(places) - 1))]

    def draw(language: Language, screen: Screen) -> Spec:
        named = {name: name or other.of(language) for name in order}
        columns = {name: name for name in named.values()}
        squares = [
            Square(
                named[target],
                named[origin],
                charts.level(places[origin, target], most) if places[origin, target] else "var(--none)",
                words.number(places[origin, target]).of(language) if 0 < places[origin, target] < 10_000 else "",
                "var(--on-level)" if places[origin, target] > most / 2 else "var(--ink)",
            )
            for origin in order
            for target in order
        ]
        return charts.grid(squares, columns, list(columns), screen, slanted=True)

    head = (words.text("Dari ↓ ke →", "From ↓ to →"), *(name or other for name in order))
    rows = [[origin or other, *(words.number(places[origin, target]) for target in order)] for origin in order]
    title = words.text("Tautan dari kanal (baris) ke kanal (kolom)", "Links from section (row) to section (column)")
    return _figure("links", title, draw, head, rows)


def _requests(facts: Facts) -> Figure | None:
    hours = facts.operation.hours
    if not hours:
        return None
    rows = [[words.moment(hour), words.number(count)] for hour, count in sorted(hours.items(), reverse=True)]
    return _figure(
        "requests",
        words.text("Alamat yang dijawab per jam (WIB)", "Addresses answered by the hour (WIB)"),
        lambda _, screen: charts.hourly(hours, screen),
        (words.text("Jam mulai", "Hour from"), words.text("Jawaban", "Answers")),
        rows,
    )


def _statuses(facts: Facts) -> Figure | None:
    counts = facts.operation.statuses
    if not counts:
        return None
    order = sorted(counts, key=lambda status: (-counts[status], status))
    labels = [STATUSES.get(status, Words(status, status)) for status in order]
    values = [counts[status] for status in order]
    title = words.text("Jawaban situs", "What the site answered")
    return _bars("statuses", title, labels, values, sum(values), words.text("Status HTTP", "HTTP status"))


def _bars(
    key: str,
    title: Words,
    labels: Sequence[Words],
    values: Sequence[int],
    total: int,
    first: Words,
    *,
    whole: int | None = None,
    as_share: bool = False,
) -> Figure:
    shares = [words.share(value, total) for value in values]

    def draw(language: Language, screen: Screen) -> Spec:
        counts = shares if as_share else [words.number(value) for value in values]
        drawn_rows = zip(labels, values, counts, strict=True)
        bars = [(label.of(language), float(value), written.of(language)) for label, value, written in drawn_rows]
        return charts.bars(bars, screen, whole=whole)

    head = (first, words.text("Jumlah", "Number"), words.text("Bagian", "Share"))
    rows = [[label, words.number(value), part] for label, value, part in zip(labels, values, shares, strict=True)]
    return _figure(key, title, draw, head, rows)


def _classes(limits: Sequence[int]) -> list[Words]:
    """Return the names of classes of time by their upper ends, and of the one above."""
    ends = [words.duration(limit) for limit in limits]
    return [
        *(words.text("sampai {end}", "up to {end}", end=end) for end in ends),
        words.text("lebih lama", "longer"),
    ]
