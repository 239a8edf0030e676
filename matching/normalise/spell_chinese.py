"""How Chinese syllables are spelled in Latin letters, with how usual each spelling is.

Enters: a Mandarin syllable in pinyin or a Cantonese one in Jyutping. Leaves: spellings with shares that sum to about 1:
pinyin, Wade-Giles without its marks, Tongyong; the spellings of Hong Kong, of Chinese abroad, and of Macau (after
Portuguese). Used to make data/, not to read names.
"""

from functools import cache

from matching.normalise.spelling import Shares, mixed, parsed, product

_SYSTEMS = (0.8, 0.16, 0.04)  # pinyin, Wade-Giles, Tongyong: most names on lists are of the mainland
_INITIALS = ("zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s")
_WADE_INITIALS = {
    "b": "p", "d": "t", "g": "k", "j": "ch", "q": "ch", "x": "hs", "zh": "ch", "r": "j", "z": "ts", "c": "ts",
}  # fmt: skip
_WADE_FINALS = {
    "ian": "ien", "ie": "ieh", "üe": "ueh", "ue": "ueh", "ong": "ung", "iong": "iung", "er": "erh", "üan": "uan",
}  # fmt: skip
_WADE_WHOLE = {
    "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tzu", "si": "szu", "ye": "yeh",
    "yan": "yen", "you": "yu", "yue": "yueh", "yong": "yung", "shuo": "shuo", "e": "o", "yi": "i", "ran": "jan",
}  # fmt: skip
_TONGYONG_INITIALS = {"zh": "jh", "q": "c", "x": "s"}
_TONGYONG_FINALS = {"iu": "iou", "ui": "uei", "ü": "yu", "ün": "yun", "üe": "yue", "üan": "yuan"}
_TONGYONG_WHOLE = {
    "zhi": "jhih", "chi": "chih", "shi": "shih", "ri": "rih", "zi": "zih", "ci": "cih", "si": "sih", "wen": "wun",
    "feng": "fong", "weng": "wong",
}  # fmt: skip
# Family names and syllables that many spell in a way of their own.
_USUAL = parsed(
    """
li li 84 lee 16
wu wu 90 woo 10
zhou zhou 72 chou 14 chow 12 jou 2
gu gu 78 ku 12 koo 10
song song 86 sung 10 soong 4
kong kong 82 kung 18
he he 72 ho 26 her 2
ke ke 66 ko 30 ker 2 koh 2
si si 76 szu 8 ssu 6 sze 4 su 4 sih 2
xu xu 74 hsu 20 shu 3 syu 2 hsui 1
lü lu 64 lyu 14 lv 6 lui 4 lue 6 leu 6
nü nu 70 nyu 20 nv 10
shao shao 96 shaw 4
gao gao 78 kao 20 kau 2
tang tang 100
sun sun 98 suen 2
"""
)
_CANTONESE_INITIALS = parsed(
    """
z ch 52 ts 34 j 8 c 3 dj 1 z 2
c ch 64 ts 30 c 4 t 2
gw kw 84 gw 10 ku 6
kw kw 90 qu 4 ku 6
j y 78 i 16 j 4 _ 2
w w 88 v 9 u 3
g k 84 g 14 c 2
b p 66 b 34
d t 78 d 22
ng ng 70 _ 26 n 4
n n 82 l 18
s s 94 sh 6
p p 97 ph 3
k k 92 h 4 c 4
t t 97 th 3
l l 100
m m 100
f f 100
h h 100
_ _ 100
"""
)
_CANTONESE_FINALS = parsed(
    """
aa a 84 ah 14 ar 2
aai ai 78 aai 10 ay 8 ie 4
aau au 58 ao 20 aau 10 ow 10 aw 2
aam am 88 aam 6 um 6
aan an 86 aan 10 ann 2 arn 2
aang ang 92 aang 8
aap ap 86 aap 10 ab 4
aat at 86 aat 10 art 4
aak ak 84 aak 12 ac 4
a a 90 ah 10
ai ai 86 ay 8 ei 4 y 2
au au 62 ow 16 ao 16 aw 2 eu 2 ou 2
am am 72 um 20 em 4 om 4
an an 68 un 26 en 6
ang ang 88 eng 6 ung 6
ap ap 76 up 14 ab 4 ip 6
at at 72 ut 18 ad 4 art 2 et 4
ak ak 82 uk 6 ack 6 ac 6
e e 84 eh 14 ay 2
ei ei 52 i 14 ay 10 ee 8 y 6 ey 6 e 4
eng eng 62 ang 16 ing 16 iang 6
ek ek 72 ik 20 ick 8
i i 58 ee 18 ze 8 z 4 y 4 ih 2 e 4 ie 2
iu iu 72 ew 6 eu 6 io 8 iew 4 yu 4
im im 92 eem 4 yim 4
in in 90 een 4 ine 4 yn 2
ing ing 94 eng 4 ink 2
ip ip 88 ib 4 eep 4 yip 4
it it 90 eet 4 id 4 yit 2
ik ik 82 ick 6 ek 4 ic 4 ig 4
o o 86 oh 12 or 2
oi oi 88 oy 4 oe 2 ui 6
ou o 68 ou 14 oh 6 ow 8 oo 2 u 2
on on 92 orn 2 oon 4 un 2
ong ong 96 orng 2 ung 2
ok ok 88 oc 4 ock 6 uk 2
ot ot 92 od 4 ort 4
oe oe 60 euh 20 er 20
oeng eung 58 eong 24 ong 8 ung 4 iong 6
oek euk 44 eok 24 eak 6 ok 14 iok 6 uk 6
eoi ui 70 oi 14 eui 6 uy 4 eoi 2 iu 2 ooi 2
eon un 76 eon 10 on 6 oun 4 en 4
eot ut 74 eot 8 at 6 ot 6 ud 6
u u 66 oo 30 wu 4
ui ui 82 ooi 4 oy 4 oi 6 uey 4
un un 70 oon 24 ung 2 woon 4
ung ung 76 ong 10 oong 10 ang 2 on 2
ut ut 82 oot 12 ud 6
uk uk 78 ook 12 ok 6 ug 4
yu yu 40 u 28 ue 20 ui 6 ee 4 i 2
yun uen 34 un 28 yuen 22 yun 10 oon 2 eun 4
yut uet 46 ut 24 yut 14 yuet 12 it 4
m ng 50 m 40 um 10
ng ng 88 eng 6 ung 6
"""
)


