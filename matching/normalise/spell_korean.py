"""How Korean syllables are spelled in Latin letters, with how usual each spelling is.

Enters: a Hangul syllable. Leaves: spellings with shares that sum to about 1: Revised Romanisation, McCune-Reischauer
without its marks, and the spellings people choose (Lee, Park, Young, Hyun, Woo). Used to make data/, not to read names.
"""

from functools import cache

from matching.normalise.spelling import Shares, mixed, parsed, product

_FIRST = 0xAC00
_RULED = 0.25  # share of spellings by rule where a syllable has usual ones


# In the order of the Unicode syllables: 19 initials, 21 vowels, 28 finals. "_" is silence.
_INITIALS = list(
    parsed(
        """
ㄱ k 60 g 40
ㄲ kk 50 k 30 gg 20
ㄴ n 100
ㄷ d 58 t 42
ㄸ tt 60 dd 20 d 20
ㄹ r 62 l 30 n 4 rh 4
ㅁ m 100
ㅂ b 58 p 42
ㅃ pp 60 bb 20 p 20
ㅅ s 92 sh 8
ㅆ ss 60 s 40
ㅇ _ 100
ㅈ j 70 ch 27 c 2 z 1
ㅉ jj 60 ch 20 j 20
ㅊ ch 97 c 3
ㅋ k 100
ㅌ t 97 th 3
ㅍ p 97 ph 3
ㅎ h 100
"""
    ).values()
)
_VOWELS = list(
    parsed(
        """
ㅏ a 95 ah 5
ㅐ ae 74 ai 9 e 12 ay 5
ㅑ ya 100
ㅒ yae 80 ye 20
ㅓ eo 42 u 20 o 30 uh 4 e 2 ou 2
ㅔ e 88 ae 6 ei 3 ey 3
ㅕ yeo 36 yu 22 yo 24 you 14 ye 3 yuh 1
ㅖ ye 70 e 15 yae 10 yeh 5
ㅗ o 92 oh 6 oo 2
ㅘ wa 97 oa 3
ㅙ wae 70 wai 15 we 15
ㅚ oe 50 oi 35 we 10 oy 5
ㅛ yo 94 yoh 4 yeo 2
ㅜ u 52 oo 40 ou 5 o 1 wu 2
ㅝ wo 78 weo 12 uo 4 wu 3 woo 3
ㅞ we 100
ㅟ wi 80 ui 8 wee 8 wy 4
ㅠ yu 62 yoo 26 you 10 iu 2
ㅡ eu 72 u 20 e 4 o 2 oo 2
ㅢ ui 42 ee 24 i 18 eui 12 e 2 uy 2
ㅣ i 68 ee 25 y 3 ie 2 ey 2
"""
    ).values()
)
_FINALS: list[Shares] = [
    {"": 1.0}, *[{"k": 0.9, "g": 0.06, "ck": 0.04}] * 3, *[{"n": 0.99, "hn": 0.01}] * 3, {"t": 1.0},
    *[{"l": 0.92, "r": 0.04, "ll": 0.02, "hl": 0.02}] * 8, {"m": 1.0}, *[{"p": 0.9, "b": 0.1}] * 2,
    *[{"t": 0.9, "d": 0.1}] * 2, {"ng": 0.98, "n": 0.02}, *[{"t": 1.0}] * 2, {"k": 1.0}, {"t": 1.0}, {"p": 1.0}, {"t": 1.0},
]  # fmt: skip
_S, _WITH_I, _BEFORE_I = 9, (16, 20), {"s": 0.45, "sh": 0.55}
# Syllables that are family names or very common in given names, as their bearers spell them.
_USUAL = parsed(
    """
강 kang 88 gang 12
경 kyung 42 kyong 14 gyeong 18 kyoung 12 kyeong 10 gyung 4
고 ko 60 koh 15 go 25
곽 kwak 90 gwak 10
광 kwang 88 gwang 12
교 kyo 85 gyo 15
구 koo 38 ku 30 goo 12 gu 20
국 kook 40 kuk 30 guk 20 gook 10
권 kwon 85 gwon 10 kwun 5
규 kyu 62 gyu 30 kyoo 8
균 kyun 60 gyun 30 kyoon 10
근 keun 50 geun 32 kun 14 gun 4
금 keum 42 kum 30 geum 26 gum 2
기 ki 62 gi 25 kee 11 gee 2
길 kil 55 gil 45
김 kim 96 gim 3 kym 1
나 na 80 ra 10 nah 5 rha 5
남 nam 98 nahm 2
노 noh 30 roh 22 no 22 ro 18 rho 8
라 ra 70 la 15 na 15
류 ryu 50 yoo 18 yu 14 ryoo 10 lyu 4 you 4
리 ri 42 lee 18 li 14 rhee 8 yi 8 ree 5 ry 5
림 rim 40 lim 40 im 12 yim 8
문 moon 60 mun 40
민 min 97 minn 3
박 park 64 pak 27 bak 8 pahk 1
배 bae 70 pae 20 bai 5 pai 5
백 baek 42 paek 20 paik 22 baik 10 back 6
변 byun 40 byeon 24 pyon 14 byon 10 pyun 8 byoun 4
병 byung 40 byeong 22 pyong 14 byong 10 pyung 8 byoung 6
상 sang 100
서 seo 58 suh 20 so 16 su 4 sur 2
선 sun 46 seon 32 son 16 sung 2 soun 4
석 suk 36 seok 36 sok 20 sug 4 seog 4
설 seol 46 sul 34 sol 20
성 sung 44 seong 30 song 20 soung 4 seung 2
손 son 80 sohn 20
수 soo 46 su 50 sue 2 sou 2
숙 sook 50 suk 44 sug 6
순 soon 55 sun 45
승 seung 76 sung 18 seong 4 sng 2
식 sik 70 shik 24 sic 4 shick 2
신 shin 68 sin 30 shinn 2
심 shim 62 sim 38
안 ahn 48 an 50 ann 2
양 yang 100
어 eo 50 uh 25 o 25
언 eon 52 un 26 on 20 uhn 2
엄 um 40 eom 32 uhm 12 om 16
여 yeo 60 yuh 8 yo 24 yu 8
연 yeon 56 yun 18 yon 16 youn 10
영 young 50 yeong 20 yong 20 yung 8 yeoung 2
오 oh 52 o 46 oe 2
용 yong 84 young 8 ryong 6 yung 2
우 woo 58 u 18 wu 10 oo 8 wo 2 uh 4
욱 wook 62 uk 22 ook 8 wuk 8
운 woon 34 un 38 oon 10 wun 8 woun 10
원 won 88 weon 6 one 2 wun 4
유 yoo 36 yu 38 you 12 ryu 14
윤 yoon 48 yun 38 youn 10 yune 4
은 eun 80 un 16 en 4
의 ui 54 eui 32 ee 6 i 4 uy 4
이 lee 58 yi 16 i 10 ri 5 rhee 4 li 4 ee 3
인 in 90 inn 4 ihn 6
일 il 78 ill 6 iel 4 yil 12
임 lim 38 im 40 yim 8 rim 10 leem 4
장 jang 62 chang 38
재 jae 78 chae 12 jai 6 je 4
전 jeon 44 jun 22 chun 12 chon 14 chun 4 john 4
정 jung 32 jeong 32 chung 14 chong 14 joung 6 cheong 2
제 je 70 jae 12 che 12 jei 6
조 cho 56 jo 40 joe 4
종 jong 78 chong 20 jung 2
주 joo 40 ju 42 chu 12 choo 6
준 jun 50 joon 38 chun 8 june 4
중 jung 60 joong 25 chung 15
지 ji 76 chi 12 jee 10 gee 2
진 jin 84 chin 16
창 chang 100
천 chun 40 cheon 32 chon 24 chen 4
철 chul 42 cheol 28 chol 28 choul 2
최 choi 68 choe 24 choy 4 chey 4
태 tae 90 tai 8 te 2
필 pil 84 phil 14 feel 2
하 ha 94 hah 6
해 hae 80 hai 8 hea 6 he 6
허 huh 30 heo 34 hur 16 ho 14 her 6
현 hyun 54 hyeon 26 hyon 12 hyoun 6 hyen 2
형 hyung 46 hyeong 18 hyong 20 hyoung 14 hyeung 2
혜 hye 80 hae 10 hea 6 he 4
호 ho 94 hoh 2 hoo 4
훈 hoon 58 hun 40 houn 2
희 hee 62 hui 22 hi 8 heui 4 hie 4
"""
)


