"""The night market's whistle from blowing to the last patrol, and what may happen on the way."""

from typing import Any

from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import call_id, duty_id, whistle_stream
from tests.support.examples import TOWN, VILLAGE, at
from tests.unit.escalation.http.world import (
    ARRIVAL,
    CENTRE,
    DEPARTMENTS,
    OTHER_TOWN,
    World,
    whistle,
)

EMERGENCY, ENFORCEMENT, MARKET = DEPARTMENTS
PATROL = {"unit": VILLAGE, "what": "每晚巡查", "every_seconds": 86_400, "until_at": at(24 * 3)}


def acting(world: World) -> str:
    """Return the id of a whistle whose joint action has begun; the market office is not there."""
    found = world.blows(world.held_by_town())
    world.approves(found)
    for unit in (VILLAGE, EMERGENCY, ENFORCEMENT):
        world.arrives(found, unit)
    return found


def test_lead_and_support_are_the_catalogues_and_nobody_is_called_yet(world: World) -> None:
    found = world.blows(world.held_by_town())
    body = world.get(f"/v1/whistles/{found}").get_json()
    assert (body["status"], body["lead"], body["support"]) == (
        "blown", VILLAGE, ["dept-emergency", "dept-enforcement", "dept-market"],
    )  # fmt: skip
    assert (body["calls"], body["place_code"], body["town"]) == ([], VILLAGE, TOWN)
    assert body["summary"].startswith("张湾村")
    assert body["possible"] == ["ApproveWhistle", "RejectWhistle", "WithdrawWhistle"]
    (commit,) = world.commits(whistle_stream(found))
    assert "自发夜市" not in commit.body


