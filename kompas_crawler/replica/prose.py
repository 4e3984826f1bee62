"""Invented Indonesian news prose from word lists and sentence patterns.

Every name of a person, company or organisation is made up; places are real towns. A `random.Random` comes in, text
comes out: the same generator state gives the same words. Knows nothing about pages, addresses or dates of the site.
"""

from __future__ import annotations

from random import Random

FIRST_NAMES = (
    "Bagas", "Ratna", "Wirya", "Sekar", "Danu", "Lestari", "Galih", "Puspa", "Hanif", "Kirana", "Jaka", "Melati",
    "Satria", "Ayunda", "Rangga", "Intan", "Teguh", "Wulan", "Yoga", "Nirmala", "Bimo", "Citra", "Aryo", "Laras",
    "Fadil", "Gita", "Surya", "Dewi", "Panji", "Utari",
)  # fmt: skip
LAST_NAMES = (
    "Wiranegara", "Kusumaputra", "Larasati", "Pramadya", "Suryaningrat", "Handoyono", "Widyakarsa", "Tanuwira",
    "Mahardhika", "Sastranegara", "Purwanegara", "Ardhanaputra", "Kertajaya", "Rahayuningsih", "Wicaksana",
    "Adiwinata", "Baskarajaya", "Cakranegara", "Danurwenda", "Gunawijaya", "Harimurtika", "Jayaprana",
)  # fmt: skip
CITIES = (
    "JAKARTA", "BANDUNG", "SURABAYA", "SEMARANG", "YOGYAKARTA", "MEDAN", "MAKASSAR", "DENPASAR", "PALEMBANG",
    "BALIKPAPAN", "MANADO", "KUPANG", "AMBON", "MALANG", "SOLO", "BOGOR", "DEPOK", "TANGERANG", "BEKASI", "PADANG",
)  # fmt: skip
WORLD_CITIES = ("TOKYO", "LONDON", "WASHINGTON DC", "KAIRO", "NEW DELHI", "PARIS", "ANKARA", "SYDNEY", "NAIROBI")
OFFICES = (
    "Dinas Perhubungan", "Badan Penataan Kawasan", "Lembaga Kajian Nusa", "Pusat Riset Samudra", "Koperasi Tirta Jaya",
    "Yayasan Lentera Desa", "Balai Pengujian Mutu", "Asosiasi Pedagang Wira", "Forum Warga Mandiri",
    "Kantor Wilayah Pertanahan", "Universitas Cakrawala", "Rumah Sakit Bina Husada", "PT Samudra Karya Lintas",
    "PT Arunika Digital", "Komunitas Sepeda Raya", "Klub Garuda Selatan",
)  # fmt: skip
ROLES = (
    "Kepala", "Juru bicara", "Ketua", "Peneliti", "Direktur", "Koordinator", "Sekretaris", "Manajer operasional",
    "Wakil ketua", "Pengurus",
)  # fmt: skip
TOPICS: dict[str, tuple[str, ...]] = {
    "nasional": ("revisi aturan perizinan", "seleksi aparatur sipil", "rapat anggaran", "uji coba layanan terpadu"),
    "megapolitan": ("perbaikan trotoar", "rekayasa lalu lintas", "normalisasi saluran air", "taman kota baru"),
    "regional": ("panen raya", "jembatan gantung", "pencarian nelayan", "festival budaya desa"),
    "global": ("perundingan perbatasan", "pemilu parlemen", "bantuan kemanusiaan", "kerja sama dagang"),
    "tren": ("jadwal libur sekolah", "cara cek bantuan", "tanda dehidrasi", "makna lagu daerah"),
    "food": ("sup ikan asam", "kue talam ubi", "nasi bakar rempah", "es cendol pandan"),
    "homey": ("menata dapur mungil", "merawat tanaman hias", "membersihkan noda kerak", "cat dinding teduh"),
    "edukasi": ("beasiswa daerah", "pelatihan guru", "lomba karya tulis", "kurikulum vokasi"),
    "money": ("harga cabai rawit", "kredit usaha rakyat", "ekspor kopi", "tarif logistik"),
    "tekno": ("ponsel lipat murah", "pembaruan aplikasi peta", "kamera saku", "jaringan serat optik"),
    "lifestyle": ("lari pagi", "tidur berkualitas", "padu padan batik", "jeda digital"),
    "properti": ("rumah tapak hijau", "hunian dekat stasiun", "jalan tol lingkar", "kusen aluminium"),
    "bola": ("laga tandang", "bursa pemain", "latihan perdana", "final piala antarklub"),
    "travel": ("air terjun tersembunyi", "kereta wisata", "desa di lereng gunung", "pantai pasir putih"),
    "otomotif": ("mobil listrik mungil", "servis berkala", "ban serep", "bus antarkota"),
    "sains": ("gerhana bulan", "spesies katak", "lapisan ozon", "fosil laut"),
    "hype": ("film keluarga", "konser amal", "album baru", "serial misteri"),
    "health": ("tekanan darah", "gizi seimbang", "alergi debu", "sendi lutut"),
    "skola": ("sifat larutan", "jenis batuan", "majas perbandingan", "teks prosedur"),
    "stori": ("kerajaan pesisir", "tokoh pergerakan", "prasasti batu", "pelabuhan tua"),
    "lestari": ("hutan bakau", "energi surya atap", "daur ulang plastik", "terumbu karang"),
    "biz": ("layanan kirim cepat", "tabungan pendidikan", "perumahan terpadu", "susu segar lokal"),
    "go": ("island hopping", "coffee export", "night market", "coastal railway"),
}
TITLES = (
    "{Topik} di {Kota} Dimulai, Ini Penjelasan {Kantor}",
    "{Kantor} Siapkan {Topik} untuk {angka} Warga {Kota}",
    'Warga {Kota} Sambut {Topik}, "{Seru}"',
    "{angka} Fakta {Topik} di {Kota}, dari Anggaran hingga Jadwal",
    "[POPULER {RUBRIK}] {Topik} di {Kota} | Tarif Baru Rp {uang}",
    "Ada {Topik} di {Kota}, Apa yang Perlu Disiapkan?",
    "Anggaran {Topik} Capai Rp {uang}, {Kantor}: Masih Dihitung",
    "{Nama} Bicara soal {Topik}: {Seru}",
    "Kapan {Topik} di {Kota} Selesai?",
    "Cerita {Nama}, {angka} Tahun Mengurus {Topik} di {Kota} - Bagian {satuan}",
    "Tumbuh {persen} Persen, {Topik} Jadi Andalan {Kota} & Sekitarnya",
    "Simak Jadwal {Topik} di {Kota} Hari Ini...",
)
SHOUTS = ("Sudah Lama Ditunggu", "Jangan Terburu-buru", "Kami Siap", "Semua Harus Terbuka", "Ini Baru Awal")
SENTENCES = (
    "{Kantor} menyatakan {topik} di {kota} berjalan sesuai jadwal.",
    "{Peran} {kantor} {nama} mengatakan, {topik} menjangkau {angka} warga sejak pekan lalu.",
    "Menurut {nama}, kebutuhan dana mencapai Rp {uang} dan akan dibahas lagi bulan depan.",
    "Sebelumnya, {topik} sempat tertunda karena cuaca buruk di sekitar {kota}.",
    "Pantauan di lapangan menunjukkan antrean tertib sejak pagi hingga pukul {jam} WIB.",
    "Ia menambahkan, petugas sudah menyiapkan {angka} titik pelayanan di {kota}.",
    "Hasil pendataan menunjukkan kenaikan {persen} persen dibandingkan dengan tahun sebelumnya.",
    "Meski begitu, sejumlah warga berharap {topik} tidak mengganggu kegiatan sehari-hari.",
    '"Kami ingin semua pihak mendapat kesempatan yang sama," kata {nama}, {hari}.',
    '"Kalau datanya lengkap, prosesnya paling lama {satuan} hari," ujar {nama} saat ditemui di {kota}.',
    "Adapun {kantor} akan mengumumkan hasil evaluasi melalui situs resmi.",
    "Rencana itu mendapat tanggapan dari {kantor2} yang meminta penjelasan lebih rinci.",
    "Jumlah peserta tercatat {angka} orang dari {satuan} kecamatan.",
    "Selain itu, {kantor2} juga membuka posko pengaduan di {kota}.",
    "Dengan demikian, pelaksanaan {topik} diperkirakan rampung pada akhir tahun.",
    "{Nama}, warga {kota}, mengaku baru pertama kali mengikuti {topik}.",
    "Dia mencontohkan, biaya yang semula Rp {uang} kini dapat ditekan.",
    "Namun, belum semua daerah memiliki fasilitas yang memadai.",
    "Data tersebut dihimpun dari {angka} responden selama {satuan} minggu.",
    "Ke depan, kerja sama dengan {kantor2} akan diperluas ke wilayah lain.",
    "Sementara itu, suhu di {kota} diperkirakan berkisar 24 hingga 31 derajat celsius.",
    "Kesepakatan itu ditandatangani di {kota} oleh kedua belah pihak.",
)
ENGLISH = (
    "{Kantor} said the {topik} in {kota} was running on schedule.",
    "{Nama} of {kantor} noted that {angka} visitors had registered since last week.",
    '"We want everyone to have the same chance," {nama} said on {hari}.',
    "The plan is expected to cost Rp {uang} and will be reviewed next month.",
    "Residents of {kota} hope that the {topik} will not disturb their daily routine.",
    "Earlier, bad weather had delayed the {topik} by several days.",
)
ENGLISH_TITLES = (
    "{Kantor} Opens {Topik} in {Kota}",
    "Indonesia Highlights: {Topik} Draws {angka} Visitors to {Kota} | {Nama} Speaks Up",
    "What to Know About the {Topik} in {Kota}?",
)
HEADINGS = (
    "Penjelasan {kantor}", "Dampak bagi warga", "Langkah berikutnya", "Syarat dan ketentuan", "Latar belakang",
    "Tanggapan {kantor2}", "Cara mendaftar", "Rincian anggaran",
)  # fmt: skip
ITEMS = (
    "Kartu identitas yang masih berlaku", "Formulir pendaftaran dari {kantor}", "Bukti pembayaran sebesar Rp {uang}",
    "Pas foto ukuran 3 x 4 sebanyak {satuan} lembar", "Surat keterangan dari kelurahan", "Daging buah {satuan} potong",
    "Air bersih {angka} mililiter", "Garam secukupnya",
)  # fmt: skip
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def person(rng: Random) -> str:
    """An invented full name.

    >>> person(Random(4)) == person(Random(4))
    True
    """
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def _number(rng: Random) -> str:
    return str(rng.choice((3, 5, 7, 12, 25, 48, 120, 350, 900)))


