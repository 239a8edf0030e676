import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.normalise.names import names_of, read_forms


def read(form: str) -> dict[str, object]:
    return read_forms(pl.Series([form])).row(0, named=True)


@pytest.mark.parametrize(
    ("form", "script", "tokens", "particles"),
    [
        ("Ludwig van der Aa", "Latn", ["ludwig", "aa"], ["der", "van"]),
        ("ABD AL-RAHMAN bin  Zayd", "Latn", ["abd", "rahman", "zayd"], ["al", "bin"]),
        ("Abu Zayd", "Latn", ["abu", "zayd"], []),
        ("O’Tool, Séan", "Latn", ["otool", "sean"], []),
        ("Đỗ Văn", "Latn", ["do", "van"], []),
        ("زيد القاضي", "Arab", ["zyd", "qdy"], ["al"]),
        ("Юрий", "Cyrl", ["yuriy"], []),
        ("山田はなこ", "Jpan", None, []),
        ("홍길동", "Hang", ["hong", "gildong"], []),
        ("诸葛小明", "Hani", ["zhuge", "xiaoming"], []),
        ("Dr. Haji", "Latn", ["dr", "haji"], []),
        ("Mullah Zayd", "Latn", ["zayd"], ["mullah"]),
        ("FNU Zayd", "Latn", ["zayd"], []),
        ("J.R. Hartley", "Latn", ["j", "r", "hartley"], []),
    ],
)
def test_form_is_read_into_script_tokens_and_particles(
    form: str, script: str, tokens: list[str] | None, particles: list[str]
) -> None:
    row = read(form)
    assert row["script"] == script
    assert row["particles"] == particles
    if tokens is not None:
        assert row["tokens"] == tokens


@pytest.mark.parametrize("form", ["", "-", "n/a", "NA", "Unknown", "fnu lnu", "FNU", "???", "1234", "Name not given"])
def test_placeholder_names_give_no_row(form: str) -> None:
    assert read_forms(pl.Series([form])).is_empty()


def test_na_within_a_longer_name_is_a_name() -> None:
    assert read("Na Li")["tokens"] == ["na", "li"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Müller", "Mu\u0308ller"), ("Zayd", "Za\u200byd"), ("ZAYD", "zayd"), ("Ｚａｙｄ", "Zayd"), ("مُحَمَّد", "محمـد")],
)
def test_case_marks_and_invisible_characters_change_nothing(one: str, other: str) -> None:
    assert read(one)["tokens"] == read(other)["tokens"]


def test_skeletons_stand_in_the_order_of_tokens() -> None:
    assert read("Zayd Muhammad")["skeletons"] == ["SD", "MMD"]
    assert read("Io Zayd")["skeletons"] == ["A", "SD"]


def test_strongest_kind_stands_for_forms_that_fold_alike(records) -> None:
    frame = records(
        {
            "names": [
                {"full": "Zayd Omar", "kind": "weak_alias"},
                {"full": "ZAYD  OMÁR", "kind": "primary"},
                {"full": "Зайд Омар", "kind": "original_script"},
                {"full": "unknown", "kind": "alias"},
            ]
        }
    )
    assert names_of(frame).select("name_no", "kind", "script").rows() == [
        (1, "primary", "Latn"),
        (2, "original_script", "Cyrl"),
    ]


def test_parts_stand_in_where_the_full_form_is_missing(records) -> None:
    frame = records({"names": [{"full": "", "given": "Zayd", "family": "Omar", "kind": "primary"}]})
    assert names_of(frame)["tokens"].to_list() == [["zayd", "omar"]]


@given(st.lists(st.text(max_size=40), max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_tokens_that_read_as_themselves(forms: list[str]) -> None:
    rows = read_forms(pl.Series(forms, dtype=pl.String))
    again = read_forms(rows["tokens"].list.join(" "))
    assert rows["tokens"].list.len().min() != 0
    folded = {" ".join(tokens): tokens for tokens in rows["tokens"].to_list()}
    for form, tokens in zip(again["form"].to_list(), again["tokens"].to_list(), strict=True):
        assert set(tokens) <= set(folded[form])


@given(st.lists(st.text(alphabet="abé الحمزد山田はАя김정-' ", max_size=20), max_size=8), st.randoms())
@settings(max_examples=50, deadline=None)
def test_a_form_is_read_alike_whatever_stands_beside_it(forms: list[str], random) -> None:
    shuffled = random.sample(forms, len(forms))
    by_form = pl.col("form")
    first = read_forms(pl.Series(forms, dtype=pl.String)).sort(by_form)
    assert first.equals(read_forms(pl.Series(shuffled, dtype=pl.String)).sort(by_form))
