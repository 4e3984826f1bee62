"""Who wrote and who edited an article, as the page credits them.

One string per credited person, as printed. The layouts name people in different places and the machine-readable
statements mix them up: JSON-LD `author` is always the editor and is not read here, `content_author` names only the
first of several writers and a person where the page shows "Tim Cek Fakta". What a reader sees wins; the publisher is
never a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from kompas_crawler.site.article_page import ArticlePage, text_of

_WRITER: Final = re.compile(r"\b(?:penulis|writer|author|reporter|kontributor|contributor|wartawan)\b", re.IGNORECASE)
_EDITOR: Final = re.compile(r"\beditor\b|\bpenyunting\b", re.IGNORECASE)
_LABEL: Final = re.compile(r"^\W*(?:penulis|writer|author|editor|oleh|by|reporter)\b\s*[:|]?\s*", re.IGNORECASE)
_NO_PERSONS: Final = frozenset(
    (
        "kompas.com",
        "kompas",
        "tim redaksi",
        "redaksi",
        "redaksi kompas.com",
        "advertorial",
        "penulis",
        "editor",
        "admin",
    )
)
_PUBLISHER: Final = re.compile(r"(?:pt\b\.? ?)?kompas cyber media\b", re.IGNORECASE)
# "Kontributor Bima, Syarifudin": the comma parts a post from its holder, not two persons.
_POST: Final = re.compile(
    r"(?:kontributor|contributor|koresponden|correspondent|wartawan|reporter|stringer)\b", re.IGNORECASE
)
_DEGREE: Final = re.compile(
    r"(?:(?:[A-Z][A-Za-z]{0,4}\.){1,4}[A-Za-z]{0,6}|S\.?[A-Z][A-Za-z]{0,3}|M\.?[A-Z][A-Za-z]{0,3}|MBA|Ph\.?\s?D|CFP|CFA"
    r"|Sp\.?[A-Z]\w*|Psikolog|Jr|Sr)(?:\.|\s*\(.*\))?"
)


@dataclass(frozen=True, slots=True)
class Credits:
    """Writers and editors, in the order of the page."""

    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    is_fallback: bool = False
    """No place that shows credits named anybody: they are what the page states for machines."""


def read_credits(page: ArticlePage) -> Credits:
    """The credits of an article; empty where nobody is credited."""
    shown = _shown(page)
    column = _of_column(page)
    authors = shown.authors or column or _stated(page, "content_author")
    # A block that names only the writer says that there is no editor to name.
    editors = shown.editors or (() if shown.authors else _stated(page, "content_editor"))
    is_shown = bool(shown.authors or shown.editors or column)
    return Credits(authors, editors, is_fallback=not is_shown and bool(authors or editors))


def split_names(text: str) -> tuple[str, ...]:
    """The persons in a printed list of names.

    >>> split_names("Rina Wulandari, Bagus Prakoso,")
    ('Rina Wulandari', 'Bagus Prakoso')
    >>> split_names("Kontributor Bima, Syarifudin"), split_names("Budi Hartono, S.H., M.Si")
    (('Kontributor Bima, Syarifudin',), ('Budi Hartono, S.H., M.Si',))
    """
    names: list[str] = []
    is_post_open = False
    for piece in re.split(r"\s*[,;]\s*", text):
        part = piece.strip()
        if not part:
            continue
        if names and (is_post_open or _DEGREE.fullmatch(part)):
            names[-1] = f"{names[-1]}, {part}"
            is_post_open = False
        else:
            names.append(part)
            is_post_open = _POST.match(part) is not None
    return _persons(names)


def _persons(names: list[str]) -> tuple[str, ...]:
    """Names without the commas that part them, each once, the publisher left out."""
    cleaned = (" ".join(name.split()).strip(" ,;:|") for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name and _is_person(name)))


def _is_person(name: str) -> bool:
    return name.casefold() not in _NO_PERSONS and _PUBLISHER.match(name) is None


def _shown(page: ArticlePage) -> Credits:
    """The credits in the block that the layout keeps for them; the first kind of block that names somebody."""
    for reader in (_of_items, _of_modal, _of_table, _of_byline, _of_list):
        people = reader(page)
        if people.authors or people.editors:
            return people
    return Credits()


def _of_items(page: ArticlePage) -> Credits:
    """`#penulis` and `#editor`, each with one link per person, or plain text ("Tim Cek Fakta")."""
    return Credits(_linked(page.landmarks.first("#penulis")), _linked(page.landmarks.first("#editor")))


def _linked(item: LexborNode | None) -> tuple[str, ...]:
    if item is None:
        return ()
    linked = _persons([text_of(anchor) for anchor in item.css("a")])
    # Some pages set label and name without a space: `<span>Editor</span><b>Tim Cek Fakta</b>`.
    return linked or split_names(_LABEL.sub("", item.text(separator=" ")))


def _of_modal(page: ArticlePage) -> Credits:
    """`.creditModal`: a name and a role for everybody."""
    authors: list[str] = []
    editors: list[str] = []
    modal = page.landmarks.first(".creditModal")
    for person in modal.css(".credit-author") if modal is not None else ():
        name, role = person.css_first(".credit-author-name"), person.css_first(".credit-author-position")
        if name is None or role is None:
            continue
        if _EDITOR.search(role.text()):
            editors.append(text_of(name))
        elif _WRITER.search(role.text()):
            authors.append(text_of(name))
    return Credits(_persons(authors), _persons(editors))


def _of_table(page: ArticlePage) -> Credits:
    """2015–16: rows "Penulis | : …" and "Editor | : …", or the same as lines of text."""
    block = page.landmarks.first(".kcm-read-copy", ".penulis-editor")
    if block is None:
        return Credits()
    rows = [text_of(row) for row in block.css("tr")] or block.text(separator="\n").splitlines()
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        label, colon, names = row.partition(":")
        if colon:
            found.setdefault(label.strip().casefold(), split_names(names))
    return Credits(found.get("penulis", ()), found.get("editor", ()))


def _of_byline(page: ArticlePage) -> Credits:
    """`.read__author`, the writer alone; the editor is only stated for machines."""
    authors = _linked(page.landmarks.first(".read__author"))
    return Credits(authors, _stated(page, "content_editor") if authors else ())


def _of_list(page: ArticlePage) -> Credits:
    """`.credit-title-name`, names without roles: a class or the label may tell them apart, else the meta elements.

    `<h6>` beside `.credit-title-nameEditor` are writers beside editors; where all names are of one kind, writers come
    first and their editor last.
    """
    block = page.landmarks.first(".credit")
    if block is None and (name := page.landmarks.first(".credit-title-name", ".credit-title-nameEditor")) is not None:
        block = name.parent
    if block is None:
        return Credits()
    plain = _persons([text_of(name) for name in block.css(".credit-title-name h6")])
    marked = _persons([text_of(name) for name in block.css(".credit-title-nameEditor")])
    if plain and marked:
        return Credits(plain, marked)
    label = block.css_first(".credit-title > p")
    return _by_role(page, plain or marked, role=text_of(label) if label is not None else "", is_marked=bool(marked))


def _by_role(page: ArticlePage, names: tuple[str, ...], *, role: str, is_marked: bool) -> Credits:
    """Writers and editors among names of one kind, by the label below them and by what is known from elsewhere."""
    if _EDITOR.search(role):
        return Credits((), names)
    is_writers = _WRITER.search(role) is not None
    writers = _of_column(page) or _stated(page, "content_author")
    editors = tuple(name for name in _stated(page, "content_editor") if name in names and name not in writers)
    if not editors and not is_writers:
        if len(names) > 1:
            # "Tim Redaksi" stands under writers followed by their editor.
            editors = names[-1:]
        elif writers or is_marked:
            editors = tuple(name for name in names if name not in writers)
    return Credits(tuple(name for name in names if name not in editors), editors)


def _of_column(page: ArticlePage) -> tuple[str, ...]:
    """The columnist in the head of an opinion piece. In 2020–21 the element is there, but empty."""
    named = (_persons([text_of(node)]) for node in page.landmarks.all(".opinion__author"))
    return next((people for people in named if people), ())


def _stated(page: ArticlePage, name: str) -> tuple[str, ...]:
    """Names in a meta element or the data layer; one name, commas and all, where the data layer counts one person."""
    text = page.structured.content(name)
    if text is None:
        return ()
    people = page.structured.data_layer
    if "content_aid1" in people and "content_aid2" not in people:
        return _persons([text])
    return split_names(text)
