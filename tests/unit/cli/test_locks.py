"""The lock files hold what pyproject.toml pins and all that it needs, hashed, without addresses."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
LOCAL_SERVERS = PROJECT["dependency-groups"]["local-servers"]
LOCKS = ("runtime", "dev", "local-servers")
PYTHONS = ("3.11", "3.12", "3.13")


def lock(name: str) -> str:
    return (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def entries(name: str) -> list[Requirement]:
    """Every package of the lock: name, extras, exact version and marker."""
    lines = re.findall(r"^([a-z0-9][^\\\n]*)", lock(name), re.MULTILINE)
    return [Requirement(line.strip()) for line in lines]


def locked(name: str) -> set[str]:
    return {f"{entry.name}{entry.specifier}" for entry in entries(name)}


def on(python: str, *, extra: str = "") -> dict[str, str]:
    """What a marker is asked about, on this machine with another Python."""
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.0",
        "extra": extra,
    }


def wanted_by(entry: Requirement, python: str) -> Iterator[Requirement]:
    """What the package, with its extras, asks for."""
    for line in requires(entry.name) or ():
        asked = Requirement(line)
        for extra in ("", *entry.extras):
            if asked.marker is None or asked.marker.evaluate(on(python, extra=extra)):
                yield asked
                break


def answers(asked: Requirement, entry: Requirement | None) -> bool:
    """Whether the lock's entry is what was asked for, its extras too."""
    if entry is None:
        return False
    [version] = [specifier.version for specifier in entry.specifier]
    return asked.specifier.contains(version, prereleases=True) and asked.extras <= entry.extras


@pytest.mark.parametrize(
    ("name", "pins"),
    [("runtime", RUNTIME), ("dev", RUNTIME + DEV), ("local-servers", LOCAL_SERVERS)],
)
def test_a_lock_has_every_pin_at_the_same_version(name: str, pins: list[str]) -> None:
    assert [pin for pin in pins if pin not in locked(name)] == [], "run requirements/lock"


@pytest.mark.parametrize("pin", RUNTIME + DEV + LOCAL_SERVERS)
def test_every_pin_is_exact(pin: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+", pin)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    packages = re.split(r"^(?=[a-z0-9])", lock(name), flags=re.MULTILINE)[1:]
    assert packages
    assert [package for package in packages if "--hash=sha256:" not in package] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_a_lock_is_closed_under_its_own_requirements(name: str, python: str) -> None:
    """It is installed without resolution: what it forgets would be missing."""
    here = {
        canonicalize_name(entry.name): entry
        for entry in entries(name)
        if entry.marker is None or entry.marker.evaluate(on(python))
    }
    missing = [
        f"{entry.name} wants {asked}"
        for entry in here.values()
        for asked in wanted_by(entry, python)
        if not answers(asked, here.get(canonicalize_name(asked.name)))
    ]
    assert missing == [], "run requirements/lock"


def test_local_servers_need_no_package_that_the_lock_does_not_have() -> None:
    [entry] = entries("local-servers")
    assert list(wanted_by(entry, "3.11")) == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index(name: str) -> None:
    assert not re.search(r"://|index|find-links", lock(name))


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    assert locked("runtime") <= locked("dev")
