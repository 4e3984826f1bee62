"""The sections of the imitated site: hosts, id codes, index slugs and breadcrumbs.

Knows how `SITE_FACTS` describes the sections. It is kept apart from the crawler's own table on purpose, so that a
mistake in one shows as a disagreement with the other. Knows nothing about articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """One section of the site."""

    slug: str
    """The section's slug, e.g. `global`."""
    home: str
    """Front address without scheme: `nasional.kompas.com` or `www.kompas.com/global`."""
    code: int
    """Section code at the end of the article ids."""
    weight: int
    """Share of a day's articles, relative to the other sections."""
    category: str
    """`content_category` and first breadcrumb, e.g. `News`."""
    shelves: tuple[str, ...] = ()
    """Subcategories; the second breadcrumb of an article is one of them."""
    sites: tuple[str, ...] = ()
    """Further `site=` slugs whose index lists this section, beside `all` and the slug itself."""
    old_home: str | None = None
    """Front of the section before 2018, where it differed."""
    old_code: int | None = None
    """Section code before 2018, where it differed."""
    other_homes: tuple[str, ...] = ()
    """Further hosts of the section; one article in five of the section lives on one of them."""
    other_code: int | None = None
    """Section code of articles on `other_homes`, where it differs."""


RUBRICS: tuple[Rubric, ...] = (
    Rubric(slug="nasional", home="nasional.kompas.com", code=1, weight=16, category="News", shelves=("Nasional",),
           sites=("news",)),
    Rubric(slug="megapolitan", home="megapolitan.kompas.com", code=1, weight=10, category="News",
           shelves=("Megapolitan",), sites=("news",)),
    Rubric(slug="regional", home="regional.kompas.com", code=78, weight=17, category="News",
           shelves=("Jawa Barat", "Jawa Tengah", "Sumatera Utara", "Sulawesi Selatan"), sites=("news",), old_code=1,
           other_homes=("bandung.kompas.com", "surabaya.kompas.com", "medan.kompas.com", "denpasar.kompas.com",
                        "makassar.kompas.com", "yogyakarta.kompas.com")),
    Rubric(slug="global", home="www.kompas.com/global", code=70, weight=13, category="Global",
           shelves=("Global",), sites=("news",), old_home="internasional.kompas.com", old_code=1),
    Rubric(slug="tren", home="www.kompas.com/tren", code=65, weight=10, category="Tren", shelves=("Tren",)),
    Rubric(slug="food", home="www.kompas.com/food", code=75, weight=5, category="Food",
           shelves=("Food News", "Resep", "Tempat Makan")),
    Rubric(slug="homey", home="www.kompas.com/homey", code=76, weight=4, category="Homey",
           shelves=("Housing", "Do it Yourself")),
    Rubric(slug="edukasi", home="edukasi.kompas.com", code=71, weight=5, category="Edukasi", shelves=("Edu News",),
           other_homes=("www.kompas.com/edu",)),
    Rubric(slug="money", home="money.kompas.com", code=26, weight=14, category="Money",
           shelves=("Whats New", "Ekbis", "Keuangan", "Work Smart"), old_home="bisniskeuangan.kompas.com",
           other_homes=("ekonomi.kompas.com",)),
    Rubric(slug="tekno", home="tekno.kompas.com", code=7, weight=7, category="Tekno",
           shelves=("Gadget", "Internet", "Game")),
    Rubric(slug="lifestyle", home="lifestyle.kompas.com", code=20, weight=7, category="Lifestyle",
           shelves=("Wellness", "Look Good", "Feel Good")),
    Rubric(slug="properti", home="www.kompas.com/properti", code=21, weight=5, category="Properti",
           shelves=("News", "Arsitektur", "Hunian"), old_home="properti.kompas.com",
           other_homes=("properti.kompas.com",)),
    Rubric(slug="bola", home="bola.kompas.com", code=8, weight=13, category="Bola",
           shelves=("Liga Indonesia", "Liga Inggris", "Internasional"),
           other_homes=("www.kompas.com/sports", "www.kompas.com/motogp", "www.kompas.com/badminton")),
    Rubric(slug="travel", home="travel.kompas.com", code=27, weight=6, category="Travel",
           shelves=("Travel Update", "Jalan Jalan", "Itinerary")),
    Rubric(slug="otomotif", home="otomotif.kompas.com", code=15, weight=8, category="Otomotif",
           shelves=("News", "Feature", "Produk", "Niaga")),
    Rubric(slug="sains", home="www.kompas.com/sains", code=23, weight=6, category="Sains",
           shelves=("Fenomena", "Kita", "Oh Begitu"), old_home="sains.kompas.com"),
    Rubric(slug="hype", home="www.kompas.com/hype", code=66, weight=9, category="Hype",
           shelves=("Seleb", "Musik", "Film"), old_home="entertainment.kompas.com",
           other_homes=("entertainment.kompas.com",)),
    Rubric(slug="health", home="health.kompas.com", code=68, weight=5, category="Health", shelves=("Health",)),
    Rubric(slug="skola", home="www.kompas.com/skola", code=69, weight=4, category="Skola", shelves=("Skola",)),
    Rubric(slug="stori", home="www.kompas.com/stori", code=79, weight=2, category="Stori", shelves=("Stori",)),
    Rubric(slug="lestari", home="lestari.kompas.com", code=86, weight=2, category="Lestari",
           shelves=("Pemerintah", "Swasta")),
    Rubric(slug="biz", home="biz.kompas.com", code=28, weight=2, category="Biz", shelves=("Biz",)),
    Rubric(slug="go", home="go.kompas.com", code=74, weight=2, category="Go", shelves=("News", "Travel")),
)  # fmt: skip
BY_SLUG = {rubric.slug: rubric for rubric in RUBRICS}

