"""List the control words of RTF that matter for its text, and the encodings that it names."""

from __future__ import annotations

from recommender.articles.markup import LINE

SIGNS = {
    "tab": "\t",
    "line": LINE,
    "softline": LINE,
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "~": "\u00a0",
    "-": "\u00ad",
    "_": "-",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "ltrmark": "\u200e",
    "rtlmark": "\u200f",
    "\\": "\\",
    "{": "{",
    "}": "}",
}
# Groups that hold no text of the article.
SKIPPED = {
    *("colortbl", "pict", "nonshppict", "fldinst", "objdata", "objclass", "objname", "annotation"),
    *("listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "xmlnstbl", "themedata"),
    *("datastore", "latentstyles", "filetbl", "template", "sn", "sv", "sp", "tc", "tcn", "xe"),
    *(
        "rxe",
        "bkmkstart",
        "bkmkend",
        "atnid",
        "atnauthor",
        "private",
        "ftnsep",
        "ftnsepc",
        "aftnsep",
    ),
    *("mmathPr", "wgrffmtfilter", "upr", "pnseclvl", "panose", "falt", "fontemb", "keycode"),
}
# These groups are marked as optional, although they hold text.
KEPT = {"shpinst", "shptxt", "ud", "shprslt", "footnote", "ftnalt", "pgdsc", "moMath", "mr"}
LIST_MARKS = {"listtext", "pntext", "pn"}
FACTS = {"title", "author"}
CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
NO_LANGUAGES = {0, 255, 1024, 4096}
PAGES = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
