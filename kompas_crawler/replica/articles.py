"""The whole of an article: credits, body, parts, tags, picture, layout, and its revisions over time.

Knows what is true of an article at a given moment; `as_record` tells it. It never looks at HTML.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from kompas_crawler.replica.blocks import BacaJuga, Block, Paragraph, Span, lines_of, reading, words
from kompas_crawler.replica.composition import compose, part_sizes
from kompas_crawler.replica.newsday import Kind, Newsroom, Stub, chance, dice, draws
from kompas_crawler.replica.prose import Story, person

Layout = Literal["b1", "b2", "d", "e1", "e2", "f"]
LAYOUTS: tuple[Layout, ...] = ("b1", "b2", "d", "e1", "e2", "f")
Change = Literal["title", "body", "credit", "date"]

_MIX: tuple[Layout, ...] = ("b1", "b2", "b2", "d", "d", "d", "d", "e1", "e1", "e1", "e1", "e2", "e2", "e2", "f", "f")
VERDICT = (
    "klarifikasi!",
    "Berdasarkan verifikasi Kompas.com sejauh ini, ada yang perlu diluruskan terkait informasi ini.",
)
"""What the box at the top of a fact check says."""
_CONTENT_TYPES = {
    Kind.STANDARD: "standard", Kind.OPINION: "opinion", Kind.ADVERTORIAL: "advertorial", Kind.BRAND: "brand",
    Kind.KILAS: "kilas", Kind.FACT_CHECK: "fact_check",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as it stands at one moment."""

    stub: Stub
    layout: Layout
    title: str
    description: str
    authors: tuple[str, ...]
    editors: tuple[str, ...]
    tags: tuple[str, ...]
    breadcrumbs: tuple[str, ...]
    parts: tuple[tuple[Block, ...], ...]
    related: tuple[Stub, ...]
    image: str
    caption: str
    photo_credit: str
    is_adult: bool = False
    updated: datetime | None = None
    """The update that the page reports instead of its publication, WIB."""
    revision: int = 1
    changed: tuple[Change, ...] = ()
    """What each revision after the first changed."""
    modified: datetime
    """When the page last changed in any way, WIB."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of all parts."""
        return tuple(block for part in self.parts for block in part)

    @property
    def body(self) -> list[str]:
        """The paragraphs of all parts, as a reader counts them."""
        return [text for number in range(len(self.parts)) for text in self.part_text(number)]

    def part_text(self, number: int) -> list[str]:
        """The paragraphs of part `number` (0, 1, …); a fact check opens with its verdict."""
        verdict = VERDICT if number == 0 and self.stub.kind is Kind.FACT_CHECK else ()
        return [*verdict, *(text for block in self.parts[number] for text in reading(block))]

    @property
    def dateline(self) -> str | None:
        """City before "KOMPAS.com -"; null for none."""
        return next((block.city for block in self.blocks if hasattr(block, "city")), None)


