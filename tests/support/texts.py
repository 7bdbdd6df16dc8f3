"""Texts that encoders are tried with: ordinary ones, and those of strangers."""

TEXTS = [
    "Oekraïense troepen verdedigen de stad Bachmoet tegen een nieuwe aanval.",
    "Fighting continues around Bakhmut.",
    "Les combats se poursuivent autour de Bakhmout, " * 4,
    "القتال مستمر حول باخموت",
    "バフムト周辺で戦闘が続いている",
    "Бої навколо Бахмута тривають.",
    "x",
]
HOSTILE = {
    "empty": "",
    "blank": " \t\n\u00a0\u3000",
    "lone surrogates": "a \ud800\udfff b \udc00",
    "NUL": "a\x00b\x00",
    "only NUL": "\x00",
    "controls": "\x01\x02\x1b[31mred\x1b[0m\x7f\x9f",
    "ligature": "\ufdfa" * 9,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇳🇱" * 3,
    "right to left marks": "\u202e\u200f\u061cعربي\u202c\u2066x\u2069",
    "marks": "e" + "\u0301" * 60,
    "private": "\U0010ffff\ue000\ufffe",
    "special tokens": "</s><s><pad><unk><mask>",
    "joiners": "\u200b\u200d\ufeff" * 500,
}
