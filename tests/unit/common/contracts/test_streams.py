"""Names and ids: pinned, since a changed one would orphan what is already written."""

import pytest

from services.common.contracts import streams
from services.common.contracts.event_types import REGISTER


def test_a_stream_is_split_at_its_first_dash() -> None:
    assert streams.category_of("workOrder-a-b-c") == "workOrder"
    assert streams.id_of("workOrder-a-b-c") == "a-b-c"


def test_every_category_has_one_owner() -> None:
    owners = {each: streams.log_of(f"{each}-1") for each in streams.LOG_OF_CATEGORY}
    assert owners == {
        "request": "intake",
        "workOrder": "dispatch",
        "registry": "dispatch",
        "raise": "escalation",
        "whistle": "escalation",
        "call": "escalation",
        "duty": "escalation",
        "clock": "escalation",
    }
    with pytest.raises(KeyError):
        streams.log_of("nobodys-1")


def test_every_event_belongs_to_a_known_category_or_to_all() -> None:
    assert {each.category for each in REGISTER.values()} <= {*streams.LOG_OF_CATEGORY, "*"}


def test_derived_ids_are_pinned() -> None:
    assert streams.derived("a", 1) == streams.derived("a", "1")
    assert streams.derived("a", "b") != streams.derived("ab")
    assert {
        "order": streams.work_order_id("r-1"),
        "raise": streams.raise_id("w-1", 2),
        "call": streams.call_id("h-1", "dept-market"),
        "duty": streams.duty_id("h-1", 1),
        "reaction": streams.reaction_id("request-r-1", 1, "workOrder-w-1"),
    } == {
        "order": "967951f1-6f4f-5935-9e25-e8dbc47eead6",
        "raise": "efa7ca22-7d9f-552a-a9cb-3f2dc0e05dd4",
        "call": "e051baa1-f43a-5b95-b3fc-4f0a31421e03",
        "duty": "1dacfbb6-929f-57c6-8274-a50fa226d698",
        "reaction": "bb4398da-07dd-503f-b547-9eb6f3e319aa",
    }


def test_stream_names_are_pinned() -> None:
    assert [
        streams.request_stream("1"),
        streams.work_order_stream("1"),
        streams.raise_stream("1"),
        streams.whistle_stream("1"),
        streams.call_stream("1"),
        streams.duty_stream("1"),
        streams.clock_stream("1"),
        streams.registry_stream("units"),
        streams.event_id("call-1", 2, 0),
    ] == [
        "request-1",
        "workOrder-1",
        "raise-1",
        "whistle-1",
        "call-1",
        "duty-1",
        "clock-1",
        "registry-units",
        "call-1@2.0",
    ]
