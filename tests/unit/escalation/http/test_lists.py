"""Lists are the fold of their streams: fed once, fed again, fed from nothing."""

from typing import Any

import pytest

from services.common.contracts.streams import call_id, category_of, duty_id, id_of
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.loading import load
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Projector
from services.escalation.calls.projections import CALLS
from services.escalation.calls.rules import CALL
from services.escalation.duties.projections import DUTIES
from services.escalation.duties.rules import DUTY
from services.escalation.raises.projections import RAISES
from services.escalation.raises.rules import RAISE
from services.escalation.whistles.projections import WHISTLES
from services.escalation.whistles.rules import WHISTLE
from tests.support.examples import TOWN, VILLAGE, at
from tests.support.following import tell
from tests.unit.escalation.http.world import DEPARTMENTS, World

MARKET = DEPARTMENTS[2]
LISTS = (RAISES, WHISTLES, CALLS, DUTIES)
AGGREGATES = {each.category: each for each in (RAISE, WHISTLE, CALL, DUTY)}
MODELS = {"raises": "raise", "whistles": "whistle", "calls": "call", "duties": "duty"}


@pytest.fixture
def told(world: World) -> World:
    """A world in which a whistle has run from end to end."""
    world.raised("r-9")
    found = world.blows(world.held_by_town(), kind="emergency")
    market: dict[str, Any] = {"by": MARKET, "role": "department_officer"}
    call = f"/v1/calls/{call_id(found, MARKET)}"
    world.post(f"{call}/acceptance", {"office": "二科"}, **market)
    for unit in (VILLAGE, *DEPARTMENTS):
        world.arrives(found, unit)
    assert world.post(f"{call}/progress-notes", {"note": "约谈"}, **market).status_code == 200
    assert world.post(f"{call}/completion", {"note": "完成"}, **market).status_code == 200
    duty = {"unit": VILLAGE, "what": "巡查", "every_seconds": 86_400, "until_at": at(24 * 3)}
    world.post(f"/v1/whistles/{found}/conclusion", {"outcome": "solved", "duties": [duty]})
    check_in = f"/v1/duties/{duty_id(found, 1)}/check-ins"
    world.post(check_in, {}, by=VILLAGE, role="village_officer")
    return world


def streams(world: World) -> list[str]:
    """Return every stream of escalation that a list shows."""
    found = {stamp.stream for stamp in world.logs["escalation"].stamps(0, 10_000)}
    return sorted(each for each in found if category_of(each) in AGGREGATES)


def test_every_document_holds_the_state_that_its_stream_folds_to(told: World) -> None:
    names = {category: name for name, category in MODELS.items()}
    for stream in streams(told):
        aggregate: Aggregate[Any] = AGGREGATES[category_of(stream)]
        loaded = load(told.desk.log, aggregate, stream)
        body = told.desk.documents.get(names[category_of(stream)], id_of(stream)).body
        assert body["status"] == loaded.state.status
        assert body["version"] == loaded.tip.version


def test_fed_twice_and_anew_they_are_the_same(told: World) -> None:
    anew = MemoryDocuments()
    for model in LISTS:
        for where in (anew, told.desk.documents):
            projector = Projector(model.name, model, where)
            for stream in streams(told):
                tell(projector, *told.desk.log.read(stream))
        assert [each.body for each in anew.find(model.name, {})] == [
            each.body for each in told.desk.documents.find(model.name, {})
        ]


def test_a_unit_sees_what_is_open_and_what_is_over(told: World) -> None:
    market: dict[str, Any] = {"by": MARKET, "role": "department_officer"}
    path = f"/v1/calls?unit={MARKET}"
    assert told.get(f"{path}&open=true", **market).get_json()["items"] == []
    (over,) = told.get(f"{path}&open=false", **market).get_json()["items"]
    assert (over["status"], over["read"], over["to_rate"]) == ("ended", False, True)
    assert told.get(f"/v1/raises?unit={TOWN}").get_json()["items"][0]["status"] == "received"