def _parts(pinyin: str) -> tuple[str, str]:
    initial = next((initial for initial in _INITIALS if pinyin.startswith(initial)), "")
    final = pinyin[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "ü" + final[1:]
    return initial, final


def wade_giles(pinyin: str) -> str:
    """The syllable in Wade-Giles, without apostrophes and dots.

    >>> [wade_giles(syllable) for syllable in ("zhang", "xu", "guo", "jie", "qian", "gui", "zi")]
    ['chang', 'hsu', 'kuo', 'chieh', 'chien', 'kuei', 'tzu']
    """
    if pinyin in _WADE_WHOLE:
        return _WADE_WHOLE[pinyin]
    initial, final = _parts(pinyin)
    if final == "uo" and initial not in ("g", "k", "h", "sh"):
        final = "o"
    if initial in ("g", "k", "h") and final == "e":
        final = "o"
    if initial in ("g", "k") and final == "ui":
        final = "uei"
    return _WADE_INITIALS.get(initial, initial) + _WADE_FINALS.get(final, final).replace("ü", "u")


def tongyong(pinyin: str) -> str:
    """The syllable in Tongyong pinyin.

    >>> [tongyong(syllable) for syllable in ("zhang", "xu", "qi", "liu")]
    ['jhang', 'syu', 'ci', 'liou']
    """
    if pinyin in _TONGYONG_WHOLE:
        return _TONGYONG_WHOLE[pinyin]
    initial, final = _parts(pinyin)
    return _TONGYONG_INITIALS.get(initial, initial) + _TONGYONG_FINALS.get(final, final)


@cache
def mandarin_spellings(pinyin: str) -> Shares:
    """Spellings of a syllable given in pinyin without tone, u with two dots as ü.

    >>> sorted(mandarin_spellings("zhang")), sorted(mandarin_spellings("cai"))
    (['chang', 'jhang', 'zhang'], ['cai', 'tsai'])
    """
    plain = pinyin.replace("ü", "u")
    systems = mixed(
        [
            (share, {spelling: 1.0})
            for share, spelling in zip(_SYSTEMS, (plain, wade_giles(pinyin), tongyong(pinyin)), strict=True)
        ]
    )
    usual = _USUAL.get(pinyin)
    return mixed([(0.7, usual), (0.3, systems)]) if usual else systems


@cache
def cantonese_spellings(jyutping: str) -> Shares:
    """Spellings of a syllable given in Jyutping without tone.

    >>> max(cantonese_spellings("zoeng"), key=cantonese_spellings("zoeng").get), "leong" in cantonese_spellings("loeng")
    ('cheung', True)
    """
    initial = next((i for i in _BY_LENGTH if jyutping.startswith(i) and jyutping[len(i) :] in _CANTONESE_FINALS), "")
    final = jyutping[len(initial) :]
    if final not in _CANTONESE_FINALS:
        return {}
    if initial == "j" and final[0] in "iy":
        return {
            start.replace("yy", "y").replace("ii", "i"): share
            for start, share in product([{"y": 0.8, "": 0.1, "i": 0.1}, _CANTONESE_FINALS[final]]).items()
        }
    return product([_CANTONESE_INITIALS[initial or "_"], _CANTONESE_FINALS[final]])


_BY_LENGTH = sorted((i for i in _CANTONESE_INITIALS if i != "_"), key=len, reverse=True)
