"""Golden samples: the exact text in which each event type, in each version, was ever written.

`<type>.v<n>.json` is the text as version n began; `<type>.v<n>+<field>.json` as it is written since
that field may be there. `python -m tests.contract.samples` writes the samples that are missing. One
that exists is never written again: logs hold texts like it for good, and every later release must
read them.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from services.common.contracts.codec import parsed, plain
from services.common.contracts.commit import Actor, Cause, Commit, Draft, Happened, Tip, sealed
from services.common.contracts.event_types import EventType
from services.common.contracts.upcasters import UPCASTERS
from tests.support.examples import DAY_ONE, VILLAGE
from tests.support.examples_contracts import event_types, sample_of

FOLDER: Final = Path(__file__).parent / "golden" / "events"


def sample_path(name: str, version: int, folder: Path = FOLDER) -> Path:
    """Return where the sample of one type and version lies."""
    return folder / f"{name}.v{version}.json"


def samples_of(found: EventType, folder: Path = FOLDER) -> list[Path]:
    """Return the samples of the present version of a type, the first one and those of fields."""
    return sorted(folder.glob(f"{found.name}.v{found.version}[.+]*json"))


def versions_of(found: EventType) -> range:
    """Return every version in which a type was ever written."""
    return range(1, found.version + 1)


def missing(types: Iterable[EventType], folder: Path = FOLDER) -> list[str]:
    """Return the samples that there should be and are not."""
    wanted = [sample_path(each.name, v, folder) for each in types for v in versions_of(each)]
    later = [path for each in types for path in _with_added_field(each, folder)]
    return sorted(path.name for path in (*wanted, *later) if not path.is_file())


def _with_added_field(found: EventType, folder: Path) -> list[Path]:
    """Return the sample of the first field that no sample of the present version holds, if any."""
    held = {name for path in samples_of(found, folder) for name in _fields(_data(path))}
    added = [name for name in _fields(plain(sample_of(found.shape))) if name not in held]
    first = sample_path(found.name, found.version, folder)
    return [first.with_name(f"{first.stem}+{added[0]}.json")] if held and added else []


def _data(path: Path) -> Any:
    return parsed(path.read_text(encoding="utf-8"))["events"][0]["data"]


def _fields(value: Any, inside: str = "") -> Iterator[str]:
    """Yield the names of all fields, those of inner shapes as `outer.inner`."""
    if isinstance(value, list):
        for each in value:
            yield from _fields(each, inside)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{inside}{name}"
            yield from _fields(inner, f"{inside}{name}.")


def unreadable_versions(types: Iterable[EventType]) -> list[str]:
    """Return every `<type> v<n>` from which no chain of upcasters leads to the present version."""
    return [
        f"{each.name} v{version}"
        for each in types
        for version in versions_of(each)
        if version < each.version and (each.name, version) not in UPCASTERS
    ]


def superfluous_upcasters(types: Iterable[EventType]) -> list[str]:
    """Return every upcaster that no version of a known type needs."""
    needed = {(each.name, version) for each in types for version in range(1, each.version)}
    return [f"{name} v{version}" for name, version in UPCASTERS if (name, version) not in needed]


def sample_commit(found: EventType) -> Commit:
    """Return a commit that holds one event of a type, every field of both filled."""
    category = "workOrder" if found.category == "*" else found.category
    event = sample_of(found.shape)
    return sealed(
        Draft(
            stream=f"{category}-018f3b1e-0000-7000-8000-000000000001",
            command_id="5d0b7b0e-2b8c-5f0e-9c52-0f0a5a0c7e11",
            actor=Actor("village_officer", person="p-1", unit=VILLAGE, policy="when_sampled"),
            correlation="018f3b1e-0000-7000-8000-000000000002",
            recorded_at=DAY_ONE,
            events=(Happened(event, DAY_ONE),),
            cause=Cause("request-018f3b1e-0000-7000-8000-000000000003", 4),
            chart={"registry-units": 1, "registry-policies": 2},
            fingerprint="ab" * 32,
        ),
        Tip(6, "cd" * 32),
    )


def write_missing(types: Iterable[EventType], folder: Path = FOLDER) -> list[str]:
    """Write the samples of present versions that are missing; return their names."""
    written = []
    for each in types:
        for name in missing([each], folder):
            if name.startswith(f"{each.name}.v{each.version}"):
                (folder / name).write_text(sample_commit(each).body, encoding="utf-8")
                written.append(name)
    return written


if __name__ == "__main__":
    print("\n".join(write_missing(event_types())) or "nothing was missing")  # noqa: T201  a command
