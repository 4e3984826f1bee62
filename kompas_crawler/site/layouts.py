"""The layouts in which Kompas.com has shown its articles: by which marks each is known and where it keeps what.

It knows markup only; what the text in it means is read by `fields`, `credits`, `widgets` and `parts`. The layout
follows the day of the fetch, not of publication, so it is chosen by the markup alone. Every selector begins with one
class, id or attribute (an `h1` may stand before it), by which all elements of interest are found in a single query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout: its marks, and the selectors of its parts, the first that matches wins."""

    name: str
    """Value of the column `layout`."""
    parser_version: int = 1
    """Raised whenever pages of this layout come out differently: the archive is then parsed again."""
    seen: tuple[str, str]
    """First and last month of a page met in it."""
    marks: tuple[str, ...]
    """Any one of these tells the layout from those that follow it in `LAYOUTS`."""
    title: tuple[str, ...]
    time: tuple[str, ...]
    body: tuple[str, ...]
    """Containers of the text."""
    breadcrumb: tuple[str, ...]
    """Anchors of the path above the headline."""
    photo: tuple[str, ...]
    """Blocks of a picture with caption and credit; the lead picture is the first one outside the body."""


# The dialogue that asks for a gift has neither class nor id.
_GIFT: Final = "modal-gift-membership"
_GIFT_MARK: Final = f"[data-modal-target={_GIFT}]"
_READ_TITLE: Final = (".read__title",)
_READ_TIME: Final = (".read__time",)
_READ_CONTENT: Final = (".read__content",)
_BREADCRUMB: Final = (".breadcrumb__wrap a",)

F: Final = Layout(
    name="f",
    seen=("2024-12", "2026-10"),
    marks=(
        "#articleContent",
        ".credit-title-nameEditor",
        ".articleList",
        ".articleItem",
        _GIFT_MARK,
    ),
    title=(".read__title", "h1.articleTitle", "h1.article__title"),
    time=(".read__time", ".articlePost-date"),
    body=(".read__content", "#articleContent"),
    breadcrumb=_BREADCRUMB,
    photo=(".cover-photo", ".photo", ".photo__wrap"),
)
"""Late 2024 and later. Names in `.credit-title-nameEditor`, lists of `.articleItem`, a time printed as
`Kompas.com, 17 Desember 2025, 09:46 WIB`. Known second hand only, from code and excerpts of others, so it takes the
body from `.read__content` or `#articleContent`, whichever holds text."""

E2: Final = Layout(
    name="e2",
    seen=("2023-11", "2024-03"),
    marks=(".creditModal", ".credit"),
    title=_READ_TITLE,
    time=_READ_TIME,
    body=_READ_CONTENT,
    breadcrumb=_BREADCRUMB,
    photo=(".cover-photo", ".photo"),
)
"""Late 2023 to 2024. `#penulis` and `#editor` are gone: the names stand together in `.credit-title-name`, who did what
only in `#creditModal .credit-author-position`."""

E1: Final = Layout(
    name="e1",
    seen=("2022-10", "2023-04"),
    marks=(".cover-photo", ".reaction"),
    title=_READ_TITLE,
    time=_READ_TIME,
    body=_READ_CONTENT,
    breadcrumb=_BREADCRUMB,
    photo=(".cover-photo", ".photo"),
)
"""2022 to 2023. `.cover-photo` around the lead picture, reaction buttons, `#penulis` and `#editor` in `.read__credit`,
the text in a `div.clearfix` of `.read__content`, a filled `dataLayer`."""

C: Final = Layout(
    name="c",
    seen=("2017-09", "2018-12"),
    marks=(".read__author a",),
    title=_READ_TITLE,
    time=_READ_TIME,
    body=_READ_CONTENT,
    breadcrumb=_BREADCRUMB,
    photo=(".photo",),
)
"""2017 to 2018. The first of the `read__` layouts: the writer is a link in `.read__author`, without a `.read__credit`.
Known from several scrapers of that time, which agree on title, time, writer and `.read__content > p`."""

D: Final = Layout(
    name="d",
    seen=("2019-12", "2021-03"),
    marks=_READ_CONTENT,
    title=_READ_TITLE,
    time=_READ_TIME,
    body=_READ_CONTENT,
    breadcrumb=_BREADCRUMB,
    photo=(".photo",),
)
"""2019 to 2021. `#penulis` and `#editor` in `.read__credit`, `div.photo` with `span.author` and a bare caption, the
paragraphs directly in `.read__content`. Also what any later page is read by that has none of the marks above."""

B1: Final = Layout(
    name="b1",
    seen=("2015-03", "2016-02"),
    marks=(".kcmread1114",),
    title=(".kcm-read-content-top h2", ".kcm-read-top h2"),
    time=(".kcm-read-content-top .kcm-date", ".kcm-read-content-top .grey"),
    body=(".kcmread1114",),
    breadcrumb=(".breadcrump a", ".kcm-breadcrumb a"),
    photo=(".photo",),
)
"""2015 to 2016, first on the sports pages: the body is one `span.kcmread1114` broken by `<br><br>`. No JSON-LD, no
date in the meta elements, no canonical link."""

