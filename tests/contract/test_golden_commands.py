"""Names of commands are fixed: old commits and departments' programs hold them."""

from pathlib import Path

import pytest

from services.common.contracts import command_names
from services.common.contracts.command_names import command, command_name, registered_names
from services.common.contracts.streams import LOGS
from services.dispatch import wiring as dispatch
from services.escalation import wiring as escalation
from services.intake import wiring as intake

FILE = Path(__file__).parent / "golden" / "commands.txt"


def test_no_name_has_changed_or_gone() -> None:
    """Add a new command's name to the golden file; never change or remove one."""
    assert all(each.AGGREGATES for each in (intake, dispatch, escalation)), "they register theirs"
    found = {
        f"{service} {name}"
        for kind, name in registered_names().items()
        if (service := kind.__module__.split(".")[1]) in LOGS
    }
    assert sorted(found) == FILE.read_text(encoding="utf-8").splitlines()


def test_a_renamed_class_keeps_its_name_and_no_name_is_given_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command_names, "_NAMES", {})

    class Odd:
        pass

    assert command("Odd")(Odd) is Odd
    Odd.__name__ = "Even"
    assert command_name(Odd) == "Odd"
    with pytest.raises(ValueError, match=r"two commands of .* are called Odd"):
        command("Odd")(type("Another", (), {"__module__": __name__}))
    with pytest.raises(KeyError):
        command_name(int)
