"""Writes the blocks of one article's body: which paragraphs, lists, pictures and lines, and in which order."""

from __future__ import annotations

from random import Random

from kompas_crawler.replica.blocks import (
    BacaJuga,
    Block,
    Broken,
    Embed,
    Filler,
    Lead,
    Line,
    Listed,
    Look,
    Paragraph,
    Photo,
    Span,
    Table,
)  # fmt: skip
from kompas_crawler.replica.newsday import Kind, Newsroom, Stub, draws
from kompas_crawler.replica.prose import Story, person

_LOOKS: tuple[Look, ...] = (
    "whole", "whole", "whole", "whole", "whole", "whole", "nested", "second_strong", "hollow", "classless",
)  # fmt: skip
_DASHES = ("-", "-", "-", "–", "—")


def compose(stub: Stub, story: Story, newsroom: Newsroom, *, boxed: bool) -> list[Block]:
    """The blocks of the body, all parts together; empty for the one article in a thousand that has no text."""
    rng = story.rng
    if rng.random() < 0.001:
        return []
    blocks: list[Block] = [Filler("empty")] if rng.random() < 0.1 else []
    blocks.append(_lead(stub, story))
    targets = iter(range(1_000))
    for number in range(rng.randint(4, 22)):
        blocks.append(_text(story, number, newsroom, stub))
        if number in (2, 6):
            blocks.append(Filler("ad"))
        luck = rng.random()
        if luck < 0.16:
            blocks.append(_baca_juga(stub, newsroom, rng, next(targets), boxed=boxed))
        elif luck < 0.26:
            blocks.append(Paragraph((Span(story.heading()),), "heading" if rng.random() < 0.75 else "bold"))
        elif luck < 0.42:
            blocks += _extra(stub, story, rng)
    if rng.random() < 0.5:
        blocks.append(_baca_juga(stub, newsroom, rng, next(targets), boxed=boxed))
    return blocks


def part_sizes(count: int, rng: Random, *, often: bool) -> list[int]:
    """How `count` blocks are split into the parts of a paged article; one part for most.

    >>> part_sizes(3, Random(1), often=True)
    [3]
    """
    share = 0.95 if often else 0.36
    if count < 8 or rng.random() >= share:
        return [count]
    parts = min(max(2, count // rng.randint(5, 12)), 11)
    size = count // parts
    return [size] * (parts - 1) + [count - size * (parts - 1)]


def _lead(stub: Stub, story: Story) -> Block:
    rng = story.rng
    line: Line = (Span(story.paragraph(rng.randint(1, 2))),)
    luck = rng.random()
    if luck < 0.01 or stub.kind is Kind.OPINION or (stub.kind is Kind.ADVERTORIAL and luck < 0.5):
        return Paragraph(line)
    city = None if luck < 0.12 or stub.kind is Kind.FACT_CHECK else stub.city
    return Lead(city, rng.choice(_DASHES), line)


def _text(story: Story, number: int, newsroom: Newsroom, stub: Stub) -> Block:
    rng = story.rng
    luck = rng.random()
    line: Line = (Span(story.paragraph(rng.randint(1, 3))),)
    if luck < 0.10:
        return Paragraph(_with_tag(line, story))
    if luck < 0.14:
        other = newsroom.any_before(stub, draws(newsroom.seed, "inline", stub.key, number), days=900)
        return Paragraph((*line, Span(" Hal itu pernah diulas dalam "), Span("laporan sebelumnya", "article_link",
                          other.url), Span(".")))  # fmt: skip
    if luck < 0.18:
        return Paragraph((*line, Span(" Datanya dapat dilihat di "), Span("laman resmi", "link",
                          "https://www.example.org/data"), Span(" milik panitia.")))  # fmt: skip
    if luck < 0.22:
        return Broken(line, (Span(story.sentence()),), double=rng.random() < 0.5)
    if luck < 0.25:
        return Paragraph(line, "loose")
    if luck < 0.28:
        return Paragraph(line, "quote")
    if luck < 0.33:
        return Paragraph(
            (*line, Span(" Keterangan itu diterima "), Span("Kompas.com", "em"), Span(" secara tertulis."))
        )
    return Paragraph(line)


def _with_tag(line: Line, story: Story) -> Line:
    text = line[0].text
    before, topic, after = text.partition(story.topic)
    if not topic:
        return line
    slug = topic.replace(" ", "-")
    return Span(before), Span(topic, "tag", f"https://www.kompas.com/tag/{slug}"), Span(after)


def _baca_juga(stub: Stub, newsroom: Newsroom, rng: Random, number: int, *, boxed: bool) -> BacaJuga:
    look: Look = "english" if stub.english else "boxed" if boxed and rng.random() < 0.3 else rng.choice(_LOOKS)
    if rng.random() < 0.03:
        return BacaJuga(f"Kisah Panjang {number + 1}", f"https://jeo.kompas.com/kisah-panjang-{number + 1}", None, look)
    other = newsroom.any_before(stub, draws(newsroom.seed, "baca", stub.key, number), days=1500)
    return BacaJuga(other.title, other.url, other.key, look)


def _extra(stub: Stub, story: Story, rng: Random) -> list[Block]:
    match rng.randint(0, 6):
        case 0:
            lines = tuple((Span(story.item()),) for _ in range(rng.randint(3, 6)))
            return [Listed(lines, numbered=rng.random() < 0.4)]
        case 1:
            rows = tuple((person(rng), str(rng.randint(10, 99)), story.city) for _ in range(rng.randint(2, 5)))
            return [Table((("Nama", "Nilai", "Kota"), *rows))]
        case 2:
            src = f"data/photo/{stub.day:%Y/%m/%d}/{rng.getrandbits(52):013x}.jpg"
            return [Photo(story.sentence(), f"DOK. {story.words['kantor'].upper()}", src)]
        case 3:
            return [Paragraph((Span("Berikut unggahannya:"),)), Embed("tweet", story.sentence(), person(rng))]
        case 4:
            return [Embed("instagram", story.sentence(), person(rng))]
        case 5:
            return [Embed("youtube", "", "")]
        case _:
            return [Filler("strong")]