B2: Final = Layout(
    name="b2",
    seen=("2015-11", "2016-05"),
    marks=(".kcm-read-text", ".div-read"),
    title=(".kcm-read-top h2", ".baca-content h1"),
    time=(".kcm-read-top .kcm-date", ".kcm-read-top .grey", ".baca-content .kcm-date"),
    body=(".kcm-read-text", ".div-read"),
    breadcrumb=(".kcm-breadcrumb a", ".bread-c a"),
    photo=(".photo",),
)
"""2015 to 2016: `.kcm-read-top` with an `<h2>` headline, the text in `.kcm-read-text`, writer and editor as rows of a
table in `.kcm-read-copy`. The motoring pages say `h1`, `.div-read` and `.penulis-editor` for the same things; the
`.kcm-date` in their page header is the day of the fetch."""

LAYOUTS: Final = (F, E2, E1, C, D, B1, B2)
"""In the order in which they are tried."""

BODIES: Final = tuple(dict.fromkeys(chain.from_iterable(row.body for row in LAYOUTS)))
"""Containers of the text in any layout, for a page that does not have its own layout's."""

# What the readers of credits, tags, pictures, kinds and links look for, in every layout.
COMMON: Final = (
    "#penulis",
    "#editor",
    ".credit",
    ".creditModal",
    ".credit-title-name",
    ".opinion__header",
    ".opinion__author",
    ".read__author",
    ".kcm-read-copy",
    ".penulis-editor",
    ".tag__article__wrap",
    ".read__tagging",
    ".read__paging",
    ".paging--article",
    ".latest",
    ".related__inline",
    ".aTerkait",
    ".kcm-read-terkait",
    ".berita-terkait-content",
    ".kcm__header",
    ".hoax__artikel",
    ".read__subtitle",
)


@cache
def _parts(selector: str) -> tuple[str, str, str]:
    """The leader of a selector of this module, the tag that it has to have, and what is looked for inside it."""
    first, _, rest = selector.partition(" ")
    return (first.removeprefix("h1"), "h1", rest) if first.startswith("h1") else (first, "", rest)


def _leaders() -> Iterator[str]:
    for row in LAYOUTS:
        for selector in chain(row.marks, row.title, row.time, row.body, row.breadcrumb, row.photo):
            yield _parts(selector)[0]
    for selector in COMMON:
        yield _parts(selector)[0]


_LEADERS: Final = frozenset(_leaders())
_IDS: Final[dict[str | None, str]] = {leader[1:]: leader for leader in _LEADERS if leader.startswith("#")}
# One query for whatever has a class and a look-up for each is twice as fast as a query of all leaders. Links, list
# items, images and drawings are left out for speed: they are half of a page, and no leader is one.
_CLASSED: Final = "[class]:not(a, li, img, svg)"
_NAMED: Final = "[id]:not(a, li, img, svg), [data-modal-target]"


class _LeadersIn(dict[str | None, tuple[str, ...]]):
    """The leaders among the names of a `class`; pages repeat some hundred of them, so each is worked out once."""

    def __missing__(self, classes: str | None) -> tuple[str, ...]:
        if len(self) >= _MOST_CLASSES:
            self.clear()
        names = dict.fromkeys(f".{name}" for name in (classes or "").split())
        leaders = self[classes] = tuple(name for name in names if name in _LEADERS)
        return leaders


_MOST_CLASSES: Final = 4096
_LEADERS_IN: Final = _LeadersIn()


class Landmarks:
    """The elements of a page that any layout speaks of, each with its leader, in page order."""

    __slots__ = ("_by_leader",)

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._by_leader: defaultdict[str, list[LexborNode]] = defaultdict(list)
        for node in tree.css(_CLASSED):
            for leader in _LEADERS_IN[node.attributes["class"]]:
                self._by_leader[leader].append(node)
        for node in tree.css(_NAMED):
            attributes = node.attributes
            if (identity := _IDS.get(attributes.get("id"))) is not None:
                self._by_leader[identity].append(node)
            if attributes.get("data-modal-target") == _GIFT:
                self._by_leader[_GIFT_MARK].append(node)

    def all(self, *selectors: str) -> list[LexborNode]:
        """Every element of the first selector that matches; empty when none does."""
        for selector in selectors:
            leader, tag, rest = _parts(selector)
            found = self._by_leader.get(leader, [])
            if found and tag:
                found = [node for node in found if node.tag == tag]
            if found and rest:
                found = list(chain.from_iterable(node.css(rest) for node in found))
            if found:
                return found
        return []

    def first(self, *selectors: str) -> LexborNode | None:
        """The first element of the first selector that matches."""
        found = self.all(*selectors)
        return found[0] if found else None

    def layout(self) -> Layout | None:
        """The first layout by whose marks the page is known; None for a page without a mark or a container for text."""
        if not self.all(*BODIES):
            return None
        return next((row for row in LAYOUTS if self.all(*row.marks)), None)
