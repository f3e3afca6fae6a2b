"""However replicas that give positions and publish are interleaved, disturbed and killed: each
commit gets one position, in the order of its stream, and nothing counts as published that wasn't.
"""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.memory_database import MemoryDatabase
from tests.support.sequencing import told


@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])  # a smaller seed tells no less
@given(st.integers(0, 2**32))
def test_whatever_happens_a_log_stays_whole_and_nothing_is_lost(seed: int) -> None:
    told(MemoryDatabase(), seed)


def test_the_stories_go_every_way() -> None:
    """Else what is promised above would be promised of nothing."""
    stories = [told(MemoryDatabase(), seed) for seed in range(40)]
    assert sum(each.placed for each in stories) > 50
    assert sum(each.found for each in stories) > 500
    assert sum(each.refused for each in stories) > 50