def test_the_approval_calls_by_queue_and_by_list(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    (told,) = world.departments[MARKET].calls()
    assert (told["type"], told["data"]["call"], told["data"]["lead"]) == (
        "called", call_id(found, MARKET), False,
    )  # fmt: skip
    (listed,) = world.get(
        f"/v1/calls?unit={VILLAGE}", by=VILLAGE, role="village_officer"
    ).get_json()["items"]
    assert (listed["lead"], listed["via"], listed["status"]) == (True, "http", "called")


def test_a_deputy_approves_as_deputy(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.post(f"/v1/whistles/{found}/approval", role="town_deputy")
    assert world.get(f"/v1/whistles/{found}").get_json()["approved_as"] == "deputy"


def test_the_joint_action_begins_when_lead_and_two_thirds_are_there(world: World) -> None:
    found = acting(world)
    assert world.events(whistle_stream(found)) == [
        "WhistleBlown", "WhistleApproved", "UnitJoined", "UnitJoined", "UnitJoined",
        "JointActionBegun",
    ]  # fmt: skip
    world.arrives(found, MARKET)
    assert world.events(whistle_stream(found))[6:] == ["UnitJoined"]
    assert world.get(f"/v1/whistles/{found}").get_json()["here"] == [
        VILLAGE, EMERGENCY, ENFORCEMENT, MARKET,
    ]  # fmt: skip


def test_units_are_released_and_the_rest_withdrawn_when_it_is_concluded(world: World) -> None:
    found = acting(world)
    world.post(f"/v1/whistles/{found}/release", {"units": [EMERGENCY]})
    world.post(f"/v1/whistles/{found}/conclusion", {"outcome": "solved", "duties": [PATROL]})
    ends = {
        unit: world.events(f"call-{call_id(found, unit)}")[1:] for unit in (VILLAGE, *DEPARTMENTS)
    }
    assert ends == {
        VILLAGE: ["DepartmentReportedIn", "DepartmentReleased"],
        EMERGENCY: ["DepartmentReportedIn", "DepartmentReleased", "RatingOpened"],
        ENFORCEMENT: ["DepartmentReportedIn", "DepartmentReleased", "RatingOpened"],
        MARKET: ["CallWithdrawn", "RatingOpened"],
    }
    assert world.events(f"duty-{duty_id(found, 1)}") == ["StandingDutyAssigned"]


def test_both_sides_rate_once_and_the_whistles_clocks_stop(world: World) -> None:
    found = acting(world)
    world.post(f"/v1/whistles/{found}/conclusion", {"outcome": "solved"})
    for unit in DEPARTMENTS:
        call = f"/v1/calls/{call_id(found, unit)}"
        marks = {"speed": 4, "cooperation": 5, "result": 4}
        assert world.post(f"{call}/rating", marks).status_code == 200
        rated = world.post(
            f"{call}/whistle-rating", {"needed": 5, "described": 4},
            by=unit, role="department_officer",
        )  # fmt: skip
        assert rated.status_code == 200
        again = world.post(f"{call}/rating", marks).get_json()
        assert again["type"] == "/problems/already-rated"
    assert world.events(f"clock-{found}")[-1] == "ClocksStopped"


def test_the_village_patrols_until_the_duty_ends(world: World) -> None:
    found = acting(world)
    world.post(f"/v1/whistles/{found}/conclusion", {"outcome": "solved", "duties": [PATROL]})
    path = f"/v1/duties/{duty_id(found, 1)}"
    officer: dict[str, Any] = {"by": VILLAGE, "role": "village_officer"}
    assert world.get(path, **officer).get_json()["what"] == "每晚巡查"
    for _ in range(2):
        assert world.post(f"{path}/check-ins", {"note": "无夜市"}, **officer).status_code == 200
        world.passes(24.5)
    world.passes(25)
    seen = world.get(path).get_json()
    assert (seen["status"], seen["slots"], seen["kept_slots"], seen["missed_slots"]) == (
        "ended", 3, 2, 1,
    )  # fmt: skip
    (listed,) = world.get(f"/v1/duties?unit={VILLAGE}", **officer).get_json()["items"]
    assert listed["status"] == "ended"
    assert world.post(f"{path}/check-ins", {}, **officer).status_code == 409


def test_an_emergency_goes_out_at_once_and_is_marked_when_nobody_approves(world: World) -> None:
    found = world.blows(world.held_by_town(), kind="emergency")
    assert [each["data"]["kind"] for each in world.departments[MARKET].calls()] == ["emergency"]
    world.passes(2.5)
    assert "WhistleMarkedUnapproved" in world.events(whistle_stream(found))
    world.approves(found)
    assert world.get(f"/v1/whistles/{found}").get_json()["unapproved"] is True


def test_a_rejected_emergency_tells_everybody_to_stay(world: World) -> None:
    found = world.blows(world.held_by_town(), kind="emergency")
    world.post(f"/v1/whistles/{found}/rejection", {"reason": "误报"}, role="town_leader")
    assert [each["type"] for each in world.departments[MARKET].calls()] == ["called", "withdrawn"]


def test_a_withdrawn_whistle_tells_everybody_to_stay(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    world.post(f"/v1/whistles/{found}/withdrawal", {"reason": "已自行解决"})
    assert [each["type"] for each in world.departments[MARKET].calls()] == ["called", "withdrawn"]


def test_a_refusal_is_insisted_on_or_excused_by_the_town(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    for unit in (MARKET, ENFORCEMENT):
        call = f"/v1/calls/{call_id(found, unit)}"
        world.post(f"{call}/refusal", {"reason": "职责不符"}, by=unit, role="department_officer")
        assert world.get(call).get_json()["reason"] == "职责不符"
    world.post(f"/v1/calls/{call_id(found, MARKET)}/insistence")
    world.post(f"/v1/calls/{call_id(found, ENFORCEMENT)}/excuse")
    told = {
        unit: [each["type"] for each in world.departments[unit].calls()] for unit in DEPARTMENTS
    }
    assert told == {
        MARKET: ["called", "insisted"], ENFORCEMENT: ["called", "withdrawn"],
        EMERGENCY: ["called"],
    }  # fmt: skip
    world.post(f"/v1/whistles/{found}/conclusion", {"outcome": "unsolved"})
    assert "RatingOpened" not in world.events(f"call-{call_id(found, ENFORCEMENT)}")
    assert "RatingOpened" in world.events(f"call-{call_id(found, MARKET)}")


def test_a_silent_department_climbs_the_ladder_until_it_comes(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    for unit in (VILLAGE, EMERGENCY, ENFORCEMENT):
        world.arrives(found, unit)
    world.passes(32.5)
    call = f"call-{call_id(found, MARKET)}"
    assert world.events(call) == [
        "DepartmentCalled", "DepartmentReminded", "SecondPathTaken", "DepartmentOverdue",
        "DepartmentOverdue", "DepartmentOverdue",
    ]  # fmt: skip
    told = world.departments[MARKET].calls()
    assert [each["type"] for each in told] == ["called", "reminded", *["overdue"] * 3]
    assert [each["data"].get("step") for each in told[2:]] == [0, 1, 2]
    desk = {"by": CENTRE, "role": "command_centre"}
    (to_phone,) = world.get("/v1/phone-list", **desk).get_json()["items"]
    assert (to_phone["unit"], to_phone["phone"], to_phone["read"]) == (MARKET, True, False)
    ringing = world.get(f"/v1/escalations?unit={CENTRE}", by=CENTRE, role="command_centre")
    assert ringing.get_json()["items"]
    world.arrives(found, MARKET)
    assert world.get("/v1/phone-list", **desk).get_json()["items"] == []
    assert world.get("/v1/phone-list").status_code == 403
    met = [
        fact.event
        for commit in world.commits(f"clock-{found}")
        for fact in commit.facts
        if type(fact.event).__name__ == "DeadlineMet" and fact.event.subject == call
    ]
    assert [each.late_by_seconds for each in met] == [int(8.5 * 3600)]


def test_the_clocks_of_a_whistle_are_shown_to_whom_they_ring(world: World) -> None:
    found = world.blows(world.held_by_town())
    shown = world.get(f"/v1/clocks?subject=whistle-{found}", role="town_leader").get_json()
    assert [each["kind"] for each in shown["armings"]] == ["approval"]
    refused = world.get(f"/v1/clocks?subject=whistle-{found}", by=OTHER_TOWN)
    assert refused.status_code == 403


def test_an_order_that_dispatch_refuses_is_dropped_and_the_last_one_ends_it(world: World) -> None:
    orders = [world.held_by_town("r-1"), world.held_by_town("r-2")]
    body = {**whistle(orders[0]), "work_orders": orders}
    found = str(world.post("/v1/whistles", body).get_json()["id"])
    for number, order in enumerate(orders, 1):
        refusal = ReactionRefused("WhistleOrder", "not-allowed-now", found)
        world.hears(f"workOrder-{order}", refusal)
        dropped = world.events(whistle_stream(found)).count("WhistleOrderDropped")
        assert dropped == number
    assert world.get(f"/v1/whistles/{found}").get_json()["status"] == "withdrawn"


def test_arriving_twice_counts_once_for_the_whistle(world: World) -> None:
    found = acting(world)
    world.arrives(found, EMERGENCY)
    assert world.events(whistle_stream(found)).count("UnitJoined") == 3
    path = f"/v1/calls/{call_id(found, EMERGENCY)}/report-ins"
    answered = world.post(path, ARRIVAL, by=EMERGENCY, role="department_officer", key="same")
    again = world.post(path, ARRIVAL, by=EMERGENCY, role="department_officer", key="same")
    assert answered.get_json() == again.get_json()
