"""Complaints of typer about wrong words, in Chinese. Their English is typer's own."""

import re
from typing import Any, Final

#: What typer says, and the same in Chinese.
_SAID: Final = tuple(
    (re.compile(pattern), zh)
    for pattern, zh in (
        (r"Missing argument '?([^'.]+)'?\.", r"缺少参数 \1。"),
        (r"Missing option '?([^'.]+)'?\.", r"缺少选项 \1。"),
        (r"Missing command\.", "缺少命令。"),
        (r"No such option: (\S+)(?: \(Possible options: (.+)\))?", r"没有选项 \1。"),
        (r"Got unexpected extra argument\(s\) \((.*)\)", r"多余的参数：\1。"),
        (r"Option '(.+)' requires .*", r"选项 \1 缺少取值。"),
        (r"Option '(.+)' does not take a value\.", r"选项 \1 不带取值。"),
        (r"Invalid value for (.+?): .*valid integer.*", r"\1 应为整数。"),
        (r"Invalid value for (.+?): .*greater than or equal to (\d+).*", r"\1 不应小于 \2。"),
        (r"Invalid value for (.+?): .+", r"\1 的取值无效。"),
    )
)


def usage_words(error: Any) -> tuple[str, str]:
    """Return what is wrong with the words of a command line, in English and in Chinese.

    `error` is a usage error of typer's.
    """
    en = str(error.format_message())
    found = ((pattern.fullmatch(en), zh) for pattern, zh in _SAID)
    zh = next((match.expand(zh) for match, zh in found if match), "命令行有误。")
    near = sorted(getattr(error, "possibilities", None) or ())
    return en, zh + (f"是否想输入：{'、'.join(near)}？" if near else "")
