"""The lock files hold what pyproject.toml pins, with hashes and without addresses."""

import re
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
LOCAL_SERVERS = PROJECT["dependency-groups"]["local-servers"]
LOCKS = ("runtime", "dev", "local-servers")


def lock(name: str) -> str:
    return (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+==[^ ;]+)", lock(name), re.MULTILINE))


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
    entries = re.split(r"^(?=[a-z0-9])", lock(name), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index(name: str) -> None:
    assert not re.search(r"://|index|find-links", lock(name))


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    assert locked("runtime") <= locked("dev")
