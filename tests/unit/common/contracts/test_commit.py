"""A commit: what is sealed is read back, and each hash binds everything before it."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.contracts.codec import Undecodable, canonical, parsed, plain
from services.common.contracts.commit import (
    Cause,
    Commit,
    Draft,
    Happened,
    Tip,
    chained,
    opened,
    sealed,
)
from services.common.contracts.event_types import (
    REGISTER,
    UnknownEvent,
    UnknownEventVersion,
    event,
    name_of,
    type_of,
)
from services.common.contracts.events.dispatch import WorkOrderAcknowledged
from services.common.contracts.upcasters import decoded
from tests.support.examples import DAY_ONE, acknowledged, at, draft, noted
from tests.support.examples_contracts import any_draft, any_event


def reopened(commit: Commit) -> Commit:
    """Read a commit from its stored text."""
    return opened(commit.body, previous_hash=commit.previous_hash, hash=commit.hash)


def written_as(type_name: str, version: int, data: dict[str, object]) -> str:
    """Return the body of a commit whose one event is written like that."""
    body = parsed(sealed(draft(), Tip()).body)
    body["events"][0] |= {"type": type_name, "v": version, "data": data}
    return canonical(body)


def opened_text(body: str) -> Commit:
    """Read a body whose hash is of no concern."""
    return opened(body, previous_hash="", hash="")


@settings(deadline=None)
@given(any_event())
def test_every_event_of_every_type_is_decoded_as_it_was_encoded(happened: object) -> None:
    found = type_of(happened)
    assert decoded(found.name, found.version, parsed(canonical(plain(happened)))) == happened


@settings(deadline=None)
@given(any_draft(), st.integers(0, 5))
def test_what_is_sealed_is_read_back_whole(wanted: Draft, before: int) -> None:
    commit = sealed(wanted, Tip(before, "ab"))
    assert reopened(commit) == commit
    assert reopened(commit).draft == wanted
    assert canonical(parsed(commit.body)) == commit.body


def test_a_commit_follows_its_tip_and_becomes_the_next() -> None:
    first = sealed(draft(), Tip())
    second = sealed(draft(), first.tip)
    assert (first.version, first.previous_hash) == (1, "")
    assert (second.version, second.previous_hash) == (2, first.hash)
    assert second.tip == Tip(2, second.hash)


def test_a_hash_is_sha_256_over_the_previous_hash_and_the_body() -> None:
    commit = sealed(draft(), Tip(4, "abc"))
    assert commit.hash == hashlib.sha256(("abc" + commit.body).encode()).hexdigest()


@given(st.integers(0, 3), st.integers(0, 10**6))
def test_changing_any_byte_of_any_commit_breaks_the_chain_from_there(where: int, byte: int) -> None:
    tip, bodies = Tip(), []
    for number in range(4):
        commit = sealed(draft(recorded_at=at(number)), tip)
        tip = commit.tip
        bodies.append(commit.body)
    spot = byte % len(bodies[where])
    other = "x" if bodies[where][spot] != "x" else "y"
    bodies[where] = bodies[where][:spot] + other + bodies[where][spot + 1 :]
    chain = ""
    for body in bodies:
        chain = chained(chain, body)
    assert chain != tip.hash


def test_microseconds_are_part_of_the_text_that_is_hashed() -> None:
    early = draft(command_id="c", recorded_at=DAY_ONE)
    late = draft(command_id="c", recorded_at=DAY_ONE + timedelta(microseconds=1))
    assert sealed(early, Tip()).hash != sealed(late, Tip()).hash


def test_events_of_one_commit_have_ids_in_order_and_its_times() -> None:
    said = DAY_ONE - timedelta(hours=1)
    wanted = replace(
        draft("workOrder-a-b", chart := acknowledged(), noted()),
        events=(Happened(chart, said), Happened(noted(), DAY_ONE)),
        chart={"registry-units": 2},
        cause=Cause("request-r", 3),
    )
    commit = sealed(wanted, Tip(6, "h"))
    first, second = commit.facts
    assert (first.id, second.id) == ("workOrder-a-b@7.0", "workOrder-a-b@7.1")
    assert (first.occurred_at, first.recorded_at) == (said, DAY_ONE)
    assert first.chart == {"registry-units": 2}
    assert (first.stream, first.version) == (commit.stream, commit.version)
    assert commit.cause == Cause("request-r", 3)


def test_absent_fields_of_a_commit_are_not_in_its_text() -> None:
    body = parsed(sealed(draft(), Tip()).body)
    assert {"cause", "fingerprint"}.isdisjoint(body)
    assert "policy" not in body["actor"]


def test_an_unknown_type_is_passed_on_and_written_as_it_was() -> None:
    body = written_as("SomethingNew", 3, {"a": [1, {"b": "c"}]})
    commit = opened_text(body)
    [fact] = commit.facts
    assert fact.event == UnknownEvent("SomethingNew", 3, {"a": [1, {"b": "c"}]})
    assert name_of(fact.event) == "SomethingNew"
    assert sealed(commit.draft, Tip()).body == body


def test_a_version_newer_than_this_reader_is_corrupt_until_the_reader_is_upgraded() -> None:
    with pytest.raises(UnknownEventVersion, match="known=1"):
        opened_text(written_as("WorkOrderAcknowledged", 2, {}))


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_that_never_was_can_not_be_decoded(version: int) -> None:
    with pytest.raises(Undecodable):
        opened_text(written_as("WorkOrderAcknowledged", version, {}))


@pytest.mark.parametrize(
    "change",
    [
        {"events": []},
        {"events": "none"},
        {"version": "1"},
        {"recorded_at": "today"},
        {"actor": None},
        {"chart": {"registry-units": "2"}},
    ],
)
def test_a_body_that_no_release_wrote_can_not_be_decoded(change: dict[str, object]) -> None:
    body = parsed(sealed(draft(), Tip()).body) | change
    with pytest.raises(Undecodable):
        opened_text(canonical(body))


def test_a_body_that_is_no_json_can_not_be_decoded() -> None:
    with pytest.raises(Undecodable):
        opened_text("{")


def test_a_wire_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        event("WorkOrderAcknowledged", of="workOrder")(WorkOrderAcknowledged)
    assert REGISTER["WorkOrderAcknowledged"].shape is WorkOrderAcknowledged
