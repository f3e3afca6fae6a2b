"""What is said no to at the edge: who, what, where; always with a stable type."""

from typing import Any

import pytest

from services.common.contracts.events.dispatch import RegistryAdopted, WorkOrderResolved
from services.common.contracts.streams import call_id, registry_stream, work_order_stream
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_escalation import adoptions
from tests.unit.escalation.http.world import ARRIVAL, DEPARTMENTS, OTHER_TOWN, World, whistle

MARKET = DEPARTMENTS[2]


def refused(world: World, changed: dict[str, Any], **how: Any) -> tuple[int, str]:
    """Return status and slug of a whistle that may not sound."""
    body = {**whistle(world.held_by_town()), **changed}
    answered = world.post("/v1/whistles", body, **how)
    return answered.status_code, answered.get_json()["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"work_orders": ["nothing"]}, (404, "not-found")),
        ({"work_orders": []}, (422, "values-refused")),
        ({"kind": "loud"}, (422, "values-refused")),
        ({"meeting_at": "2026-06-01T09:00:00"}, (422, "values-refused")),
        ({"meeting_at": "0001-01-01T00:00:00+14:00"}, (422, "values-refused")),
        ({"meeting_at": "2026-06-01T01:00:00Z"}, (422, "meeting-in-the-past")),
        ({"lead": "dept-nowhere"}, (422, "unknown-unit")),
        ({"place_code": "999"}, (422, "unknown-place")),
        ({"place_code": "110112119237"}, (422, "place-outside-town")),
        ({"support": [MARKET]}, (422, "change-needs-reason")),
        ({"support": [MARKET, MARKET]}, (422, "called-twice")),
        ({"lead": TOWN, "support": []}, (422, "nobody-called")),
        ({"summary": "   "}, (422, "values-refused")),
        ({"surprise": 1}, (422, "values-refused")),
    ],
)
def test_a_whistle_that_may_not_sound_says_why(
    world: World, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refused(world, changed) == expected


def test_a_town_whistles_for_its_own_orders_alone(world: World) -> None:
    place = {"place_code": "110112119237"}
    assert refused(world, place, by=OTHER_TOWN) == (403, "held-by-another-unit")
    assert refused(world, {}, by=VILLAGE, role="village_officer") == (403, "role-not-allowed")


def test_a_resolved_order_is_not_whistled(world: World) -> None:
    order = world.held_by_town()
    resolved = WorkOrderResolved("r-1", TOWN, 1, "town", "dispatch/result")
    world.hears(work_order_stream(order), resolved)
    problem = world.post("/v1/whistles", whistle(order)).get_json()
    assert (problem["type"], problem["allowed"]) == ("/problems/order-not-open", ["open"])


def test_a_changed_proposal_with_a_reason_sounds_and_the_reason_is_sealed(world: World) -> None:
    found = world.blows(world.held_by_town(), support=[MARKET], change_reason="其余部门已到场")
    (commit,) = world.commits(f"whistle-{found}")
    ref = commit.facts[0].event.change_reason_ref
    assert world.desk.vault.open(ref) == "其余部门已到场"
    assert "其余部门" not in commit.body


def test_another_lead_of_the_proposal_does_not_support_itself(world: World) -> None:
    found = world.blows(world.held_by_town(), lead=MARKET, change_reason="以经营问题为主")
    body = world.get(f"/v1/whistles/{found}").get_json()
    assert (body["lead"], body["support"]) == (MARKET, list(DEPARTMENTS[:2]))


def test_a_whistle_repeated_under_its_key_is_the_same_whistle(world: World) -> None:
    body = whistle(world.held_by_town())
    first, again = (world.post("/v1/whistles", body, key="k") for _ in range(2))
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert first.headers["Location"] == f"/v1/whistles/{first.get_json()['id']}"
    other = world.post("/v1/whistles", {**body, "summary": "另一件事"}, key="k")
    assert other.get_json()["type"] == "/problems/idempotency-key-reused"


def test_a_repeated_whistle_is_answered_though_a_called_unit_is_gone_meanwhile(
    world: World,
) -> None:
    reason = {"lead": MARKET, "change_reason": "以经营问题为主"}
    body = {**whistle(world.held_by_town()), **reason}
    first = world.post("/v1/whistles", body, key="k")
    (units,) = (each for each in adoptions() if each.kind == "units")
    left = tuple(each for each in units.entries if each["code"] != MARKET)
    now = world.desk.clock.now()
    world.hears(registry_stream("units"), RegistryAdopted("units", now, "2", left))
    again = world.post("/v1/whistles", body, key="k")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    anew = world.post("/v1/whistles", body)
    assert (anew.status_code, anew.get_json()["type"]) == (422, "/problems/unknown-unit")


def test_the_same_key_of_another_officer_is_another_whistle(world: World) -> None:
    body = whistle(world.held_by_town())
    one = world.post("/v1/whistles", body, key="k").get_json()["id"]
    other = world.post("/v1/whistles", body, key="k", role="section_officer").get_json()["id"]
    assert one != other


def test_only_the_leader_approves(world: World) -> None:
    found = world.blows(world.held_by_town())
    path = f"/v1/whistles/{found}/approval"
    assert world.post(path).get_json()["type"] == "/problems/role-not-allowed"
    elsewhere = world.post(path, by=OTHER_TOWN, role="town_leader").get_json()
    assert elsewhere["type"] == "/problems/not-the-whistling-town"


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("release", {}),
        ("conclusion", {"outcome": "solved"}),
        ("withdrawal", {"reason": "r"}),
        ("rejection", {"reason": "r"}),
        ("approval", None),
    ],
)
def test_there_is_no_such_whistle(world: World, step: str, body: Any) -> None:
    role = "town_leader" if step in ("approval", "rejection") else "town_officer"
    assert world.post(f"/v1/whistles/nothing/{step}", body, role=role).status_code == 404


def test_a_duty_for_an_unknown_or_foreign_unit_is_refused(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    for unit, slug in (("nobody", "unknown-unit"), ("110112119237", "duty-outside-town")):
        duty = {
            "unit": unit,
            "what": "巡查",
            "every_seconds": 3600,
            "until_at": "2026-07-01T00:00:00Z",
        }
        answered = world.post(
            f"/v1/whistles/{found}/conclusion", {"outcome": "unsolved", "duties": [duty]}
        )
        assert answered.get_json()["type"] == f"/problems/{slug}"


def test_another_unit_does_not_answer_a_call_and_does_not_read_it(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    path = f"/v1/calls/{call_id(found, MARKET)}"
    answered = world.post(
        f"{path}/report-ins", ARRIVAL, by="dept-enforcement", role="department_officer"
    )
    assert answered.get_json()["type"] == "/problems/not-the-called-unit"
    assert world.get(path, by="dept-court", role="department_officer").status_code == 403
    assert world.get(path, by=MARKET, role="department_officer").status_code == 200
    assert world.get("/v1/calls/nothing").status_code == 404
    assert world.post("/v1/calls/nothing/insistence").status_code == 404


def test_a_list_comes_in_pages(world: World) -> None:
    order = world.held_by_town()
    found = {world.blows(order) for _ in range(3)}
    first = world.get(f"/v1/whistles?town={TOWN}&limit=2").get_json()
    rest = world.get(f"/v1/whistles?town={TOWN}&limit=2&cursor={first['next_cursor']}").get_json()
    assert {each["id"] for each in (*first["items"], *rest["items"])} == found
    assert "next_cursor" not in rest
    assert not {"state", "seen", "sort", "units"} & set(first["items"][0])
