"""Messages: one an event, small enough for any broker."""

from dataclasses import replace

from services.common.contracts.codec import parsed
from services.common.contracts.commit import Cause, Commit, Draft, Happened, Tip, sealed
from services.common.contracts.envelope import BODY_LIMIT_BYTES, messages_of
from services.common.contracts.event_types import UnknownEvent
from tests.support.examples import DAY_ONE, acknowledged, draft, noted


def stamped(wanted: Draft, position: int = 41) -> Commit:
    """Return a commit as the relay sees it."""
    return replace(sealed(wanted, Tip(4, "h")), position=position, stamped_at=DAY_ONE)


def test_every_event_is_a_message_of_its_own_with_its_place_in_the_commit() -> None:
    messages = list(messages_of(stamped(draft("workOrder-a", acknowledged(), noted())), "dispatch"))
    assert [each.routing_key for each in messages] == ["WorkOrderAcknowledged", "ProgressNoted"]
    assert [each.id for each in messages] == ["workOrder-a@5.0", "workOrder-a@5.1"]
    bodies = [parsed(each.body) for each in messages]
    assert [each["eventindex"] for each in bodies] == [0, 1]
    assert {each["eventcount"] for each in bodies} == {2}
    assert {(each["position"], each["streamversion"]) for each in bodies} == {(41, 5)}


def test_what_caused_a_message_is_the_source_commit_or_else_the_command() -> None:
    commanded = stamped(draft(command_id="command-7"))
    reacted = stamped(draft(cause=Cause("request-r", 3)))
    [by_command] = messages_of(commanded, "dispatch")
    [by_reaction] = messages_of(reacted, "dispatch")
    assert parsed(by_command.body)["causationid"] == "command-7"
    assert parsed(by_reaction.body)["causationid"] == "request-r@3"


def test_data_that_would_pass_64_kib_is_left_out_and_the_rest_says_where_to_read_it() -> None:
    [small] = messages_of(stamped(draft("workOrder-a", noted("x" * 60_000))), "dispatch")
    [large] = messages_of(stamped(draft("workOrder-a", noted("样" * 22_000))), "dispatch")
    assert "data" in parsed(small.body)
    assert "data" not in parsed(large.body)
    assert len(large.body.encode()) < BODY_LIMIT_BYTES
    told = parsed(large.body)
    assert (told["id"], told["type"]) == ("workOrder-a@5.0", "ProgressNoted")
    assert (told["subject"], told["streamversion"], told["position"]) == ("workOrder-a", 5, 41)


def test_exactly_64_kib_still_carry_their_data() -> None:
    [empty] = messages_of(stamped(draft("workOrder-a", noted(""), command_id="c")), "dispatch")
    room = BODY_LIMIT_BYTES - len(empty.body.encode())
    [full] = messages_of(
        stamped(draft("workOrder-a", noted("x" * room), command_id="c")), "dispatch"
    )
    [over] = messages_of(
        stamped(draft("workOrder-a", noted("x" * (room + 1)), command_id="c")), "dispatch"
    )
    assert len(full.body.encode()) == BODY_LIMIT_BYTES
    assert "data" in parsed(full.body)
    assert "data" not in parsed(over.body)


def test_an_event_of_a_newer_release_goes_out_as_it_was_written() -> None:
    unknown = UnknownEvent("SomethingNew", 3, {"a": 1})
    commit = stamped(replace(draft(), events=(Happened(unknown, DAY_ONE),)))
    [message] = messages_of(commit, "dispatch")
    body = parsed(message.body)
    assert (body["type"], body["dataschema"]) == ("SomethingNew", "/schemas/SomethingNew/3")
    assert body["data"] == {"a": 1}
