"""Complaints of typer about wrong words, in Chinese too, and how the command is used."""

import re
from typing import Any, Final

from services.cli.spoken import label, told, usage_line

_NO_INTEGER: Final = r"Invalid value for (.+?): .*valid integer.*"
_TOO_SMALL: Final = r"Invalid value for (.+?): .*greater than or equal to (\d+).*"
#: What typer says, and the same in Chinese.
_SAID: Final = tuple(
    (re.compile(pattern), zh)
    for pattern, zh in (
        (r"Missing command\.", "缺少命令。"),
        (r"No such option: (\S+)(?: \(Possible options: (.+)\))?", r"没有选项 \1。"),
        (r"Got unexpected extra argument\(s\) \((.*)\)", r"多余的参数：\1。"),
        (r"Option '(.+)' requires .*", r"选项 \1 缺少取值。"),
        (r"Option '(.+)' does not take a value\.", r"选项 \1 不带取值。"),
        (_NO_INTEGER, r"\1 应为整数。"),
        (_TOO_SMALL, r"\1 不应小于 \2。"),
        (r"Invalid value for (.+?): .+", r"\1 的取值无效。"),
    )
)


def usage_words(error: Any) -> tuple[str, str]:
    """Return what is wrong with the words of a command line, in English and in Chinese.

    `error` is a usage error of typer's.
    """
    en, zh = _complaint(error)
    ctx = getattr(error, "ctx", None)
    if not en or ctx is None:
        return en, zh
    return (
        f"{en}\n{usage_line(ctx, chinese=False)}",
        f"{zh}\n{usage_line(ctx, chinese=True)}",
    )


def _complaint(error: Any) -> tuple[str, str]:
    en = str(error.format_message())
    if en.startswith("Missing argument"):
        return _missing(error.param)
    found = ((pattern.fullmatch(en), zh) for pattern, zh in _SAID)
    zh = next((match.expand(zh) for match, zh in found if match), "命令行有误。")
    near = sorted(getattr(error, "possibilities", None) or ())
    en = re.sub(_NO_INTEGER, r"\1 takes a whole number.", en)
    en = re.sub(_TOO_SMALL, r"\1 takes a number that is not below \2.", en)
    if en and not en.endswith("."):
        en += "."
    return en, zh + (f"是否想输入：{'、'.join(near)}？" if near else "")


def _missing(argument: Any) -> tuple[str, str]:
    name = label(argument)
    en, zh = told(argument, chinese=False), told(argument, chinese=True)
    return f"Missing argument {name}. {en}", f"缺少参数 {name}。{zh}"
