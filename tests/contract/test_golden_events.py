"""What was once written is read for good, and written byte for byte as long as it is present."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from services.common.contracts import event_types as register
from services.common.contracts.codec import Undecodable, parsed
from services.common.contracts.commit import Tip, opened, sealed
from services.common.contracts.event_types import REGISTER, EventType, event, type_of
from services.common.contracts.upcasters import UPCASTERS, decoded
from tests.contract.samples import (
    FOLDER,
    missing,
    sample_commit,
    samples_of,
    superfluous_upcasters,
    unreadable_versions,
    write_missing,
)
from tests.support.examples_contracts import event_types

SAMPLES = sorted(FOLDER.glob("*.json"))


def test_every_type_has_a_sample_of_every_version() -> None:
    assert missing(event_types()) == [], "run: python -m tests.contract.samples"


def test_no_sample_is_of_a_type_that_is_gone() -> None:
    known = {f"{each.name}.v{v}" for each in event_types() for v in range(1, each.version + 1)}
    found = {path.stem.partition("+")[0] for path in SAMPLES}
    assert found <= known, "a type may never leave the register"


def test_every_old_version_is_led_to_the_present_one() -> None:
    assert unreadable_versions(event_types()) == []
    assert superfluous_upcasters(event_types()) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_present_code_reads_every_sample_into_the_present_shape(path: Path) -> None:
    commit = opened(path.read_text(encoding="utf-8"), previous_hash="", hash="")
    [fact] = commit.facts
    name, _, version = path.stem.partition("+")[0].partition(".v")
    assert type_of(fact.event).name == name
    assert type_of(fact.event).version >= int(version)


@pytest.mark.parametrize("found", event_types(), ids=lambda found: found.name)
def test_present_code_writes_the_present_version_byte_for_byte(found: EventType) -> None:
    """So a field that is added is absent where it is not said: `| None = None`."""
    assert samples_of(found)
    for path in samples_of(found):
        text = path.read_bytes()
        commit = opened(text.decode(), previous_hash="cd" * 32, hash="")
        assert sealed(commit.draft, Tip(commit.version - 1, "cd" * 32)).body.encode() == text


# -- that these checks find what they are for ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Renamed:
    """An event as it would look after two changes of its shape."""

    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A shape inside an event, as it is after a field was added."""

    code: str
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Grown:
    """An event as it looks after a field was added to it, and one to a shape inside it."""

    places: tuple[Place, ...]
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class OnePlace:
    """The shape inside, before."""

    code: str


@dataclass(frozen=True, slots=True)
class Young:
    """That event, before."""

    places: tuple[OnePlace, ...]


@contextmanager
def registered(shape: type) -> Iterator[EventType]:
    """Register a shape as `TemporaryExample` for a while."""
    event("TemporaryExample", of="workOrder")(shape)
    try:
        yield REGISTER["TemporaryExample"]
    finally:
        del REGISTER["TemporaryExample"], register._OF_SHAPE[shape]


def test_a_field_that_was_added_gets_a_sample_and_the_old_one_stays(tmp_path: Path) -> None:
    old = tmp_path / "TemporaryExample.v1.json"
    with registered(Young) as before:
        assert write_missing([before], tmp_path) == [old.name]
    text = old.read_bytes()
    with registered(Grown) as after:
        assert missing([after], tmp_path) == ["TemporaryExample.v1+places.floor.json"]
        assert write_missing([after], tmp_path) == ["TemporaryExample.v1+places.floor.json"]
        assert missing([after], tmp_path) == []
        fact = opened(old.read_text("utf-8"), previous_hash="", hash="").facts[0]
        assert fact.event == Grown((Place("code 样"),))
    assert old.read_bytes() == text


@pytest.fixture
def changed_twice() -> Iterator[EventType]:
    """A registered type in version 3, without upcasters."""
    event("TemporaryExample", of="workOrder", version=3)(Renamed)
    yield REGISTER["TemporaryExample"]
    del REGISTER["TemporaryExample"], register._OF_SHAPE[Renamed]
    for version in (1, 2):
        UPCASTERS.pop(("TemporaryExample", version), None)


def test_a_new_type_without_a_sample_is_found(changed_twice: EventType) -> None:
    assert missing([changed_twice]) == [f"TemporaryExample.v{n}.json" for n in (1, 2, 3)]
    assert changed_twice in event_types()


def test_a_new_version_without_a_sample_is_found() -> None:
    newer = replace(REGISTER["RequestClosed"], version=2)
    assert missing([newer]) == ["RequestClosed.v2.json"]


def test_a_version_without_an_upcaster_is_found(changed_twice: EventType) -> None:
    UPCASTERS["TemporaryExample", 1] = lambda data: data
    assert unreadable_versions([changed_twice]) == ["TemporaryExample v2"]
    with pytest.raises(Undecodable, match="no upcaster from version 2"):
        decoded("TemporaryExample", 1, {})


def test_an_upcaster_that_nothing_needs_is_found(changed_twice: EventType) -> None:
    UPCASTERS["TemporaryExample", 1] = lambda data: data
    others = [each for each in event_types() if each is not changed_twice]
    assert superfluous_upcasters([*others, changed_twice]) == []
    assert superfluous_upcasters(others) == ["TemporaryExample v1"]


def test_a_chain_of_upcasters_ends_in_the_present_version(changed_twice: EventType) -> None:
    UPCASTERS["TemporaryExample", 1] = lambda data: {"unit": data["who"]}
    UPCASTERS["TemporaryExample", 2] = lambda data: {**data, "reason": "not_said"}
    assert unreadable_versions([changed_twice]) == []
    present = Renamed("110112105", "not_said")
    assert decoded("TemporaryExample", 1, {"who": "110112105"}) == present
    assert decoded("TemporaryExample", 2, {"unit": "110112105"}) == present
    assert decoded("TemporaryExample", 3, {"unit": "110112105", "reason": "not_said"}) == present


def test_reading_an_old_version_leaves_its_stored_text_alone(changed_twice: EventType) -> None:
    UPCASTERS["TemporaryExample", 1] = lambda data: {"unit": data["who"]}
    UPCASTERS["TemporaryExample", 2] = lambda data: {**data, "reason": "not_said"}
    stored = sample_commit(changed_twice).body.replace('"v":3', '"v":1')
    stored = stored.replace('"reason":"reason 样","unit":', '"who":')
    commit = opened(stored, previous_hash="", hash="")
    assert commit.facts[0].event == Renamed("unit 样", "not_said")
    assert commit.body == stored
    assert parsed(commit.body)["events"][0]["v"] == 1
