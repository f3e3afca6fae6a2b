"""What several processes said, in one order; logs that end, begin anew and stay small."""

from pathlib import Path

import pytest

from services.local.log_lines import LogLines
from services.local.servers import logs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    log = folder / f"{name}.log"
    with log.open("a", encoding="utf-8") as stream:
        stream.write(text)
    return log


def json_line(time: str, event: str) -> str:
    return f'{{"service": "x", "event": "{event}", "time": "2026-06-01T{time}Z"}}\n'


def texts(lines: list[str]) -> list[str]:
    return [line.rstrip("\n").replace(" ", "") for line in lines]


def test_lines_come_by_time_under_their_speakers_names(folder: Path) -> None:
    one = write(folder, "one", json_line("00:00:01", "a") + json_line("00:00:03", "c"))
    two = write(folder, "two", "2026-06-01T00:00:02.5Z two started\n")
    found = LogLines({"one": one, "two": two}).new()
    assert [line.split("|")[0].strip() for line in found] == ["one", "two", "one"]


def test_a_traceback_stays_with_the_line_before_it(folder: Path) -> None:
    words = json_line("00:00:01", "a") + "Traceback\n  File\n" + json_line("00:00:09", "b")
    one = write(folder, "one", words)
    two = write(folder, "two", json_line("00:00:05", "x"))
    found = LogLines({"one": one, "two": two}).new()
    assert [line.split("|")[0].strip() for line in found] == ["one"] * 3 + ["two", "one"]


def test_a_line_is_told_once_and_only_when_it_is_whole(folder: Path) -> None:
    one = write(folder, "one", "first\nhal")
    lines = LogLines({"one": one})
    assert texts(lines.new()) == ["one|first"]
    assert lines.new() == []
    write(folder, "one", "f\n")
    assert texts(lines.new()) == ["one|half"]


def test_a_log_that_is_missing_says_nothing_until_it_is_there(folder: Path) -> None:
    lines = LogLines({"one": folder / "one.log"})
    assert lines.new() == []
    write(folder, "one", "now\n")
    assert texts(lines.new()) == ["one|now"]


def test_a_log_that_was_cut_is_read_from_its_new_beginning(folder: Path) -> None:
    one = write(folder, "one", "a long line of before\n")
    lines = LogLines({"one": one})
    lines.new()
    logs.limit(one, most_bytes=5)
    write(folder, "one", "after\n")
    assert texts(lines.new()) == ["one|after"]
    assert logs.earlier(one).read_text(encoding="utf-8") == "a long line of before\n"


def test_the_log_of_the_run_before_is_kept_and_no_older_one(folder: Path) -> None:
    for run in ("first", "second", "third"):
        logs.begin(folder / "one.log")
        write(folder, "one", run)
    assert (folder / "one.log").read_text(encoding="utf-8") == "third"
    assert logs.earlier(folder / "one.log").read_text(encoding="utf-8") == "second"
    assert len(list(folder.iterdir())) == 2


def test_a_short_log_is_left_alone(folder: Path) -> None:
    one = write(folder, "one", "short")
    logs.limit(one, most_bytes=5)
    logs.limit(folder / "missing.log", most_bytes=5)
    assert one.read_text(encoding="utf-8") == "short"
    assert not logs.earlier(one).exists()