@cache
def korean_spellings(syllable: str) -> Shares:
    """Spellings of one Hangul syllable.

    >>> [max(korean_spellings(syllable), key=korean_spellings(syllable).get) for syllable in "김박영"]
    ['kim', 'park', 'young']
    """
    initial, rest = divmod(ord(syllable) - _FIRST, len(_VOWELS) * len(_FINALS))
    vowel, final = divmod(rest, len(_FINALS))
    start = _BEFORE_I if initial == _S and vowel in _WITH_I else _INITIALS[initial]
    ruled = product([start, _VOWELS[vowel], _FINALS[final]])
    usual = _USUAL.get(syllable)
    return mixed([(_RULED, ruled), (1 - _RULED, usual)]) if usual else ruled


def without_initial_liquid(syllable: str) -> str:
    """The syllable as South Korea says it at the beginning of a name: r falls to n or silence, n before i to silence.

    >>> [without_initial_liquid(syllable) for syllable in "류라녀김"]
    ['유', '나', '여', '김']
    """
    block = len(_VOWELS) * len(_FINALS)
    initial, rest = divmod(ord(syllable) - _FIRST, block)
    palatal = rest // len(_FINALS) in (2, 3, 6, 7, 12, 17, 20)  # ya yae yeo ye yo yu i
    if initial not in (2, 5):  # n, r
        return syllable
    if palatal:
        return chr(_FIRST + 11 * block + rest)
    return chr(_FIRST + 2 * block + rest)
