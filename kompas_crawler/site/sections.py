"""The sections of Kompas.com: their slugs, the codes in article ids, the names they had, and the index that lists them.

One table, `SECTIONS`, holds what is known; everything else here is a question put to it. It knows nothing about whole
addresses (see `addresses`) and guesses nothing: a name that is not in the table is answered as it stands, and the
answer says that it is not known. Source: addresses of articles saved from 2014 to 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ALL_SITES: Final = "all"
"""The index slug that lists every section."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section as the table knows it."""

    slug: str
    """Name in the archive, e.g. `global`: the host label or path segment of today."""
    codes: frozenset[int]
    """Codes at the end of its article ids, of all times. Empty when none was ever seen."""
    names: tuple[str, ...] = ()
    """Other host labels and path segments it had, e.g. `internasional`."""
    has_own_host: bool = False
    """Its front is `<slug>.kompas.com`; otherwise it is `www.kompas.com/<slug>`."""
    site_slug: str = ALL_SITES
    """Narrowest `site=` slug of the index that lists it."""


# Cities and provinces of Indonesia, as host (`bandung.`, `yogyakarta.`) or first segment of the path (`/jawa-barat`).
# More of them than the site uses today: it opens such a desk without notice.
_REGIONS: Final = """
aceh bali banten bengkulu gorontalo jakarta jambi jawa-barat jawa-tengah jawa-timur jabar jateng jatim
kalimantan-barat kalimantan-selatan kalimantan-tengah kalimantan-timur kalimantan-utara kalbar kalsel kalteng kaltim
kaltara kepulauan-bangka-belitung bangka-belitung babel kepulauan-riau kepri lampung maluku maluku-utara
nusa-tenggara-barat nusa-tenggara-timur ntb ntt papua papua-barat papua-barat-daya papua-pegunungan papua-selatan
papua-tengah riau sulawesi-barat sulawesi-selatan sulawesi-tengah sulawesi-tenggara sulawesi-utara sulbar sulsel
sulteng sultra sulut sumatera-barat sumatera-selatan sumatera-utara sumbar sumsel sumut yogyakarta diy jogja
ambon balikpapan banda-aceh bandar-lampung bandung banjarmasin banyumas banyuwangi batam bima blitar brebes
bukittinggi cianjur cilacap cirebon denpasar garut gresik jayapura jember jombang karawang kediri kendari klaten
kudus kupang lhokseumawe lombok madiun madura magelang makassar malang mamuju manado manokwari mataram maumere medan
merauke mojokerto padang palangkaraya palembang palopo palu pangkalpinang parepare pasuruan pati pekalongan
pekanbaru pematangsiantar ponorogo pontianak probolinggo purwokerto purwakarta salatiga samarinda semarang serang
sidoarjo singkawang sleman solo sorong subang sukabumi sukoharjo sumedang surabaya surakarta tanjungpinang tarakan
tasikmalaya tegal ternate tuban wonogiri wonosobo
"""


def _section(slug: str, *codes: int, names: str = "", own_host: bool = False, site: str | None = None) -> Section:
    return Section(slug, frozenset(codes), tuple(names.split()), own_host, slug if site is None else site)


# Code 1 was the code of all general news until 2017, also of sports, education and science.
_TABLE: Final = (
    _section("nasional", 1, own_host=True),
    _section("megapolitan", 1, own_host=True),
    _section("regional", 78, 88, 1, names=_REGIONS, own_host=True),
    _section("global", 70, 1, names="internasional"),
    _section("tren", 65),
    _section("cekfakta", 82, site=ALL_SITES),
    _section("nusaraya"),
    _section("ikn", 87, own_host=True),
    _section("money", 26, names="ekonomi bisniskeuangan", own_host=True),
    _section("umkm", 83, own_host=True),
    _section("bola", 8, own_host=True),
    _section("sports", 8, 1, names="olahraga", site="bola"),
    _section("motogp", 8, site="bola"),
    _section("badminton", 8, site="bola"),
    _section("otomotif", 15, own_host=True),
    _section("tekno", 7, own_host=True),
    _section("sains", 23, 1),
    _section("edu", 71, site="edukasi"),
    _section("edukasi", 71, 1, own_host=True),
    _section("skola", 69),
    _section("stori", 79),
    _section("pedia", 79, site=ALL_SITES),
    _section("konsultasihukum"),
    _section("health", 68, own_host=True),
    _section("lifestyle", 20, own_host=True),
    _section("hype", 66, 10, names="entertainment"),
    _section("wiken", 81),
    _section("food", 75),
    _section("homey", 76),
    _section("travel", 27, own_host=True),
    _section("properti", 21),
    _section("lestari", 86, own_host=True, site=ALL_SITES),
    _section("go", 74, own_host=True, site=ALL_SITES),
    _section("biz", 28, own_host=True, site=ALL_SITES),
)

SECTIONS: Final = {section.slug: section for section in _TABLE}
"""Every known section by its slug. Advertorial hosts (`kilas…`, `sorot…`) are known too but have no row."""

