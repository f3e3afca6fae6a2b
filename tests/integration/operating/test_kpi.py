"""`kpi recount` on a story in real logs: it counts what the same story in memory counts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from services.audit.ledger import Ledger
from services.audit.month import month_seen
from services.audit.recount import recount
from services.cli import app as entry
from services.common.clock import BEIJING, SteppedClock
from services.common.eventlog.charts import LiveChart
from services.common.running.stores import Stores
from services.terminal.unprepared import Unprepared
from tests.support.stored_story import StoredStory
from tests.support.world import World

pytestmark = pytest.mark.servers

TOWN = "110112105"


@pytest.fixture
def at_the_end(
    story: StoredStory, named: Stores, played: World, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Run the command in an installation that holds the whole story, just after its end."""
    list(story.write())
    now = played.clock.now() + timedelta(minutes=1)
    clock = SteppedClock(lambda: now)
    monkeypatch.setattr("services.cli.commands.kpi.clock_of", lambda *_: clock)

    def run(*words: str) -> str:
        assert named.prefix in story.stores.prefix
        done = CliRunner().invoke(entry.app, ["kpi", "recount", *words], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    return run


def rows(output: str) -> dict[str, tuple[str, ...]]:
    """Return numerator, denominator and excluded of each figure in a table."""
    cells = (re.split(r" *│ *", line.strip("│ ")) for line in output.splitlines() if "│" in line)
    return {name: tuple(rest) for name, _value, *rest in cells}


def test_it_counts_the_story_as_memory_does(at_the_end: Callable[..., str], played: World) -> None:
    now = played.clock.now()
    month = now.astimezone(BEIJING).strftime("%Y-%m")
    chart = LiveChart(played.logs["dispatch"]).at(now)
    seen = month_seen(month, now + timedelta(minutes=1))
    wanted = recount(Ledger(played.logs.values()), chart, TOWN, seen)

    found = rows(at_the_end(TOWN))

    assert any(each.numerator for each in wanted.values())
    assert found == {
        name.replace("_", " "): (
            str(each.numerator),
            "" if each.denominator is None else str(each.denominator),
            str(each.excluded),
        )
        for name, each in wanted.items()
    }
    assert f"Zhangjiawan Town {month}" in at_the_end("张家湾镇", month)
    heads = ", ".join(f"{name} {log.head()}" for name, log in played.logs.items())
    assert f"Counted up to positions: {heads}" in at_the_end(TOWN, month)


def test_a_star_and_what_it_means_stand_together_or_not_at_all(
    at_the_end: Callable[..., str],
) -> None:
    starred = set()
    for month in ("2026-05", "2026-06", "2026-07"):
        output = at_the_end(TOWN, month)
        table = [line for line in output.splitlines() if "│" in line]
        starred.add("*" in "".join(table))
        assert ("*" in "".join(table)) == ("* from fewer answers than the policy" in output)
    assert starred == {True, False}


def test_a_unit_or_a_month_that_is_none_is_told(at_the_end: Callable[..., str]) -> None:
    with pytest.raises(Unprepared, match=r"There is no unit 'Zhangwan'. Units:\n.*110112105209"):
        at_the_end("Zhangwan")
    with pytest.raises(Unprepared, match="2026-13"):
        at_the_end(TOWN, "2026-13")
