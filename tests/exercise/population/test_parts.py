import numpy as np

from matching.exercise.population.parts import parts


def test_every_culture_has_the_sections_its_form_needs() -> None:
    sizes = {key: len(pool.cumulative) for key, pool in parts().pools.items()}
    for culture in parts().cultures:
        needed = {"male", "female"} | ({"family"} if culture.form != "chain" else set())
        needed |= {"patronymic"} if culture.form == "patronymic" else set()
        assert all(sizes[culture.name, section] for section in needed), culture.name


def test_few_names_are_borne_by_many_and_most_by_few() -> None:
    family = parts().pools["russian", "family"].cumulative
    shares = np.diff(family, prepend=0) / family[-1]
    assert 0.003 < shares[0] < 0.03
    assert shares[:100].sum() < 0.35
    assert len(shares) > 5_000
    korean = parts().pools["korean", "family"].cumulative
    assert korean[0] / korean[-1] > 0.1


def test_no_spelling_is_empty_and_latin_letters_spell_it() -> None:
    for series in parts().spelled:
        assert series.str.len_chars().min() > 0
        assert not series.str.contains(
            r"[\p{Cyrillic}\p{Greek}\p{Arabic}\p{Han}\p{Hebrew}\p{Armenian}\p{Georgian}_]"
        ).any()


def test_a_woman_bears_the_same_family_name_in_its_feminine_form() -> None:
    natives = parts().native.to_list()
    family = parts().pools["russian", "family"]
    pairs = [natives[2 * (family.first + rank) :][:2] for rank in range(50, 200)]
    assert {(man[-2:], woman[-3:]) for man, woman in pairs if man.endswith(("ов", "ин"))} == {
        ("ов", "ова"),
        ("ин", "ина"),
    }
