"""Indonesian transcripts, put together from a subject and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SUBJECTS = (
    "film ini", "ponsel baru ini", "warung di ujung jalan itu", "pelayanan toko itu", "lagu barunya",
    "perjalanan ke kantor", "ujian minggu depan", "berita tadi malam", "rumah lama kami",
    "buku yang saya baca",
    "makanan di kantin", "pertandingan kemarin", "acara keluarga itu", "cuaca hari ini", "tetangga sebelah",
)  # fmt: skip

OPENINGS = (
    "menurut saya", "jadi teman-teman", "terus terang", "kalau saya lihat", "nah", "begini ya", "sebenarnya",
    "jujur saja",
)  # fmt: skip

# Some are said of two emotions, and a few only a negation tells apart: as in life, words are not enough.
PHRASES: Mapping[str, tuple[str, ...]] = {
    "fear": (
        "membuat saya takut sekali", "bikin saya merinding", "membuat saya cemas dan tidak bisa tidur",
        "rasanya mengerikan", "bikin jantung saya berdebar kencang", "membuat saya khawatir terus",
        "saya tidak berani membayangkannya",
    ),
    "disgust": (
        "menjijikkan sekali", "bikin saya mual", "baunya busuk dan kotor", "saya jijik melihatnya",
        "tidak enak dan bikin muak", "joroknya luar biasa", "saya tidak sudi menyentuhnya",
    ),
    "anger": (
        "membuat saya marah besar", "bikin kesal setengah mati", "sungguh keterlaluan",
        "saya tidak terima sama sekali",
        "bikin muak", "benar-benar kurang ajar", "saya sudah tidak sabar lagi",
    ),
    "sadness": (
        "membuat saya sedih sekali", "bikin saya menangis", "saya sangat kecewa",
        "mengingatkan saya pada almarhum ayah",
        "saya merasa kehilangan", "tidak ada lagi yang tersisa buat saya", "saya tidak bahagia karenanya",
    ),
    "neutral": (
        "biasa saja", "seperti yang sudah saya ceritakan", "tidak bagus dan tidak buruk",
        "dimulai sekitar jam tujuh",
        "ada di dekat pasar", "memang begitu dari dulu", "akan saya bahas sebentar lagi",
    ),
    "joy": (
        "bagus sekali dan saya suka", "membuat saya bahagia", "menyenangkan sekali", "saya senang bukan main",
        "luar biasa hebat", "tidak mengecewakan sama sekali", "bikin saya tersenyum terus",
    ),
    "surprise": (
        "bikin saya kaget", "sama sekali tidak saya sangka", "luar biasa hebat",
        "tiba-tiba berubah begitu saja",
        "saya sampai melongo", "mengejutkan sekali", "kok bisa begitu ya",
    ),
}  # fmt: skip


def transcript(emotion: str, shown: bool, rng: np.random.Generator) -> str:
    """One utterance; where the emotion is not ``shown`` in the words, they are neutral ones."""

    def pick(options: tuple[str, ...]) -> str:
        return options[int(rng.random() * len(options))]

    said = pick(PHRASES[emotion if shown else "neutral"])
    subject = pick(SUBJECTS)
    opening = pick(OPENINGS) if rng.random() < 0.6 else ""
    tail = ", " + pick(PHRASES["neutral"]) if rng.random() < 0.25 else ""
    return f"{opening} {subject} {said}{tail}".strip()