# The ladder that a hash value climbs to its section.
LADDER: tuple[Rubric, ...] = tuple(rubric for rubric in RUBRICS for _ in range(rubric.weight))

INDEX_SITES: tuple[str, ...] = (
    "all", "news", "nasional", "regional", "megapolitan", "global", "tren", "food", "edukasi", "money", "umkm",
    "tekno", "lifestyle", "homey", "properti", "bola", "travel", "otomotif", "sains", "hype", "health", "skola",
    "stori", "konsultasihukum", "wiken", "ikn", "nusaraya",
)  # fmt: skip
"""The slugs that the index knows. Some list nothing, as rarely used ones do."""

CITIES_OF_HOSTS = {
    "bandung": "BANDUNG",
    "surabaya": "SURABAYA",
    "medan": "MEDAN",
    "denpasar": "DENPASAR",
    "makassar": "MAKASSAR",
    "yogyakarta": "YOGYAKARTA",
}


def covers(site: str, rubric: Rubric) -> bool:
    """Whether the index of `site=<site>` lists articles of `rubric`.

    >>> covers("news", BY_SLUG["global"]), covers("news", BY_SLUG["bola"]), covers("all", BY_SLUG["bola"])
    (True, False, True)
    """
    return site in ("all", rubric.slug, *rubric.sites)


def home_and_code(rubric: Rubric, day: date, draw: int) -> tuple[str, int]:
    """Front address and id code for an article of `rubric` on `day`; `draw` (0 … 255) chooses among its hosts.

    >>> home_and_code(BY_SLUG["global"], date(2021, 4, 14), 200), home_and_code(BY_SLUG["global"], date(2015, 4, 1), 0)
    (('www.kompas.com/global', 70), ('internasional.kompas.com', 1))
    """
    if day.year < 2018:
        return rubric.old_home or rubric.home, rubric.old_code or rubric.code
    if rubric.other_homes and draw < 51:
        return rubric.other_homes[draw % len(rubric.other_homes)], rubric.other_code or rubric.code
    if rubric.old_code and day.year < 2021 and rubric.slug == "regional":
        return rubric.home, rubric.old_code
    return rubric.home, rubric.code


def rubric_of_home(home: str) -> Rubric | None:
    """The section whose front is at `home` (`money.kompas.com`, `www.kompas.com/tren`), or null.

    >>> rubric_of_home("ekonomi.kompas.com").slug, rubric_of_home("vik.kompas.com")
    ('money', None)
    """
    return _BY_HOME.get(home)


def section_of_home(home: str) -> str:
    """The section slug that an address on `home` names.

    >>> section_of_home("www.kompas.com/motogp"), section_of_home("bandung.kompas.com")
    ('motogp', 'regional')
    """
    name = home.removeprefix("www.kompas.com/").removesuffix(".kompas.com")
    if name in CITIES_OF_HOSTS:
        return "regional"
    return _FORMER_NAMES.get(name, name)


_FORMER_NAMES = {
    "internasional": "global",
    "bisniskeuangan": "money",
    "ekonomi": "money",
    "entertainment": "hype",
}
_BY_HOME = {
    home: rubric
    for rubric in RUBRICS
    for home in (
        rubric.home,
        rubric.old_home,
        *rubric.other_homes,
        f"{rubric.slug}.kompas.com",
        f"www.kompas.com/{rubric.slug}",
    )
    if home
}
