"""What the closed vocabularies of the archive are called in the report: states, changes, columns, flags, outcomes.

Knows names for people. Refuses to know numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kompas_crawler.items import ChangeKind, Flag, LinkKind, Outcome
from kompas_crawler.report.holdings import DayState
from kompas_crawler.report.words import Words

DAY_STATES: Final[Mapping[DayState, Words]] = {
    DayState.COMPLETE: Words("lengkap", "complete"),
    DayState.OPEN: Words("dibaca sebelum hari usai", "read before the day was over"),
    DayState.PARTLY: Words("tidak semua kanal dibaca", "not every section read"),
    DayState.MISSING: Words("ada artikel yang hilang", "articles missing"),
    DayState.UNWALKED: Words("tidak dibaca", "not read"),
}
CHANGES: Final[Mapping[ChangeKind, Words]] = {
    ChangeKind.TITLE: Words("judul", "headline"),
    ChangeKind.BODY: Words("isi", "text"),
    ChangeKind.CREDIT: Words("penulis, editor", "credits"),
    ChangeKind.DATE: Words("tanggal", "date"),
    ChangeKind.COSMETIC: Words("hal kecil", "small things"),
    ChangeKind.GONE: Words("dihapus", "removed"),
    ChangeKind.BACK: Words("kembali", "back again"),
}
FIELDS: Final[Mapping[str, Words]] = {
    "body": Words("isi", "body"),
    "authors": Words("penulis", "authors"),
    "editors": Words("editor", "editors"),
    "tags": Words("tag", "tags"),
    "breadcrumbs": Words("jalur kanal", "breadcrumbs"),
    "description": Words("ringkasan", "description"),
    "dateline": Words("kota", "dateline"),
    "image_url": Words("gambar", "picture"),
    "image_caption": Words("keterangan", "caption"),
    "image_credit": Words("kredit gambar", "picture credit"),
    "updated_at": Words("pembaruan", "update"),
}
FLAGS: Final[Mapping[Flag, Words]] = {
    Flag.NO_AUTHOR: Words("tidak ada penulis yang disebut", "no writer is credited"),
    Flag.NO_BREADCRUMB: Words("halaman tidak menampilkan jalur kanal", "the page shows no section path"),
    Flag.EMPTY_BODY: Words("halaman artikel tanpa teks", "an article's page without text"),
    Flag.FALLBACK_TITLE: Words("judul diambil dari tempat lain", "headline taken from a second place"),
    Flag.FALLBACK_BODY: Words("isi diambil dari tempat lain", "text taken from a second place"),
    Flag.DATES_DISAGREE: Words("tanggal di halaman berbeda dari alamat", "the page's date differs from the address"),
    Flag.ID_WITHOUT_TIME: Words("alamat tidak memuat jam terbit", "the address holds no time of day"),
    Flag.NO_PAGE_DATE: Words("halaman tidak mencetak waktu", "no time is printed on the page"),
    Flag.UPDATED: Words("halaman hanya menampilkan waktu pembaruan", "the page shows only the time of an update"),
    Flag.SECTION_MISMATCH: Words("kanal di alamat dan kode berbeda", "section of address and code differ"),
    Flag.UNKNOWN_SECTION: Words("kanal tidak dikenal", "a section that is not known"),
    Flag.PARTS_MISSING: Words("tidak semua halaman terbaca", "not all pages could be read"),
    Flag.ADULT: Words("ditandai 18+", "marked 18+"),
    Flag.REENCODED: Words("huruf rusak diganti", "broken characters were replaced"),
    Flag.METADATA_ONLY: Words("hanya dikenal dari daftar", "known from lists only"),
    Flag.RAW_PRUNED: Words("halaman mentah sudah dihapus", "the raw page was removed"),
}
LINKS: Final[Mapping[LinkKind, Words]] = {
    LinkKind.BACA_JUGA: Words("Baca juga", "Baca juga (read also)"),
    LinkKind.INLINE: Words("dalam kalimat", "inside sentences"),
    LinkKind.TERKINI: Words("Terkini (otomatis)", "Terkini, latest (automatic)"),
    LinkKind.TERKAIT: Words("Terkait (otomatis)", "Terkait, related (automatic)"),
}
OUTCOMES: Final[Mapping[Outcome, Words]] = {
    Outcome.KEPT_NEW: Words("baru", "new"),
    Outcome.KEPT_CHANGED: Words("berubah", "changed"),
    Outcome.UNCHANGED: Words("tetap", "unchanged"),
    Outcome.KNOWN: Words("sudah ada", "known"),
    Outcome.GONE: Words("dihapus", "gone"),
    Outcome.EXCLUDED: Words("di luar lingkup", "excluded"),
    Outcome.BLOCKED: Words("ditolak", "blocked"),
    Outcome.FAILED: Words("gagal", "failed"),
    Outcome.UNPARSED: Words("tak terbaca", "unparsed"),
    Outcome.READ: Words("daftar", "lists"),
    Outcome.PENDING: Words("menunggu", "pending"),
}
STATUSES: Final[Mapping[str, Words]] = {
    "none": Words("tanpa jawaban", "no answer"),
    "200": Words("200 halaman", "200 page"),
    "304": Words("304 tidak berubah", "304 not changed"),
    "301": Words("301 pindah", "301 moved"),
    "302": Words("302 pindah", "302 moved"),
    "403": Words("403 ditolak", "403 refused"),
    "404": Words("404 tidak ada", "404 not found"),
    "410": Words("410 dihapus", "410 gone"),
    "429": Words("429 terlalu sering", "429 too often"),
    "500": Words("500 galat situs", "500 site's fault"),
    "503": Words("503 sibuk", "503 busy"),
}
