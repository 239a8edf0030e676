from matching.records.identity import Entry, identify


def identified(*ids: tuple[str, ...]) -> list[tuple[str, str | None]]:
    entries = [Entry(position, found) for position, found in enumerate(ids, 1)]
    identify("zz", entries)
    return [(entry.record_id, entry.error.rule if entry.error else None) for entry in entries]


def test_an_entry_goes_by_its_best_id():
    assert identified(("1", "a"), ("2", "b")) == [("zz:1", None), ("zz:2", None)]


def test_entries_that_share_an_id_go_by_the_next_whatever_their_order():
    assert identified(("1", "a"), ("1", "b")) == [("zz:a", None), ("zz:b", None)]
    assert identified(("1", "b"), ("1", "a")) == [("zz:b", None), ("zz:a", None)]


def test_of_entries_that_share_every_id_the_first_stands():
    assert identified(("1",), ("1",)) == [("zz:1", None), ("zz:1", "publisher_id_unique")]


def test_an_entry_without_an_id_is_named_by_its_position():
    assert identified(("1",), ()) == [("zz:1", None), ("zz:entry 2", "publisher_id_present")]
