"""Published runs beside each other: a value for each, in the order in which they were begun."""

import pytest
from invented_lists import OwnLists

from matching.monitor import holds
from matching.operations.over_time import over_time

pytestmark = pytest.mark.usefixtures("quick_gates")


def test_every_published_run_has_a_value_in_each_series_and_no_other_has(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", range(60), day=2)
    second = own_lists.pipeline().run()
    own_lists.pipeline().start().do("records")  # unfinished
    found = over_time(own_lists.workspace)
    assert [run_id for run_id, _ in found.runs][-1:] == [second.run_id]
    assert len(found.runs) == 2
    series = {(plot.name, one.subject): one.values for plot in found.plots for one in plot.series}
    assert series["persons", "fr_wanted"] == (40, 60)
    assert series["drift", "persons"] == (None, 0.5)
    assert series["gates_failed", "critical"] == (0, 0)
    assert {plot.name for plot in found.plots} == {"persons", "match_rate", "gates_failed", "drift"}
    holds.put(second.folder, ["somebody must look"])
    assert [run_id for run_id, _ in over_time(own_lists.workspace).runs] == [found.runs[0][0]], "held: not published"
