"""What departments say over their queue, and the outcome that every reply gets."""

from dataclasses import replace
from typing import Any

import pytest

from services.common.contracts.streams import call_id, derived
from services.common.errors import Transient
from services.common.messaging.departments import (
    DepartmentLine,
    DepartmentReply,
    DepartmentUnreachable,
)
from services.escalation.calls.replies import (
    HANDLERS,
    REPLY_OF,
    UnknownDepartment,
    answer,
    answer_and_tell,
    outcome_message,
)
from services.escalation.schemas import REPLIES
from services.testing.memory_bus import MemoryBus
from services.testing.memory_log import MemoryLog
from tests.support.examples import at
from tests.unit.escalation.http.world import ARRIVAL, DEPARTMENTS, World

EMERGENCY, ENFORCEMENT, MARKET = DEPARTMENTS
HERE = {"mode": "on_site", "at": at(0).isoformat(), "persons": 3, "office": "二科"}


@pytest.fixture
def called(world: World) -> str:
    """The market office's call, sent out."""
    found = world.blows(world.held_by_town())
    world.approves(found)
    return call_id(found, MARKET)


def test_all_seven_replies_have_fields_a_handler_and_a_command() -> None:
    assert set(HANDLERS) == set(REPLIES) == set(REPLY_OF.values())


def test_a_department_goes_through_a_whole_call_by_queue(world: World, called: str) -> None:
    whistle = world.get(f"/v1/calls/{called}").get_json()["whistle_id"]
    said: list[tuple[str, dict[str, Any]]] = [
        ("received", {"external_ref": "SC-7"}),
        ("accepted", {"office": "二科"}),
        ("arrived", HERE),
        ("progress", {"note": "约谈 12 户"}),
        ("done", {"note": "已清退"}),
    ]
    for kind, fields in said:
        outcome = world.replies(MARKET, kind, {"call": called, **fields})
        assert (outcome["outcome"], outcome["call"]) == ("recorded", called)
    world.arrives(whistle, "110112105209")
    world.arrives(whistle, EMERGENCY)
    world.post(f"/v1/whistles/{whistle}/conclusion", {"outcome": "solved"})
    rated = world.replies(MARKET, "rating", {"call": called, "needed": 5, "described": 4})
    assert rated["outcome"] == "recorded"
    assert world.events(f"call-{called}") == [
        "DepartmentCalled", "CallReceived", "CallAccepted", "DepartmentReportedIn",
        "DepartmentProgressed", "DepartmentDone", "DepartmentReleased", "RatingOpened",
        "WhistleRated",
    ]  # fmt: skip
    assert all("约谈" not in each.body for each in world.commits(f"call-{called}"))


def test_a_repeated_reply_is_recorded_once_and_said_to_be_repeated(
    world: World, called: str
) -> None:
    first = world.replies(MARKET, "accepted", {"call": called}, message_id="m-x")
    again = world.replies(MARKET, "accepted", {"call": called}, message_id="m-x")
    assert (first["outcome"], again["outcome"]) == ("recorded", "repeated")
    assert first["in_reply_to"] == again["in_reply_to"] == "m-x"
    assert world.events(f"call-{called}").count("CallAccepted") == 1


def test_what_is_on_record_already_is_repeated_under_any_id(world: World, called: str) -> None:
    world.replies(MARKET, "received", {"call": called})
    assert world.replies(MARKET, "received", {"call": called})["outcome"] == "repeated"


def test_a_message_id_used_for_other_content_is_refused(world: World, called: str) -> None:
    world.replies(MARKET, "received", {"call": called}, message_id="m-x")
    other = {"call": called, "external_ref": "SC-9"}
    outcome = world.replies(MARKET, "received", other, message_id="m-x")
    assert (outcome["outcome"], outcome["reason"]) == ("refused", "idempotency-key-reused")


def test_an_out_of_order_reply_is_told_what_is_possible_in_its_own_words(
    world: World, called: str
) -> None:
    outcome = world.replies(MARKET, "done", {"call": called, "note": "好了"})
    assert (outcome["outcome"], outcome["reason"]) == ("refused", "not-allowed-now")
    assert outcome["allowed"] == ["accepted", "arrived", "received", "refused"]
    assert "NoteCallProgress" not in str(outcome)
    assert "called" in outcome["detail"]
    assert "called" in outcome["detail_zh"]


