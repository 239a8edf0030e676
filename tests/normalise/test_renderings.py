import numpy as np

from matching.normalise.make_renderings import every_reading
from matching.normalise.renderings import renderings
from matching.normalise.words import DATA


def test_the_shipped_file_is_what_its_maker_makes_of_the_shipped_transducers() -> None:
    made = every_reading()
    with np.load(DATA / "renderings.npz", allow_pickle=False) as file:
        assert file.files == list(made)
        for name, array in made.items():
            assert file[name].dtype == array.dtype, name
            # exp() differs in its last bit from processor to processor
            assert np.allclose(file[name], array, rtol=1e-12 if name.endswith(".chances") else 0.0, atol=0.0), name


def test_what_is_loaded_says_of_each_chunk_how_it_is_rendered_and_how_likely() -> None:
    table = renderings("Grek", syllabic=True)
    assert len(table.first) == len(table.chunks) + 1
    assert len(table.starts) == table.first[-1] + 1 == len(table.probabilities) + 1
    assert table.starts[-1] == len(table.letters)
    chunk = int(np.searchsorted(table.chunks, table.numbers["π"]))
    likeliest = table.first[chunk]
    assert table.letters[table.starts[likeliest] : table.starts[likeliest + 1]].tobytes() == b"b"  # p and b are one
    assert table.probabilities[likeliest] == table.probabilities[likeliest : table.first[chunk + 1]].max()