def _money(rng: Random) -> str:
    return rng.choice(("34,9 miliar", "500.000", "1,2 triliun", "75.000", "2.750.000", "18 miliar", "150 juta"))


def _titled(text: str) -> str:
    return " ".join(word if word in ("di", "dan") else word[:1].upper() + word[1:] for word in text.split(" "))


class Story:
    """The cast of one article: topic, places, people and figures that its sentences keep coming back to."""

    def __init__(self, rng: Random, section: str, city: str, *, english: bool = False) -> None:
        self.rng = rng
        self.english = english
        self.topic = rng.choice(TOPICS[section])
        self.city = city.title().replace("Dc", "DC")
        office, office2 = rng.choice(OFFICES), rng.choice(OFFICES)
        name = person(rng)
        self.words = {
            "topik": self.topic, "Topik": _titled(self.topic), "kota": self.city, "Kota": self.city,
            "kantor": office, "Kantor": office, "kantor2": office2, "nama": name.split(" ")[0], "Nama": name,
            "peran": rng.choice(ROLES).lower(), "RUBRIK": section.upper(),
        }  # fmt: skip
        self.words["Peran"] = self.words["peran"].capitalize()

    def fill(self, pattern: str) -> str:
        """`pattern` with the story's words and fresh figures put in."""
        rng = self.rng
        return pattern.format_map(
            self.words
            | {
                "angka": _number(rng),
                "uang": _money(rng),
                "persen": f"{rng.randint(2, 30)},{rng.randint(1, 9)}",
                "satuan": str(rng.randint(2, 9)),
                "jam": f"{rng.randint(7, 21):02d}.{rng.choice(('00', '15', '30', '45'))}",
                "hari": rng.choice(DAYS),
                "Seru": rng.choice(SHOUTS),
            }
        )

    def title(self) -> str:
        """A headline."""
        return self.fill(self.rng.choice(ENGLISH_TITLES if self.english else TITLES))

    def sentence(self) -> str:
        """One sentence."""
        return self.fill(self.rng.choice(ENGLISH if self.english else SENTENCES))

    def paragraph(self, sentences: int) -> str:
        """`sentences` sentences in a row."""
        return " ".join(self.sentence() for _ in range(sentences))

    def heading(self) -> str:
        """A sub-heading."""
        return self.fill(self.rng.choice(HEADINGS))

    def item(self) -> str:
        """One line of a list."""
        return self.fill(self.rng.choice(ITEMS))


def slug_of(title: str) -> str:
    """The address form of a headline: dots, doubled, leading and trailing dashes stay; cut at 80 characters.

    >>> slug_of("[POPULER TREN] Tarif Rp 500.000 - Apa Bedanya?")
    '-populer-tren-tarif-rp-500.000--apa-bedanya-'
    """
    out = []
    for char in title.lower().replace(" - ", "  ").replace("] ", " ").replace(" | ", " ").replace(" & ", "--"):
        if char.isalnum() or char == ".":
            out.append(char)
        elif char in " -[?!":
            out.append("-")
    slug = "".join(out)
    return slug if len(slug) <= 80 else slug[: slug.rfind("-", 0, 81)]


def old_slug_of(title: str) -> str:
    """The address form of a headline before 2017: words of mixed case with dots between.

    >>> old_slug_of('Kapan "Panen Raya" di Solo Selesai?')
    'Kapan.Panen.Raya.di.Solo.Selesai'
    """
    return ".".join("".join(c for c in word if c.isalnum() or c == ".").strip(".") for word in title.split()).replace(
        "..", "."
    )
