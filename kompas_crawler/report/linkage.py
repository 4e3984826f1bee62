"""Who links to whom: the most linked articles, and the links between sections.

Knows links that a person set (Baca juga, and those inside sentences); those of widgets are only counted, since the
site's software chooses them. Refuses to know what stands behind addresses that are no articles of the site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.items import LinkKind
from kompas_crawler.report.reading import Source, Tally, numbered
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.sections import resolve_section

CHOSEN: Final = (LinkKind.BACA_JUGA, LinkKind.INLINE)
"""Links that a person set."""
MOST_LINKED: Final = 20
_LINKS_TOGETHER: Final = 500_000
"""Some 10 MB; the look-up takes some 100 MB for a million articles."""
_CODE_STARTS: Final = len("20210414-2059383")
"""Where the code of the section begins in an article id."""
_SECTION_IN_URL: Final = r"^https://(?P<label>[^./]+)\.kompas\.com/(?:(?P<segment>[^/]+)/)?read/"


@dataclass(frozen=True, slots=True)
class Target:
    """An article that others point to."""

    article_id: str
    links: int
    title: str
    """Its headline; of one that is not held the text of a link to it."""
    section: str | None
    """Null when it is not held and its address names none."""
    url: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Linkage:
    """The links of an archive."""

    kinds: Mapping[str, int]
    """Links by kind."""
    sources: int
    """Articles with a link that a person set."""
    linked: int
    """Articles to which such a link points."""
    to_articles: int
    """Such links that point to an article of the site."""
    to_held: int
    """Of those, to one that is held."""
    between: Mapping[tuple[str, str], int]
    """Such links from a section to a section, whether the target is held or not."""
    most: tuple[Target, ...]


def linkage_of(source: Source) -> Linkage:
    """Return the links of the articles of the window."""
    kinds, origins = Tally("kind"), Tally("source")
    counted = _Counted(source)
    for chunk in source.chunks("links", ("kind",)):
        kinds.add(chunk)
    set_by_hand = pc.field("kind").isin(pa.array([str(kind) for kind in CHOSEN]))
    for chunk in source.chunks("links", ("article_id", "target_url", "target_article_id"), set_by_hand):
        origins.add(pa.table({"source": numbered(chunk["article_id"])}))
        counted.add(chunk.filter(pc.is_valid(chunk["target_article_id"])))
    counted.flush()
    found, sources = counted.targets.table(), origins.table()
    between = {(row["from"], row["to"]): row["count"] for row in counted.between.rows() if row["from"] and row["to"]}
    return Linkage(
        kinds={row["kind"]: row["count"] for row in kinds.rows()},
        sources=0 if sources is None else sources.num_rows,
        linked=0 if found is None else found.num_rows,
        to_articles=0 if found is None else int(pc.sum(found["count"]).as_py() or 0),
        to_held=counted.to_held,
        between=between,
        most=() if found is None else _most(source, found),
    )


class _Counted:
    """Counts of links to articles.

    Looking up which articles are held costs as much for a thousand links as for a million; so links wait, as two
    integers and a label each, until there are enough.
    """

    def __init__(self, source: Source) -> None:
        self.targets, self.between = Tally("target"), Tally("from", "to")
        self.to_held = 0
        self._keys, self._sections = _held(source)
        self._waiting: list[pa.Table] = []

    def add(self, links: pa.Table) -> None:
        """Count links, now or later."""
        target = numbered(links["target_article_id"])
        columns = {"source": numbered(links["article_id"]), "target": target, "to": _sections_of_targets(links)}
        self._waiting.append(pa.table(columns).combine_chunks())
        if sum(part.num_rows for part in self._waiting) >= _LINKS_TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Count what waits."""
        if not self._waiting:
            return
        links = pa.concat_tables(self._waiting).unify_dictionaries()
        self._waiting = []
        self.targets.add(links.select(["target"]))
        self.to_held += int(pc.sum(pc.is_in(links["target"], value_set=self._keys)).as_py() or 0)
        origins = pc.take(self._sections, pc.index_in(links["source"], value_set=self._keys))
        self.between.add(pa.table({"from": origins.cast(pa.string()), "to": links["to"].cast(pa.string())}))


