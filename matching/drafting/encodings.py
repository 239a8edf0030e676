"""The encoding of a text that does not say it: the one whose letters make words."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

# The commonest letters of the languages written in each encoding: a wrong encoding gives rare letters and symbols.
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюіїєў"
_LATIN = {
    "cp1252": "éèêëàâçîïôùûüäößñóíáúãõøåæ",
    "cp1254": "ğşıİçöüâ",
    "cp1250": "ąęłńóśźżčřšžěůáéíőúűýđćţşăâî",
    "cp1257": "āēīūķļņģšžčėįųąęöäõü",
}
_COMMON = {
    "cp1251": _CYRILLIC,
    "koi8_r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1256": "اليمنوتربدسعحهفقكخجشصةأإطئىآغضظذثزءؤپچگکی",
    "cp1255": "יוהלאמרתבנשדחעקגפטסזכצםןךףץ",
    "cp1253": "αοιετσνρκπυλμηςδγωθβφχάέήίόύώ",
    "cp874": "านรอกเงมยลวดทสตปคหบพชิีุู่้ัแไโใะาํ์",
    "gb18030": "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗男女年月日姓名国省市县区人民公安局路号中"
    "华生出地址身份证性别汉族文平明华军强伟建国小",
    "big5": "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅男女年月日姓名國省市縣區人民公安局路號中"
    "華生出地址身分證性別文平明軍強偉建小",
    "shift_jis": "ノンイラスルアトリシクカドタフレ田中山本木村井佐藤高橋氏名生年月日住所男女性別のたるに",
    "euc_kr": "김이박최정강조윤장임한오서신권황안송류홍남여성명생년월일주소국적번호의",
    **_LATIN,
}
_WORD = re.compile(r"[^\W\d_]+")
_MOST_BYTES = 400_000


@dataclass(frozen=True)
class Encoding:
    """An encoding; ``is_sure`` where the bytes say it."""

    name: str
    is_sure: bool


def guess_encoding(raw: bytes) -> Encoding:
    """Return the encoding of ``raw``: by its byte order mark, by being UTF-8, else by the letters it would give."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Encoding("utf-16", is_sure=True)
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        return Encoding("utf-8-sig", is_sure=True)
    if raw[1:200:2].count(0) > 80:  # every second byte: Latin letters in two bytes each
        return Encoding("utf-16-le", is_sure=True)
    sample = raw if len(raw) <= _MOST_BYTES else raw[: raw.rfind(b"\n", 0, _MOST_BYTES) + 1 or _MOST_BYTES]
    scores = {name: score for name in _COMMON if (score := _score(sample, name)) is not None}
    best = max(scores, key=lambda name: scores[name], default="cp1252")
    return Encoding(best, is_sure=False)


def _score(raw: bytes, encoding: str) -> float | None:
    """Return how well the letters fit, 1 at best; None where the bytes are not in ``encoding`` at all."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    foreign = [char for char in text if ord(char) > 127]
    if not foreign:
        return None
    common = frozenset(_COMMON[encoding]) | frozenset(_COMMON[encoding].upper())
    good = sum(char in common for char in foreign)
    strange = sum(unicodedata.category(char) in ("Cc", "Co", "Cn", "So", "Sm", "Sk") for char in foreign)
    words = [word for word in _WORD.findall(text) if any(ord(char) > 127 for char in word)]
    odd = sum(_is_odd(word) for word in words)
    return (good - 3 * strange) / len(foreign) - 2 * odd / max(len(words), 1)


def _is_odd(word: str) -> bool:
    """Whether ``word`` has a small letter before a capital, or Latin letters among others."""
    if any(first.islower() and second.isupper() for first, second in pairwise(word)):
        return True
    latin = sum("LATIN" in unicodedata.name(char, "") for char in word)
    return 0 < latin < len(word)
