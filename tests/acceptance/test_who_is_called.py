"""Units that are called: the two kinds of department act alike, and a fallen actor goes on."""

import runpy
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import pytest

from services.demo import cast
from services.demo.api import Api, Json
from services.demo.cast import Person
from services.demo.processes import SAMPLE
from services.demo.villages import Village
from services.testing.memory_bus import MemoryBus
from tests.support.departments import Department
from tests.support.walking import Walk

CODE = "dept-market"
AT = "2026-06-02T08:10:00.000000Z"
CALL: Json = {"call": "9b1d4c1e-0000-5000-8000-000000000000", "sent_at": AT}
MEETING: Json = {**CALL, "meeting_at": AT}


@pytest.mark.parametrize("silent_until_step", [None, 2])
@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("called", CALL),
        ("called", MEETING),
        ("reminded", MEETING),
        ("overdue", {**MEETING, "step": 1}),
        ("overdue", {**MEETING, "step": 2}),
        ("insisted", MEETING),
        ("released", MEETING),
        ("concluded", MEETING),
        ("rated", {**MEETING, "speed": 4}),
    ],
)
def test_departments_in_one_process_say_what_the_sample_subscriber_says(
    kind: str, call: Json, silent_until_step: int | None
) -> None:
    department = Department(MemoryBus(), CODE, silent_until_step=silent_until_step)
    options = Namespace(code=CODE, refuse=None, silent_until_step=silent_until_step)
    sample: Any = runpy.run_path(str(SAMPLE))["replies_to"]
    said = list(department._replies({"type": kind, "time": AT, "data": call}))
    assert said == sample(kind, call, AT, options)


class Falling:
    """A way in that breaks before a step is posted."""

    def __init__(self, api: Api, before: str) -> None:
        self._api = api
        self._before = before

    def get(self, service: str, path: str, who: Person | None = None) -> Json:
        return self._api.get(service, path, who)

    def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str,
        who: Person | None = None,
        receipt: str | None = None,
    ) -> Json:
        if path.endswith(self._before):
            raise ConnectionError("the actor falls here")
        return self._api.post(service, path, body, key=key, who=who, receipt=receipt)


@pytest.mark.parametrize("before", ["/acceptance", "/progress-notes", "/completion"])
def test_a_called_village_that_falls_on_the_way_goes_on_and_says_nothing_twice(
    before: str,
) -> None:
    walk = Walk()
    steady = walk.village
    walk.village = Village(Falling(walk.world.api(), before), cast.village_officer(cast.ZHANGWAN))
    with pytest.raises(ConnectionError):
        walk.until("DepartmentDone")
    walk.village = steady
    walk.until("DepartmentDone")

    arrivals: list[Any] = [fact.event for fact in walk.events("DepartmentReportedIn")]
    assert [(each.mode, each.first) for each in arrivals] == [("meeting", True), ("on_site", False)]
    assert len(walk.events("DepartmentProgressed")) == 1
