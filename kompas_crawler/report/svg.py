"""Vega-Lite specifications drawn as SVG that may stand inside a page: no script, no style, no address in it.

Knows which elements and attributes a drawing needs; everything else is dropped, whatever a text in it says. Refuses to
know what is drawn. Colours are CSS variables of the page, so that a drawing follows light and dark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]

from kompas_crawler.report.words import MONTHS, Language

_ELEMENTS: Final = frozenset({"svg", "g", "path", "rect", "line", "text", "tspan"})
_ATTRIBUTES: Final = frozenset(
    {"viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "d", "transform", "opacity"}
    | {"fill", "fill-opacity", "stroke", "stroke-width", "text-anchor", "font-size", "font-weight"}
)
_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_LONG_FRACTION: Final = re.compile(r"(\.\d)\d+")
_COLOURS: Final = ("fill", "stroke")
_COLOUR: Final = re.compile(r"none|transparent|var\(--[a-z0-9-]+\)")
_NUMBERS: Final[Mapping[Language, Mapping[str, Any]]] = {
    Language.INDONESIAN: {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    Language.ENGLISH: {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]},
}
_DAYS: Final[Mapping[Language, Sequence[str]]] = {
    Language.INDONESIAN: ("Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"),
    Language.ENGLISH: ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
}


def drawn(spec: Mapping[str, Any], language: Language) -> bytes:
    """Return a Vega-Lite specification as a bare SVG, with numbers and months as the language writes them."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(
        dict(spec),
        allowed_base_urls=[],
        format_locale=dict(_NUMBERS[language]),
        time_format_locale=_time_locale(language),
    )
    return bare(svg)


def bare(svg: str) -> bytes:
    """Return an SVG with nothing but shapes and texts, whose colours are variables of the page.

    >>> bare('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><text>&lt;b></text></svg>')
    b'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true"><text>&lt;b&gt;</text></svg>'
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(svg.encode(), parser)
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag.removeprefix(_NAMESPACE) not in _ELEMENTS:
            _remove(element)
            continue
        if element.get("display") == "none" or element.get("d") in {"", "M0,0h0v0h0Z"}:
            _remove(element)
            continue
        _strip(element)
    for group in reversed(list(root.iter(f"{_NAMESPACE}g"))):
        if len(group) == 0:
            _remove(group)
    root.set("aria-hidden", "true")  # what holds it has a name, and there is a table of the same
    etree.cleanup_namespaces(root)
    content: bytes = etree.tostring(root)
    return content


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _strip(element: etree._Element) -> None:
    for name, value in list(element.items()):
        is_foreign_colour = name in _COLOURS and not _COLOUR.fullmatch(str(value))
        if name not in _ATTRIBUTES or is_foreign_colour or (name, value) in {("opacity", "1"), ("stroke-width", "0")}:
            del element.attrib[name]
        elif name in {"d", "transform", "x2", "y2"}:
            element.set(name, _LONG_FRACTION.sub(r"\1", str(value)))


def _time_locale(language: Language) -> dict[str, Any]:
    months, days = list(MONTHS[language]), list(_DAYS[language])
    return {
        "dateTime": "%-d %b %Y %H.%M",
        "date": "%-d %b %Y",
        "time": "%H.%M",
        "periods": ["AM", "PM"],
        "days": days,
        "shortDays": [day[:3] for day in days],
        "months": months,
        "shortMonths": months,
    }
