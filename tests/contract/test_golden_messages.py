"""What outside subscribers read: messages are as pinned as events are.

A sample here may only change in a way that a subscriber doesn't notice (CHANGELOG, **Events**).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.common.contracts.codec import parsed
from services.common.contracts.commit import Cause, Commit, Draft, Happened, Tip, sealed
from services.common.contracts.envelope import CONTENT_TYPE, Message, messages_of
from services.common.contracts.event_types import UnknownEvent
from tests.support.examples import DAY_ONE, acknowledged, draft, noted

FOLDER = Path(__file__).parent / "golden" / "messages"


def _stamped(wanted: Draft) -> Commit:
    return replace(sealed(wanted, Tip(3, "h")), position=1207, stamped_at=DAY_ONE)


def _only(wanted: Draft) -> Message:
    [message] = messages_of(_stamped(wanted), "dispatch")
    return message


def by_a_person() -> Message:
    """An event of a command."""
    return _only(draft("workOrder-018f", command_id="command-1"))


def by_a_policy() -> Message:
    """An event of a reaction."""
    return _only(draft("workOrder-018f", command_id="x", cause=Cause("request-018e", 1)))


def second_of_two() -> Message:
    """An event that is not the only one of its commit."""
    wanted = draft("workOrder-018f", acknowledged(), noted(), command_id="command-2")
    return list(messages_of(_stamped(wanted), "dispatch"))[1]


def without_data() -> Message:
    """An event too large for its message."""
    return _only(draft("workOrder-018f", noted("x" * 70_000), command_id="command-3"))


def of_a_newer_release() -> Message:
    """An event that this release doesn't know and passes on."""
    unknown = Happened(UnknownEvent("SomethingNew", 2, {"unit": "110112105209"}), DAY_ONE)
    return _only(replace(draft("workOrder-018f", command_id="command-4"), events=(unknown,)))


MESSAGES = (by_a_person, by_a_policy, second_of_two, without_data, of_a_newer_release)
ATTRIBUTES = {
    "specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype",
    "streamversion", "eventindex", "eventcount", "position", "correlationid", "causationid",
}  # fmt: skip


@pytest.mark.parametrize("make", MESSAGES, ids=lambda make: make.__name__)
def test_messages_are_written_byte_for_byte(make: Callable[[], Message]) -> None:
    assert make().body.encode() == (FOLDER / f"{make.__name__}.json").read_bytes()


@pytest.mark.parametrize("make", MESSAGES, ids=lambda make: make.__name__)
def test_every_message_is_a_structured_cloud_event_with_our_extensions(
    make: Callable[[], Message],
) -> None:
    message = make()
    body = parsed(message.body)
    assert set(body) - {"data"} == ATTRIBUTES
    assert (body["specversion"], body["datacontenttype"]) == ("1.0", "application/json")
    assert (body["id"], body["type"]) == (message.id, message.routing_key)
    assert all(name.isascii() and name.isalnum() and name.islower() for name in body)
    assert ("data" in body) == (make is not without_data)


def test_the_content_type_says_that_attributes_are_in_the_body() -> None:
    assert CONTENT_TYPE == "application/cloudevents+json"
