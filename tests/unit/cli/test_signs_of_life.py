"""What a person sees while they wait."""

import re
import threading

import pytest

from services.cli import terminal
from tests.support.waiting import eventually


def test_on_a_pipe_waiting_gets_dots_and_how_long_it_took(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "SIGN_OF_LIFE_SECONDS", 0.01)
    seen = ""
    with terminal.waiting_for("RabbitMQ"):

        def has_a_dot() -> bool:
            nonlocal seen
            seen += capsys.readouterr().out
            return "." in seen

        eventually(has_a_dot, awaited="a sign of life")
    seen += capsys.readouterr().out
    assert re.fullmatch(r"RabbitMQ \.+ \d+ s\n", seen)


def test_what_fails_while_we_wait_ends_the_line_and_the_dots(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = threading.active_count()
    with pytest.raises(LookupError), terminal.waiting_for("MongoDB"):
        raise LookupError
    assert capsys.readouterr().out.endswith(" s\n")
    assert threading.active_count() == before