class Desk:
    """Writes articles from their stubs."""

    def __init__(self, newsroom: Newsroom, layouts: str = "mixed") -> None:
        self.newsroom = newsroom
        self.layouts = layouts

    def write(self, stub: Stub, now: datetime) -> Article:
        """The article as first published, or with its "Diperbarui" update if that has happened by `now`."""
        rng = dice(stub.draws)
        story = Story(rng, stub.rubric.slug, stub.city, english=stub.english)
        layout = self._layout(stub)
        authors, editors = _credits(stub, rng)
        adult = stub.kind is Kind.STANDARD and stub.rubric.slug in ("tren", "health", "hype") and rng.random() < 0.03
        updated = self._update(stub, layout, rng)
        blocks = compose(stub, story, self.newsroom, boxed=layout == "f")
        shelf = rng.choice(stub.rubric.shelves)
        category = stub.rubric.category
        article = Article(
            stub=stub, layout=layout, title=stub.title, description=story.sentence(), authors=authors,
            editors=editors, tags=_tags(story, layout),
            breadcrumbs=() if stub.kind is Kind.ADVERTORIAL else
                        (category,) if shelf == category else (category, shelf),
            parts=_split(blocks, layout, stub, rng), related=self.newsroom.related(stub, 5),
            image=f"data/photo/{stub.day:%Y/%m/%d}/{stub.draws.hex()[:13]}.jpg",
            caption=story.sentence(), photo_credit=f"KOMPAS.com/{rng.choice(story.words['Nama'].split()).upper()}",
            is_adult=adult and layout in ("e1", "e2", "f"), modified=stub.published,
        )  # fmt: skip
        if updated and updated <= now:
            article = replace(article, updated=updated, modified=updated)
        return article

    def _layout(self, stub: Stub) -> Layout:
        layout = self._wish(stub)
        if layout in ("b1", "b2") and (stub.kind is not Kind.STANDARD or stub.english):
            return "d"
        if stub.kind is Kind.FACT_CHECK and layout in ("e2", "f"):
            return "e1"
        return layout

    def _wish(self, stub: Stub) -> Layout:
        if self.layouts == "mixed":
            return _MIX[stub.draws[16] % len(_MIX)]
        if self.layouts == "era":
            year = stub.day.year
            return "b1" if year < 2016 else "b2" if year < 2017 else "d" if year < 2022 else (
                "e1" if stub.day.isoformat() < "2023-06" else "e2" if year < 2024 else "f"
            )  # fmt: skip
        return next(layout for layout in LAYOUTS if layout == self.layouts)

    def _update(self, stub: Stub, layout: Layout, rng: Random) -> datetime | None:
        luck, wait = rng.random(), rng.randint(3 * 60, 300 * 24 * 60)
        if luck >= 0.014 or layout not in ("e1", "e2", "f"):
            return None
        return stub.published + timedelta(minutes=wait)


def revise(article: Article, change: Change, at: datetime, number: int) -> Article:
    """`article` after the edit `number` (2, 3, …), of the kind `change`, made at `at`."""
    rng = dice(article.stub.draws + bytes([number]))
    story = Story(rng, article.stub.rubric.slug, article.stub.city, english=article.stub.english)
    edited = replace(article, revision=number, changed=(*article.changed, change), modified=at)
    if change == "title":
        return replace(edited, title=story.title())
    if change == "credit" and article.authors:
        return replace(edited, authors=(*article.authors[:-1], person(rng)))
    if change == "date" and article.layout in ("e1", "e2", "f"):
        return replace(edited, updated=at)
    last = (*article.parts[-1], Paragraph((Span(story.paragraph(2)),)))
    return replace(edited, parts=(*article.parts[:-1], last), changed=(*article.changed, "body"))


def edits_of(stub: Stub, seed: int, rate: float) -> list[tuple[datetime, Change]]:
    """When and how an article is edited, if `rate` of all articles are, in order of time.

    Five sixths of the edits come within a day of publication and all within a week (SITE_FACTS section 8).
    """
    draw = draws(seed, "edit", stub.key)
    if chance(draw, 0) >= rate:
        return []
    kinds: tuple[Change, ...] = ("title", "body", "body", "body", "credit", "date")
    within = 24 * 60 if chance(draw, 2) < 5 / 6 else 7 * 24 * 60
    first = stub.published + timedelta(minutes=5 + within * chance(draw, 4))
    edits = [(first, kinds[draw[6] % 6])]
    if draw[7] < 50:
        edits.append((first + timedelta(minutes=5 + 600 * chance(draw, 8)), kinds[draw[10] % 6]))
    return edits


def removed_at(stub: Stub, seed: int, rate: float) -> datetime | None:
    """When an article is taken down, if `rate` of all articles are within a week; null for those that stay."""
    draw = draws(seed, "removal", stub.key)
    return stub.published + timedelta(minutes=30 + 10_000 * chance(draw, 2)) if chance(draw, 0) < rate else None


def _tags(story: Story, layout: Layout) -> tuple[str, ...]:
    # The pages of 2015-16 showed none. A comma may belong to a tag.
    count = story.rng.randint(2, 4)
    tags = (story.topic, story.city, story.words["kantor"], "inflasi 9,1 persen")
    return () if layout in ("b1", "b2") else tags[:count]