_BY_NAME: Final = {name: section.slug for section in _TABLE for name in (section.slug, *section.names)}

_SECTIONS_OF_SITE: Final = {
    **{section.slug: frozenset({section.slug}) for section in _TABLE if section.site_slug == section.slug},
    ALL_SITES: frozenset(SECTIONS),
    "news": frozenset({"nasional", "megapolitan", "regional", "global"}),
    "bola": frozenset({"bola", "sports", "motogp", "badminton"}),
    "edukasi": frozenset({"edu", "edukasi"}),
    "edu": frozenset({"edu", "edukasi"}),
}

SITE_SLUGS: Final = frozenset(_SECTIONS_OF_SITE)
"""Every known `site=` slug of the index."""

SECTION_ARGUMENTS: Final = frozenset(SECTIONS) | SITE_SLUGS
"""Every name that a user may give for a choice of sections: section slugs and index slugs."""

_ADVERTORIAL_HOSTS: Final = frozenset({"inspirasli", "genbest"})
_ADVERTORIAL_PREFIXES: Final = ("kilas", "sorot")


def _sections_by_code() -> dict[int, frozenset[str]]:
    codes = {code for section in _TABLE for code in section.codes}
    return {code: frozenset(section.slug for section in _TABLE if code in section.codes) for code in codes}


_BY_CODE: Final = _sections_by_code()


def section_of_code(code: int | None) -> str | None:
    """The one section that uses an id code; None when several do, or none is known to.

    >>> section_of_code(70), section_of_code(8), section_of_code(None)
    ('global', None, None)
    """
    sections = _BY_CODE.get(code, frozenset()) if code is not None else frozenset()
    return next(iter(sections)) if len(sections) == 1 else None


def section_of_name(name: str) -> str | None:
    """Slug of the section that a host label or first path segment names; None when the table does not know it.

    >>> section_of_name("bisniskeuangan"), section_of_name("bandung"), section_of_name("kilasdaerah")
    ('money', 'regional', 'kilasdaerah')
    >>> section_of_name("unheardof") is None
    True
    """
    slug = _BY_NAME.get(name)
    return name if slug is None and is_advertorial(name) else slug


def is_advertorial(section: str) -> bool:
    """Whether the section holds paid texts only (`biz`, `kilas…`, `sorot…`, `inspirasli`, `genbest`)."""
    return section == "biz" or section in _ADVERTORIAL_HOSTS or section.startswith(_ADVERTORIAL_PREFIXES)


def is_known_section(section: str) -> bool:
    """Whether the slug is a section of the table or an advertorial host."""
    return section in SECTIONS or is_advertorial(section)


@lru_cache(maxsize=1024)
def resolve_section(label: str, segment: str | None, code: int | None) -> tuple[str, bool]:
    """Slug of the section of an article address, and whether its host or path names a known one.

    `label` is the first label of the host (`www`, `bandung`), `segment` what stands before `/read/` in the path
    (`global`, or None), `code` the code in the id. Where neither name is known the code decides if it can, else the
    name is answered as it stands.

    >>> resolve_section("www", "global", 70)
    ('global', True)
    >>> resolve_section("kilasdaerah", "semarang", 1)
    ('kilasdaerah', True)
    >>> resolve_section("newcity", None, 78), resolve_section("newcity", None, 1)
    (('regional', False), ('newcity', False))
    """
    known = section_of_name(label) or (section_of_name(segment) if segment else None)
    if known is not None:
        return known, True
    return section_of_code(code) or segment or label, False


def codes_agree(section: str, code: int | None) -> bool:
    """Whether an id code fits a section. What is not known (section, code or the section's codes) never disagrees.

    >>> codes_agree("regional", 1), codes_agree("global", 70), codes_agree("tekno", 70), codes_agree("tekno", None)
    (True, True, False, True)
    """
    row = SECTIONS.get(section)
    return row is None or not row.codes or code is None or code not in _BY_CODE or code in row.codes


def sections_of_site_slug(slug: str) -> frozenset[str]:
    """Slugs of the sections that an index `site=` slug lists. A slug that is not known lists the section it names.

    `all` answers the known sections; the index lists others under it too, so ask `site_covers` about one section.

    >>> sorted(sections_of_site_slug("bola"))
    ['badminton', 'bola', 'motogp', 'sports']
    """
    return _SECTIONS_OF_SITE.get(slug) or frozenset({section_of_name(slug) or slug})


def site_covers(site: str, section: str) -> bool:
    """Whether the index of `site` lists the articles of a section. `all` lists every one, known or not."""
    return site == ALL_SITES or section in sections_of_site_slug(site)


def site_slug_of(section: str) -> str:
    """Narrowest index `site=` slug that lists a section; `all` when no narrower one is known.

    >>> site_slug_of("motogp"), site_slug_of("lestari"), site_slug_of("kilasdaerah")
    ('bola', 'all', 'all')
    """
    row = SECTIONS.get(section)
    return ALL_SITES if row is None else row.site_slug
