import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.normalise.compare import compare_names

LETTERS = "abcdéøşАхмедюьأحمدعبيשלוםκώ山田中はナ김철कखทเא '-.,"


def scores(*pairs: tuple[str, str]) -> list[float]:
    left, right = zip(*pairs, strict=True)
    return compare_names(left, right)["score"].to_list()


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("Zaynab Darwish", "زينب درويش", "زينب حداد"),
        ("Yusup Bekmurzin", "Юсуп Бекмурзин", "Юсуп Бекетов"),
        ("Eleni Karamitsou", "Ελένη Καραμήτσου", "Ελένη Παπαδάκη"),
        ("Noa Shalev", "נועה שלו", "נועה פרידמן"),
        ("Kim Cheol-min", "김철민", "박영수"),
        ("Tanaka Haruko", "たなかはるこ", "たなかみちお"),
        ("Yamamoto Hanako", "山本花子", "中村次郎"),
        ("Wang Xiaohua", "王小华", "李大明"),
        ("Sunita Chaturvedi", "सुनीता चतुर्वेदी", "सुनीता शर्मा"),
        ("Nino Beridze", "ნინო ბერიძე", "ნინო კაპანაძე"),
        ("Abd al-Rahman Mansour", "عبدالرحمن منصور", "عبدالرحمن حداد"),
        ("Mohammed Zaki", "Muhammad Zaky", "Muhammad Omar"),
    ],
)
def test_a_rendering_of_the_name_beats_a_name_that_shares_a_part(one: str, same: str, another: str) -> None:
    right, wrong = scores((one, same), (one, another))
    assert right > 0.3 > wrong


@pytest.mark.parametrize("nothing", ["", "-", "123", "...", "\u200b"])
def test_a_name_without_letters_scores_nothing(nothing: str) -> None:
    assert compare_names([nothing, "Zayd"], ["Zayd", nothing]).rows() == [(0.0, "nothing to compare")] * 2


def test_rarer_names_that_agree_score_higher() -> None:
    common, rare = scores(("John Smith", "John Smith"), ("Zebulon Quarterstaff", "Zebulon Quarterstaff"))
    assert rare > common


def test_a_name_that_is_common_in_its_culture_tells_little() -> None:
    common, rare = scores(("Kim Do Quarter", "Kim"), ("Kwabb Do Quarter", "Kwabb"))
    assert rare > common


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("Abdulbaqi Zuhdi Abubakar", "Abdul Baqi Zuhdi Abu Bakar", "Abdul Qadir Zuhdi Abu Sufyan"),  # on both sides
        ("Nuraddin Karroubi Hamid", "Karroubi Nur Addin", "Karroubi Nur Alhaq"),  # as many words on either side
        ("Christopher Quarterstaff", "Chris Quarterstaff", "Charles Quarterstaff"),  # short for many names
        ("Mohamad Zuhdi", "Mohd Zuhdi", "Mahir Zuhdi"),  # abbreviated
    ],
)
def test_another_way_to_write_the_name_beats_another_name(one: str, same: str, another: str) -> None:
    right, wrong = scores((one, same), (one, another))
    assert right > wrong


def test_a_particle_of_one_language_is_a_syllable_of_another() -> None:
    same, another = scores(("Pak Do Chun", "Pak Do Chun"), ("Pak Do Chun", "Pak Kwang Chun"))
    assert same > another


def test_scores_do_not_saturate() -> None:
    values = scores(
        ("Ann Li", "Ann Li"), ("John Smith", "John Smith"), ("Zebulon Quarterstaff", "Zebulon Quarterstaff")
    )
    assert len(set(values)) == 3
    assert max(values) < 1


def test_explanation_names_the_words_that_agree_and_those_left_over() -> None:
    text = compare_names(["Yusup Bekmurzin Omar"], ["Юсуп Бекмурзин"])["explanation"][0]
    assert "Юсуп ≈ yusup" in text
    assert "Бекмурзин ≈ bekmurzin" in text
    assert "against: omar only on" in text


def test_sequences_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally many"):
        compare_names(["Zayd"], [])


def test_no_pairs_give_an_empty_table() -> None:
    assert compare_names([], []).schema == pl.Schema({"score": pl.Float64, "explanation": pl.String})


@given(st.lists(st.tuples(st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=30)), max_size=6))
@settings(max_examples=25, deadline=None)
def test_scores_are_symmetric_and_do_not_depend_on_what_is_compared_beside(pairs: list[tuple[str, str]]) -> None:
    left, right = [one for one, _ in pairs], [other for _, other in pairs]
    forth = compare_names(left, right)["score"].to_list()
    back = compare_names(right, left)["score"].to_list()
    assert forth == pytest.approx(back, abs=1e-9)
    assert all(0 <= value <= 1 for value in forth)
    alone = [compare_names([one], [other])["score"][0] for one, other in pairs]
    assert forth == pytest.approx(alone, abs=1e-9)


@given(st.text(max_size=1000), st.text(max_size=1000))
@settings(max_examples=40, deadline=None)
def test_any_text_of_any_length_is_compared(one: str, other: str) -> None:
    assert 0 <= compare_names([one], [other])["score"][0] <= 1


@pytest.mark.parametrize(
    ("form", "variant"),
    [
        ("Юсуп Бекмурзин", "ЮСУП БЕКМУРЗИН"),
        ("Hélène Müller", "He\u0301le\u0300ne Mu\u0308ller"),
        ("زينب درويش", "زَيْنَب\u200c دروي\u0640ش"),
    ],
)
def test_case_combining_marks_and_invisible_characters_change_no_score(form: str, variant: str) -> None:
    one, other = scores((form, "Yusup Helene Zaynab"), (variant, "Yusup Helene Zaynab"))
    assert one == other


@pytest.mark.parametrize(
    ("one", "variant", "other"),
    [
        ("João Adlér Silva", "joão adlér silva", "Silva K. Joao"),
        ("Γιώργος Μπεργκ", "\u200e Γιώργος Μπεργκ", "Գեորգ Բերգ"),
        ("Élodie Marchand Roy", "E\u0301lodie Marchand Roy", "Fabre E. Marchand"),
        ("Анна Берг", "Анна Берг \u3164", "Anna Berg"),
        ("葛城花子", "葛\U000e0100城花子", "Katsuragi Hanako"),
    ],
)
def test_which_form_is_read_as_source_does_not_depend_on_coding(one: str, variant: str, other: str) -> None:
    assert len(set(scores((one, other), (other, one), (variant, other), (other, variant)))) == 1


@pytest.mark.parametrize("form", ["unknown unknown", "fnu lnu", "na", "\ud800"])
def test_placeholders_and_broken_characters_say_nothing(form: str) -> None:
    assert scores((form, form), (form, "Anna Berg")) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Ahmad Ahmadi", "Ahmadi Reza", "ahmadi ≈ ahmadi"), ("Хасан Хасани", "Hassani Reza", "Хасани ≈ hassani")],
)
def test_a_word_is_put_beside_the_one_that_is_likest_to_it(one: str, other: str, same: str) -> None:
    assert compare_names([one], [other])["explanation"][0].startswith(same)
