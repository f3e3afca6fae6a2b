"""Through all four doors: who may read what of one request, and who may judge it."""

import json

import pytest

from services.common.contracts.envelope import messages_of
from services.common.contracts.streams import work_order_id
from services.demo import cast
from services.demo.api import Api, Json, Problem
from tests.support.world import World, streams_of

SAID = "张湾村口自发夜市，油烟大"
NAME, PHONE = "张小红", "13800001234"


@pytest.fixture(scope="module")
def world() -> World:
    found = World()
    found.settle()
    return found


@pytest.fixture(scope="module")
def receipt(world: World) -> Json:
    body = {
        "channel": "web",
        "kind": "complaint",
        "category": "city.trade.night-market",
        "place_code": cast.ZHANGWAN,
        "said": SAID,
        "reporter": {"name": NAME, "phone": PHONE},
    }
    found = world.api().post("intake", "/v1/requests", body, key="a-key-of-the-resident")
    world.settle()
    return found


@pytest.fixture(scope="module")
def confidential(world: World) -> Json:
    body = {
        "channel": "hotline",
        "kind": "complaint",
        "category": "city.trade.night-market",
        "place_code": cast.ZHANGWAN,
        "said": f"{SAID}，我是{NAME}",
        "confidential": True,
        "reporter": {"name": NAME, "phone": PHONE},
    }
    found = world.api().post("intake", "/v1/requests", body, key="another-key", who=cast.OPERATOR)
    world.settle()
    return found


@pytest.fixture
def api(world: World) -> Api:
    return world.api()


def _order(receipt: Json) -> str:
    return f"/v1/work-orders/{work_order_id(receipt['id'])}"


def test_the_holder_reads_what_the_reporter_said_and_not_who_it_was(
    api: Api, receipt: Json
) -> None:
    order = api.get("dispatch", _order(receipt), cast.village_officer(cast.ZHANGWAN))
    assert order["said"] == SAID
    assert NAME not in json.dumps(order, ensure_ascii=False)
    assert PHONE not in json.dumps(order)


def test_the_town_above_reads_it_another_village_does_not(api: Api, receipt: Json) -> None:
    assert api.get("dispatch", _order(receipt), cast.town_officer(cast.ZHANGJIAWAN))["said"] == SAID
    with pytest.raises(Problem) as refused:
        api.get("dispatch", _order(receipt), cast.village_officer(cast.DONGBAO))
    assert refused.value.status == 403


@pytest.mark.parametrize(
    "who",
    [
        cast.village_officer(cast.ZHANGWAN),
        cast.town_officer(cast.ZHANGJIAWAN),
        cast.town_leader(cast.ZHANGJIAWAN),
        cast.Person("cc-1", "command_centre", "cc-110112"),
        cast.AUDITOR,
        cast.Person("admin-1", "admin"),
    ],
    ids=lambda person: person.role,
)
def test_words_of_a_confidential_reporter_stay_at_the_intake_desk(
    api: Api, confidential: Json, who: cast.Person
) -> None:
    order = api.get("dispatch", _order(confidential), who)
    assert (order["said"], order["said_withheld"]) == (None, True)
    assert NAME not in json.dumps(order, ensure_ascii=False)


def test_the_lookup_code_shows_status_and_nothing_personal(api: Api, receipt: Json) -> None:
    status = api.get("intake", f"/v1/receipts/{receipt['code']}")
    assert status["status"] == "dispatched"
    told = json.dumps(status, ensure_ascii=False)
    assert not any(word in told for word in (SAID, NAME, PHONE))


@pytest.mark.parametrize(
    "who",
    [
        cast.village_officer(cast.ZHANGWAN),
        cast.town_officer(cast.ZHANGJIAWAN),
        cast.town_leader(cast.ZHANGJIAWAN),
        cast.STEWARD,
    ],
    ids=lambda person: person.role,
)
def test_a_handler_cannot_write_a_follow_up(api: Api, receipt: Json, who: cast.Person) -> None:
    answer = {"reached": "yes", "solved": "yes", "satisfied": "satisfied"}
    path = f"/v1/requests/{receipt['id']}/follow-up"
    with pytest.raises(Problem) as refused:
        api.post("intake", path, answer, key="a-key-of-a-handler", who=who)
    assert refused.value.status == 403


def test_nothing_personal_and_no_free_text_is_in_any_log(world: World, receipt: Json) -> None:
    bodies = [
        commit.body
        for stream in streams_of(world)
        for log in world.logs.values()
        for commit in log.read(stream)
    ]
    assert any(receipt["id"] in body for body in bodies)
    assert not any(word in body for body in bodies for word in (SAID, NAME, PHONE))


def test_nothing_personal_goes_over_the_bus(world: World) -> None:
    letters = [
        message.body
        for name, log in world.logs.items()
        for stream in streams_of(world)
        for commit in log.read(stream)
        for message in messages_of(commit, name)
    ]
    assert letters
    assert not any(word in body for body in letters for word in (SAID, NAME, PHONE))
