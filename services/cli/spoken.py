"""The command line's frame in the reader's language: help pages and complaints about wrong words.

typer lays both out in English; what it knows of the commands is said here instead.
"""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup, TyperOption

from services.terminal import environment as environments
from services.terminal.console import console
from services.terminal.languages import both, in_language
from services.terminal.unprepared import WrongWord

_HELP: Final = both(en="Show this page.", zh="显示本页帮助。")
_PLACEHOLDERS: Final = {
    "[OPTIONS]": "[选项]",
    "[WORD]...": "[词]...",
    "COMMAND [ARGS]...": "命令 [参数]...",
}


class SpokenCommand(TyperCommand):
    """A command whose help is a page of ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  typer's signature
        """Print the page."""
        console.print(_page(self, ctx))


class SpokenGroup(TyperGroup):
    """A group with a page of ours, which names what there is where a word names nothing."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  typer's signature
        """Print the page."""
        console.print(_page(self, ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that `args` begin with.

        Raises:
            WrongWord: There is none; names those that there are.
        """
        word = args[0]
        if word not in self.commands and not word.startswith("-"):
            raise no_such("command", "命令", word, self.commands, name=ctx.command_path)
        return super().resolve_command(ctx, args)


class Spoken(typer.Typer):
    """A table of commands with pages of ours."""

    def __init__(self, **settings: Any) -> None:
        """Take what `typer.Typer` takes; without a word the help is shown."""
        super().__init__(
            cls=SpokenGroup,
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            **settings,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Register a command, as typer does."""
        return super().command(name, cls=SpokenCommand, **settings)


def no_such(
    en: str, zh: str, word: str, known: Iterable[str], *, name: str | None = None,
    latest: bool = False,
) -> WrongWord:  # fmt: skip
    """Return the complaint about a `word` that names nothing: the nearest, and all there are.

    `en` and `zh` say what it should have named; `name` is the command it was said to. With
    `latest`, `known` are only the newest of many.
    """
    words = list(known)
    near = get_close_matches(word, words, n=1)
    of_en, of_zh = (f" of '{name}'", f"“{name}”的") if name else ("", "")
    near_en = f" Did you mean '{near[0]}'?" if near else ""
    near_zh = f"是否想输入“{near[0]}”？" if near else ""
    there_en, there_zh = "There are none.", "目前一个也没有。"
    if words:
        there_en = f"{'The latest are' if latest else 'There are'}: {', '.join(words)}."
        there_zh = f"{'最近的' if latest else '可用的'}有：{'、'.join(words)}。"
    return WrongWord(
        en=f"There is no {en} '{word}'{of_en}.{near_en} {there_en}",
        zh=f"{of_zh}{zh}中没有“{word}”。{near_zh}{there_zh}",
    )


# -- the page --------------------------------------------------------------------------------------


def _page(command: Any, ctx: Any) -> RenderableType:
    chinese = environments.read().chinese
    parts: list[RenderableType] = [
        Text(usage_line(ctx, chinese=chinese), "bold"),
        Text(),
        Text(in_language(command.help or "", chinese=chinese)),
    ]
    params = command.get_params(ctx)
    arguments = [each for each in params if each.param_type_name == "argument"]
    options = [each for each in params if isinstance(each, TyperOption) or each not in arguments]
    rows = [
        (("参数", "Arguments"), [_argument_row(each, chinese) for each in arguments]),
        (("选项", "Options"), [_option_row(each, chinese) for each in options]),
        (("命令", "Commands"), list(_command_rows(command, chinese))),
    ]
    for (zh, en), found in rows:
        if found:
            parts += [Text(), Text(zh if chinese else en, "bold"), _table(found)]
    return Group(*parts)


def usage_line(ctx: Any, *, chinese: bool) -> str:
    """Return how the command of `ctx`, a context of typer's, is used."""
    pieces = [piece.strip("{}") for piece in ctx.command.collect_usage_pieces(ctx)]
    told = [_PLACEHOLDERS.get(each, each) if chinese else each for each in pieces]
    return ("用法：" if chinese else "Usage: ") + " ".join([ctx.command_path, *told])


def told(param: Any, *, chinese: bool) -> str:
    """Return what is said of a parameter of a command, with its default if it has one."""
    text = in_language(param.help or "", chinese=chinese)
    if param.default in (None, False, ()) or callable(param.default):
        return text
    return (
        f"{text}{'（默认：' if chinese else ' (default: '}{param.default}{'）' if chinese else ')'}"
    )


def label(param: Any) -> str:
    """Return what stands for a parameter's value."""
    return str(param.metavar or param.name.upper())


def _table(rows: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True, style="cyan")
    for word, what in rows:
        table.add_row(Text(word), Text(what))
    return Padding(table, (0, 0, 0, 2))


def _argument_row(argument: Any, chinese: bool) -> tuple[str, str]:
    return label(argument), told(argument, chinese=chinese)


def _option_row(option: Any, chinese: bool) -> tuple[str, str]:
    names = ", ".join(sorted(option.opts, key=len))
    if option.name == "help":
        return names, in_language(_HELP, chinese=chinese)
    if not option.is_flag:
        names = f"{names} {label(option)}"
    return names, told(option, chinese=chinese)


def _command_rows(command: Any, chinese: bool) -> Iterator[tuple[str, str]]:
    for name, each in getattr(command, "commands", {}).items():
        first = in_language(each.help or "", chinese=chinese).split("\n")[0]
        yield name, first