def _held(source: Source) -> tuple[pa.Array, pa.Array]:
    """Return the keys of all articles that are held, as integers, and the section of each."""
    keys: list[pa.Array] = []
    labels: list[pa.Array] = []
    for chunk in source.chunks("articles", ("article_id", "section"), any_day=True):
        keys += numbered(chunk["article_id"]).chunks
        labels += chunk["section"].dictionary_encode().chunks
    if not keys:
        return pa.array([], pa.int64()), pa.array([], pa.string())
    encoded = pa.chunked_array(labels, pa.dictionary(pa.int32(), pa.string()))
    return pa.concat_arrays(keys), encoded.unify_dictionaries().combine_chunks()


def _sections_of_targets(links: pa.Table) -> pa.ChunkedArray:
    """Return the section in the address of each target, null where it names none.

    What decides about it has few distinct values, so that the table of sections is asked for those only.
    """
    named = pc.extract_regex(links["target_url"], pattern=_SECTION_IN_URL)
    labels, segments = (pc.fill_null(pc.struct_field(named, index), "") for index in (0, 1))
    codes = pc.utf8_slice_codeunits(links["target_article_id"], _CODE_STARTS, _CODE_STARTS + 2)
    places = pc.binary_join_element_wise(labels, segments, codes, "/").dictionary_encode().unify_dictionaries()
    label = pa.dictionary(pa.int32(), pa.string())
    if not len(places):
        return pa.chunked_array([], label)
    known = pa.array([_section(place) for place in places.chunk(0).dictionary.to_pylist()], pa.string())
    return pa.chunked_array([pc.take(known, part.indices).dictionary_encode() for part in places.chunks], label)


def _section(place: str) -> str | None:
    """Return the section of a host label, a first segment and a code.

    >>> _section("www/global/70"), _section("bandung//78"), _section("//")
    ('global', 'regional', None)
    """
    label, segment, code = place.split("/")
    return resolve_section(label, segment or None, int(code) if code else None)[0] if label else None


def _most(source: Source, counts: pa.Table) -> tuple[Target, ...]:
    order = pc.select_k_unstable(counts, MOST_LINKED, [("count", "descending"), ("target", "ascending")])
    links = {_key(row["target"]): row["count"] for row in counts.take(order).to_pylist()}
    wanted = pa.array(list(links))
    columns = ("article_id", "title", "section", "url")
    held = {row["article_id"]: row for row in source.rows("articles", columns, pc.field("article_id").isin(wanted))}
    others = _named_by_links(source, [key for key in links if key not in held])
    return tuple(_target(key, count, held.get(key) or others[key], is_held=key in held) for key, count in links.items())


def _named_by_links(source: Source, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return what links say of articles that are not held; of several texts that of a Baca juga line, a headline."""
    if not keys:
        return {}
    columns = ("target_article_id", "target_url", "text", "kind")
    rows = source.rows("links", columns, pc.field("target_article_id").isin(pa.array(keys)))
    rows.sort(key=lambda row: row["kind"] != LinkKind.BACA_JUGA)
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        address = parse_article_address(row["target_url"])
        section = address.section if address is not None else None
        title = row["text"] or row["target_article_id"]
        found.setdefault(row["target_article_id"], {"title": title, "url": row["target_url"], "section": section})
    return found


def _target(key: str, links: int, row: Mapping[str, Any], *, is_held: bool) -> Target:
    return Target(key, links, row["title"], row["section"], row["url"], is_held)


def _key(number: int) -> str:
    """Return the article id of an integer.

    >>> _key(2021041490000170)
    '20210414-90000170'
    """
    digits = str(number)
    return f"{digits[:8]}-{digits[8:]}"
