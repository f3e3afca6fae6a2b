"""What a person sees while they wait."""

import io
import re
import threading

import pytest

from services.terminal import console as terminal
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


def test_on_a_pipe_a_long_silence_gets_dots_and_the_next_line_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal.sign_of_life() as life:
        life.beat("03-14 10:20")
        assert capsys.readouterr().out == "", "nobody wonders yet"
        monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0)
        life.beat("03-14 10:20")
        life.beat("03-14 10:21")
        life.line_comes()
        terminal.console.print("a line")
        life.line_comes()
        terminal.console.print("another")
        assert capsys.readouterr().out == "..\na line\nanother\n"
        life.beat("03-14 10:22")
    assert capsys.readouterr().out == ".\n", "an end by itself ends the line too"


def test_on_a_pipe_a_very_long_silence_says_now_and_then_how_late_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(terminal, "DOTS_BETWEEN_WORDS", 2)
    with terminal.sign_of_life() as life:
        for minute in range(20, 24):
            life.beat(f"03-14 10:{minute}")
    assert capsys.readouterr().out == ".. 03-14 10:21 .. 03-14 10:23 \n"


def test_on_a_terminal_a_long_silence_gets_words_that_are_gone_with_the_next_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paper = io.StringIO()
    screen = terminal.console_of(file=paper, force_terminal=True, width=60)
    monkeypatch.setattr(terminal, "console", screen)
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0)
    with terminal.sign_of_life() as life:
        life.beat("03-14 10:20")
        eventually(lambda: "03-14 10:20" in paper.getvalue(), awaited="the words")
        life.line_comes()
        shown = paper.getvalue()
        assert shown.endswith("\x1b[2K"), "the words' line is erased"
        screen.print("a line")
    assert paper.getvalue() == f"{shown}a line\n"