def _credits(stub: Stub, rng: Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
    author, editor, luck = person(rng), person(rng), rng.random()
    if stub.kind is Kind.ADVERTORIAL:
        return (), ()
    if stub.kind is Kind.FACT_CHECK:
        return ("Tim Cek Fakta",), ("Tim Cek Fakta",)
    if stub.kind is Kind.OPINION:
        return (author,), (editor,)
    if luck < 0.07:
        return (), (editor,)
    if luck < 0.12:
        return (author, person(rng)), (editor,)
    if luck < 0.14:
        return (author, person(rng), person(rng)), (editor,)
    if luck < 0.20 and stub.rubric.slug in ("regional", "sains", "bola", "travel"):
        where = stub.city.title() if stub.rubric.slug == "regional" else stub.rubric.category
        return (f"Kontributor {where}, {author}",), (editor,)
    return (author,), (editor,)


def _split(blocks: list[Block], layout: Layout, stub: Stub, rng: Random) -> tuple[tuple[Block, ...], ...]:
    if layout in ("b1", "b2") or stub.kind is Kind.ADVERTORIAL:
        return (tuple(blocks),)
    parts, start = [], 0
    for size in part_sizes(len(blocks), rng, often=stub.rubric.slug == "tren"):
        parts.append(tuple(blocks[start : start + size]))
        start += size
    return tuple(parts)


def as_record(article: Article, *, brief: bool = False, gone: bool = False) -> dict[str, Any]:
    """What is true of the article, as JSON values; `brief` leaves the text and the links out."""
    stub = article.stub
    record: dict[str, Any] = {
        "article_id": stub.key, "key": stub.key, "url": stub.url, "section": stub.section,
        "section_code": int(stub.article_no[7:]), "title": article.title, "kind": str(stub.kind),
        "content_type": _CONTENT_TYPES[stub.kind], "layout": article.layout,
        "published_at": stub.published.isoformat(), "published_on": stub.day.isoformat(),
        "updated_at": article.updated.isoformat() if article.updated else None,
        "revision": article.revision, "changed": list(article.changed), "gone": gone,
        "page_count": len(article.parts),
    }  # fmt: skip
    if brief:
        return record
    return record | {
        "description": article.description, "dateline": article.dateline, "authors": list(article.authors),
        "editors": list(article.editors), "tags": list(article.tags), "breadcrumbs": list(article.breadcrumbs),
        "body": article.body, "parts": [article.part_text(number) for number in range(len(article.parts))],
        "is_adult": article.is_adult,
        "is_sponsored": stub.kind in (Kind.ADVERTORIAL, Kind.BRAND, Kind.KILAS),
        "image": article.image, "image_caption": article.caption, "image_credit": article.photo_credit,
        "links": links_of(article),
    }  # fmt: skip


def links_of(article: Article) -> list[dict[str, Any]]:
    """The links of the article but the Terkini widget, each kind (`baca_juga`, `inline`, `terkait`) in page order.

    The box of related articles of 2015–16 counts as `baca_juga`, as it does in the crawler's records.
    """
    is_old = article.layout in ("b1", "b2")
    box = [_link("baca_juga" if is_old else "terkait", stub.title, stub.url, stub.key) for stub in article.related]
    found = box if is_old else []
    for block in article.blocks:
        if isinstance(block, BacaJuga) and block.look != "hollow":
            found.append(_link("baca_juga", block.title, block.href, block.article_id))
        found += [
            _link("inline", span.text, span.href, None)
            for line in lines_of(block)
            for span in line
            if span.href and span.style in ("link", "article_link")
        ]
    return found if is_old else found + box


def _link(kind: str, text: str, url: str | None, article_id: str | None) -> dict[str, Any]:
    return {"kind": kind, "text": text, "url": url, "article_id": article_id}


def plain_lead(article: Article) -> str:
    """The first words of the body, for lists and teasers."""
    return next((words(line) for block in article.blocks for line in lines_of(block)), article.description)
