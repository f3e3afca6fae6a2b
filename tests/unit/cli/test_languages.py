"""Every page and every complaint of the command line, in Chinese and in English, never mixed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli import app as entry
from services.terminal.languages import both, in_language

HAN = re.compile(r"[\u3400-\u9fff]")
#: Three English words in a row are a sentence; commands and placeholders are shorter.
SENTENCE = re.compile(r"\b[A-Za-z][a-z']+(?:,? [a-z][a-z']+){2,}")
WIDOW = re.compile(r"^\s*\S{0,2}[，。；：、）]\s*$", re.MULTILINE)
SPEAKING = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}
Said = Callable[..., tuple[int, str]]


def commands(command: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the words that lead to every command and group."""
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, *path, name)


EVERYTHING = sorted(commands(typer.main.get_command(entry.app)))


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AMQP_URI", "MONGODB_URI", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHAOBAO_HOME", str(tmp_path))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run the command line; return its exit code and everything it shows."""

    def run(language: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("LANG", SPEAKING[language])
        monkeypatch.setattr("sys.argv", ["shaobao", *words])
        with pytest.raises(SystemExit) as end:
            entry.main()
        shown = capsys.readouterr()
        return int(end.value.code or 0), shown.out + shown.err

    return run


@pytest.mark.parametrize("words", EVERYTHING, ids=" ".join)
def test_every_page_is_in_one_language(words: tuple[str, ...], said: Said) -> None:
    code, english = said("en", *words, "--help")
    assert code == 0
    assert english.startswith(" ".join(("Usage: shaobao", *words)))
    assert not HAN.search(english), english
    code, chinese = said("zh", *words, "--help")
    assert code == 0
    usage, _, page = chinese.partition("\n")
    assert usage.startswith(" ".join(("用法：shaobao", *words)))
    assert not SENTENCE.search(page), page
    assert not WIDOW.search(page), "a line of hardly more than its full stop"


def every_text(command: Any) -> Iterator[tuple[str, str]]:
    yield command.name, command.help or ""
    for each in command.params:
        yield f"{command.name} {each.name}", each.help or ""
    for each in getattr(command, "commands", {}).values():
        yield from every_text(each)


def test_every_command_option_and_argument_is_explained_in_both() -> None:
    lacking = [
        name
        for name, text in every_text(typer.main.get_command(entry.app))
        if not HAN.search(text) or HAN.search(in_language(text, chinese=False))
    ]
    assert lacking == []


@pytest.mark.parametrize(
    ("words", "en", "zh"),
    [
        (("staus",), "Did you mean 'status'? There are: demo, up", "是否想输入“status”？可用的有"),
        (("log", "foo"), "no command 'foo' of 'shaobao log'", "“shaobao log”的命令中没有“foo”"),
        (("up", "--foo"), "No such option: --foo", "没有选项 --foo。"),
        (("log", "tail", "--flow"), "Possible options: --follow", "是否想输入：--follow、--log？"),
        (("log", "show"), "Missing argument STREAM. For example", "缺少参数 STREAM。事件流名称"),
        (("log", "show"), "Usage: shaobao log show", "用法：shaobao log show [选项] STREAM"),
        (("dead", "show"), "Missing argument ID. As 'dead list'", "缺少参数 ID。dead list 中"),
        (("explain", "late"), "Missing argument ID. Of a work", "缺少参数 ID。工单或其诉求"),
        (("status", "x"), "unexpected extra argument(s) (x)", "多余的参数：x。"),
        (("log", "tail", "-n"), "'-n' requires an argument", "选项 -n 缺少取值。"),
        (("log", "tail", "-n", "x"), "takes a whole number", "应为整数。"),
        (("log", "tail", "-n", "-4"), "not below 0", "不应小于 0。"),
        (("logs", "foo"), "There are: intake, dispatch, escalation", "intake、dispatch"),
        (("logs", "metric"), "Did you mean 'metrics'?", "是否想输入“metrics”？"),
        (("rebuild", "foo"), "There is no service 'foo'", "服务中没有“foo”"),
        (("log", "tail", "--log", "foo"), "There is no log 'foo'", "日志中没有“foo”"),
        (("log", "verify", "--log", "foo"), "intake, dispatch, escalation", "日志中没有“foo”"),
        (("log", "show", "foo"), "There are: request-<id>, work", "request-<id>、work"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_answered_with_what_there_is_and_ends_with_2(
    words: tuple[str, ...], en: str, zh: str, said: Said
) -> None:
    code, english = said("en", *words)
    assert code == 2
    assert en in english
    assert not HAN.search(english)
    code, chinese = said("zh", *words)
    assert code == 2
    assert zh in chinese
    assert not SENTENCE.search(chinese.partition("用法：")[0]), chinese


def test_without_a_word_the_page_is_shown(said: Said) -> None:
    code, page = said("zh")
    assert code == 2
    assert page.count("用法") == 1
    assert "登记册" in page


@pytest.mark.parametrize(
    ("name", "value", "han"),
    [("LC_ALL", "zh_CN.UTF-8", True), ("LC_MESSAGES", "zh_TW", True), ("LC_ALL", "C", False)],
)
def test_the_locale_is_read_as_everywhere(
    name: str, value: str, han: bool, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert bool(HAN.search(said("zh" if value == "C" else "en", "--help")[1])) is han


def test_an_answer_that_is_no_yes_does_nothing(
    said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "database").mkdir()
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "perhaps")
    assert said("zh", "reset") == (1, "已取消，未作改动。\n")
    assert (tmp_path / "database").exists()


def test_a_text_said_once_is_shown_to_everybody() -> None:
    assert in_language("One\nline.", chinese=True) == "One line."
    assert in_language(both(en="a", zh="甲"), chinese=False) == "a"
    assert in_language("A.\n\n甲，\n乙。", chinese=True) == "甲，乙。"