def test_a_recorded_reply_is_told_what_comes_next(world: World, called: str) -> None:
    outcome = world.replies(MARKET, "arrived", {"call": called, **HERE})
    assert outcome["allowed"] == ["accepted", "arrived", "done", "progress", "received"]


def test_another_departments_call_is_refused(world: World, called: str) -> None:
    outcome = world.replies(EMERGENCY, "accepted", {"call": called})
    assert (outcome["outcome"], outcome["reason"]) == ("refused", "not-the-called-unit")
    assert world.events(f"call-{called}") == ["DepartmentCalled"]


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("accepted", {"call": "nothing"}, "not-found"),
        ("accepted", {}, "values-refused"),
        ("accepted", {"call": 7}, "values-refused"),
        ("accepted", {"call": ""}, "values-refused"),
        ("accepted", {"call": "x" * 65}, "values-refused"),
        ("accepted", {"call": "c", "office": 7}, "values-refused"),
        ("refused", {"call": "c"}, "values-refused"),
        ("arrived", {"call": "c", **HERE, "at": "yesterday"}, "values-refused"),
        ("accepted", {"call": "a b"}, "values-refused"),
        ("received", {"call": "c", "external_ref": "A\x00\x1b[31m"}, "values-refused"),
        ("accepted", {"call": "c", "office": "二\x00科"}, "values-refused"),
        ("accepted", {"call": "c", "office": "\u3164"}, "values-refused"),
        ("progress", {"call": "c", "note": "a\x07\x1b[31mred"}, "values-refused"),
        ("done", {"call": "c", "note": "\u200b\u200d\ufeff"}, "values-refused"),
        ("refused", {"call": "c", "reason": "\u2060"}, "values-refused"),
        ("arrived", {"call": "c", **HERE, "office": "\u2800"}, "values-refused"),
        ("arrived", {"call": "c", **HERE, "persons": 2**50}, "values-refused"),
        ("arrived", {"call": "c", **HERE, "mode": "by_horse"}, "values-refused"),
        ("rating", {"call": "c", "needed": 6, "described": 1}, "values-refused"),
        ("dances", {"call": "c"}, "unknown-reply"),
    ],
)
def test_every_fault_of_a_reply_has_an_outcome(
    world: World, kind: str, data: dict[str, Any], reason: str
) -> None:
    outcome = world.replies(MARKET, kind, data, message_id="m-1")
    assert (outcome["in_reply_to"], outcome["outcome"]) == ("m-1", "refused")
    assert outcome["reason"] == reason
    assert isinstance(outcome["allowed"], list)


@pytest.mark.parametrize("data", [None, [], "text", 7, {"call": "\ud800"}, {"\ud800": 1}])
def test_data_that_is_no_reply_at_all_has_an_outcome(world: World, data: Any) -> None:
    payload = {"specversion": "1.0", "id": "m-1", "data": data}
    outcome = answer(world.desk, MARKET, "accepted", "m-1", payload)
    assert (outcome["outcome"], outcome["reason"]) == ("refused", "values-refused")
    assert "call" not in outcome


def test_a_lone_surrogate_in_a_text_is_refused_and_not_stored(world: World, called: str) -> None:
    data = {"call": called, "note": "\ud800"}
    outcome = answer(world.desk, MARKET, "progress", "m-1", data)
    assert (outcome["reason"], outcome["call"]) == ("values-refused", called)


@pytest.mark.parametrize("year", [2000, 2199])
def test_an_arrival_in_another_century_is_refused_with_the_times_that_are_taken(
    world: World, called: str, year: int
) -> None:
    here = {**HERE, "at": f"{year}-01-01T00:00:00Z"}
    outcome = world.replies(MARKET, "arrived", {"call": called, **here})
    assert (outcome["outcome"], outcome["reason"]) == ("refused", "values-refused")
    assert outcome["errors"][0]["pointer"] == "#/at"
    assert world.events(f"call-{called}") == ["DepartmentCalled"]


