"""Offices are free text: sealed in the vault, told to who may read them; references are codes."""

from typing import Any

import pytest

from services.common.contracts.codec import plain
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.forms import CODE
from services.common.contracts.streams import call_id, derived, whistle_stream
from services.common.vault.names import whistle_key
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.unit.escalation.http.world import ARRIVAL, DEPARTMENTS, World, whistle

MARKET = DEPARTMENTS[2]
BY_MARKET: dict[str, Any] = {"by": MARKET, "role": "department_officer"}
OFFICE = whistle("")["contact_office"]


@pytest.fixture
def called(world: World) -> str:
    """An approved whistle, to which the market office has said all that it can."""
    found = world.blows(world.held_by_town())
    world.approves(found)
    call = f"/v1/calls/{call_id(found, MARKET)}"
    for path, body in (
        ("receipt", {"external_ref": "SC-7"}),
        ("acceptance", {"office": "市场监管一所"}),
        ("report-ins", {**ARRIVAL, "office": "市场监管二所"}),
    ):
        assert world.post(f"{call}/{path}", body, **BY_MARKET).status_code == 200
    return found


def stored(world: World) -> str:
    """Return everything that lies in escalation's log, and in its lists."""
    log = world.logs["escalation"]
    bodies = [each.body for stamp in log.stamps(0, 10_000) for each in log.read(stamp.stream)]
    lists = (world.desk.documents.find(name, {}) for name in ("whistles", "calls"))
    return "".join(bodies) + "".join(str(each.body) for found in lists for each in found)


def test_no_office_lies_in_the_log_or_in_a_list(world: World, called: str) -> None:
    found = stored(world)
    assert called in found
    assert "SC-7" in found
    assert OFFICE not in found
    assert "市场监管" not in found


def test_the_vault_has_the_words_under_the_whistles_key(world: World, called: str) -> None:
    events = [f.event for c in world.commits(f"call-{call_id(called, MARKET)}") for f in c.facts]
    refs = [each.office_ref for each in events if getattr(each, "office_ref", None)]
    assert [world.desk.vault.open(ref) for ref in refs] == ["市场监管一所", "市场监管二所"]
    world.desk.vault.keys.destroy(whistle_key(called))
    body = world.get(f"/v1/whistles/{called}").get_json()
    assert body["contact_office"] is None


def test_who_may_read_a_whistle_or_a_call_is_shown_where_to_report(
    world: World, called: str
) -> None:
    shown = world.get(f"/v1/whistles/{called}").get_json()
    assert [shown["contact_office"], *(each["contact_office"] for each in shown["calls"])] == [
        OFFICE
    ] * 5
    one = world.get(f"/v1/calls/{call_id(called, MARKET)}", **BY_MARKET).get_json()
    (whistled,) = world.get(f"/v1/whistles?town={TOWN}").get_json()["items"]
    (listed,) = world.get(f"/v1/calls?unit={MARKET}", **BY_MARKET).get_json()["items"]
    assert [each["contact_office"] for each in (one, whistled, listed)] == [OFFICE] * 3


@pytest.mark.parametrize(
    "text", ["通市监〔2026〕12号", "A 7", "A\x00\x1b[31m", "x" * 65, "", "A\n"]
)
def test_a_reference_that_is_no_code_is_refused_with_what_is_allowed(
    world: World, called: str, text: str
) -> None:
    call = call_id(called, MARKET)
    path = f"/v1/calls/{call}/receipt"
    answered = world.post(path, {"external_ref": text}, **BY_MARKET)
    (error,) = answered.get_json()["errors"]
    assert (answered.status_code, error["pointer"]) == (422, "#/external_ref")
    assert CODE.allowed in error["detail"]
    assert CODE.allowed_zh in error["detail_zh"]
    outcome = world.replies(MARKET, "received", {"call": call, "external_ref": text})
    assert outcome["reason"] == "values-refused"
    assert outcome["errors"] == [error]


@pytest.fixture
def blown_before(world: World) -> str:
    """A whistle that was blown when the office still stood in the event, in the clear."""
    order, whistle_id = world.held_by_town(), derived("an old whistle")
    world.desk.vault.keys.create_if_absent(whistle_key(whistle_id))
    summary_ref = world.desk.vault.seal(whistle_key(whistle_id), "k", "summary", "夜市")
    data = {
        "work_orders": [{"work_order_id": order, "request_id": "r-1"}],
        "town": TOWN,
        "kind": "request",
        "place_code": VILLAGE,
        "category": "city.trade.night-market",
        "contact_office": "老办公室",
        "lead": VILLAGE,
        "support": list(DEPARTMENTS),
        "summary_ref": summary_ref,
        "call_now": [],
    }
    world.hears(whistle_stream(whistle_id), UnknownEvent("WhistleBlown", 1, data))
    return whistle_id


def test_a_whistle_blown_before_offices_were_sealed_goes_on_and_still_says_where(
    world: World, blown_before: str
) -> None:
    world.approves(blown_before)
    (message,) = world.departments[MARKET].calls()
    (listed,) = world.get(f"/v1/calls?unit={MARKET}", **BY_MARKET).get_json()["items"]
    shown = world.get(f"/v1/whistles/{blown_before}").get_json()
    told = (message["data"], listed, shown)
    assert [each["contact_office"] for each in told] == ["老办公室"] * 3
    later = [each.body for each in world.commits(whistle_stream(blown_before))[1:]]
    later += [each.body for each in world.commits(f"call-{call_id(blown_before, MARKET)}")]
    assert "老办公室" not in "".join(later), "it stands where it stood, and is written no more"


def test_a_call_of_before_is_read_with_its_office_kept_aside(world: World, called: str) -> None:
    """What an earlier release wrote in its own words is not lost, and not taken for a reference."""
    common = {"whistle_id": called, "unit": MARKET}
    arrived = {
        **common, "mode": "on_site", "first": False, "lead": False, "persons": 2,
        "office": "老所", "at": plain(DAY_ONE),
    }  # fmt: skip
    accepted = {**common, "by_office": "老一所"}
    stream = f"call-{call_id(called, MARKET)}"
    world.hears(stream, UnknownEvent("CallAccepted", 1, accepted))
    world.hears(stream, UnknownEvent("DepartmentReportedIn", 1, arrived))
    last, first = [c.facts[0].event for c in reversed(world.commits(stream))][:2]
    assert (first.office_in_clear, first.office_ref) == ("老一所", None)
    assert (last.office_in_clear, last.office_ref) == ("老所", None)