def test_what_is_wrong_with_a_value_is_said_in_both_languages(world: World, called: str) -> None:
    outcome = world.replies(MARKET, "progress", {"call": called, "note": " "})
    assert outcome["errors"] == [
        {"pointer": "#/note", "detail": "Must not be blank.", "detail_zh": "不能为空白。"}
    ]


def test_the_data_alone_is_understood_as_well_as_a_whole_cloud_event(
    world: World, called: str
) -> None:
    assert answer(world.desk, MARKET, "accepted", "m-1", {"call": called})["outcome"] == "recorded"


def test_a_refusal_lifts_the_waiting_and_asks_the_town(world: World, called: str) -> None:
    world.replies(MARKET, "refused", {"call": called, "reason": "职责不符"})
    whistle = world.get(f"/v1/calls/{called}").get_json()["whistle_id"]
    shown = world.get(f"/v1/clocks?subject=call-{called}").get_json()
    mine = [each for each in shown["armings"] if each["subject"] == f"call-{called}"]
    assert [(each["kind"], each["status"]) for each in mine] == [
        ("report_in", "ended"), ("refusal_answer", "armed"),
    ]  # fmt: skip
    assert shown["clock"] == f"clock-{whistle}"


def test_both_ways_of_speaking_are_one_record(world: World, called: str) -> None:
    path = f"/v1/calls/{called}/report-ins"
    world.post(path, ARRIVAL, by=MARKET, role="department_officer")
    outcome = world.replies(MARKET, "arrived", {"call": called, **HERE})
    assert outcome["outcome"] == "recorded"
    firsts = [
        fact.event.first
        for commit in world.commits(f"call-{called}")
        for fact in commit.facts
        if type(fact.event).__name__ == "DepartmentReportedIn"
    ]
    assert firsts == [True, False]


class _Away(MemoryLog):
    """A log whose database is away."""

    def append(self, *_: Any) -> Any:
        raise Transient(why="away")


def test_what_is_ours_to_mend_keeps_the_reply_waiting(world: World, called: str) -> None:
    away = _Away("escalation", world.desk.clock)
    away._streams = world.logs["escalation"]._streams
    with pytest.raises(Transient):
        answer(replace(world.desk, log=away), MARKET, "accepted", "m-1", {"call": called})


def test_a_reply_of_somebody_who_is_in_no_chart_is_left_to_a_person(
    world: World, called: str
) -> None:
    """It has rights at the broker and no queue for outcomes: waiting would help nobody."""
    stranger = DepartmentReply("dept-nobody", "accepted", "m-1", {"call": called})
    with pytest.raises(UnknownDepartment, match="dept-nobody"):
        answer_and_tell(world.desk, world.line, stranger)
    assert world.events(f"call-{called}") == ["DepartmentCalled"]


def test_a_department_whose_queue_is_missing_is_told_later(world: World, called: str) -> None:
    line = DepartmentLine(MemoryBus())
    accepted = DepartmentReply(MARKET, "received", "m-1", {"call": called})
    with pytest.raises(DepartmentUnreachable):
        answer_and_tell(world.desk, line, accepted)
    assert world.events(f"call-{called}")[-1] == "CallReceived"
    answer_and_tell(world.desk, world.line, accepted)
    (outcome,) = world.departments[MARKET].outcomes()
    assert outcome["data"]["outcome"] == "repeated"


def test_the_command_id_follows_from_department_and_message(world: World, called: str) -> None:
    world.replies(MARKET, "accepted", {"call": called}, message_id="m-x")
    *_, commit = world.commits(f"call-{called}")
    assert commit.draft.command_id == derived("command", f"call-{called}", MARKET, "m-x")
    assert (commit.draft.actor.unit, commit.draft.actor.role) == (MARKET, "department_officer")


def test_an_outcome_has_an_id_that_tells_a_repetition_from_a_recording() -> None:
    said = {"in_reply_to": "m-1", "outcome": "recorded"}
    one = outcome_message(MARKET, said)
    assert one["id"] == outcome_message(MARKET, said)["id"]
    assert one["id"] != outcome_message(MARKET, {**said, "outcome": "repeated"})["id"]
