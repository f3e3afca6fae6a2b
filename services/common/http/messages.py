"""What marshmallow says about a value, as a list of places with a reason in both languages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Errors = list[dict[str, Any]]


class BothTongues(str):
    """An English message that knows its Chinese: for `validate` and `error_messages` of schemas.

    marshmallow formats messages; both languages are filled from the same values.
    """

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, zh: str, en: str) -> "BothTongues":
        """Return `en`, carrying `zh`."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    def format(self, *args: object, **values: object) -> "BothTongues":
        """Fill both."""
        return BothTongues(self.zh.format(*args, **values), super().format(*args, **values))


_UNKNOWN_ZH = "填写不符合要求。"
_PATTERNS = [
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"Missing data for required field\.", "必填。"),
        (r"Field may not be null\.", "不能为空。"),
        (r"Unknown field\.", "没有这一项。"),
        (r"Invalid input type\.|Invalid type\.", "类型不符合要求。"),
        (r"Not a valid string\.", "须为文字。"),
        (r"Not a valid utf-8 string\.", "须为 UTF-8 文字。"),
        (r"Not a valid integer\.", "须为整数。"),
        (r"Not a valid number\.", "须为数字。"),
        (r"Number too large\.", "数字过大。"),
        (r"Not a valid boolean\.", "须为 true 或 false。"),
        (r"Not a valid UUID\.", "须为 UUID。"),
        (r"Not a valid list\.", "须为列表。"),
        (r"Not a valid mapping type\.", "须为对象。"),
        (r"Not a valid (naive |aware )?datetime\.", "须为有效的时间（含时区）。"),
        (r"Not a valid date\.", "须为有效的日期。"),
        (r"Not a valid time\.", "须为有效的时刻。"),
        (r"Not a valid URL\.", "须为有效的网址。"),
        (r"Not a valid email address\.", "须为有效的电子邮箱。"),
        (r"Shorter than minimum length (\d+)\.", r"长度不能少于 \1。"),
        (r"Longer than maximum length (\d+)\.", r"长度不能超过 \1。"),
        (r"Length must be between (\d+) and (\d+)\.", r"长度须在 \1 与 \2 之间。"),
        (r"Length must be (\d+)\.", r"长度须为 \1。"),
        (r"Must be greater than or equal to (.+?)\.", r"不能小于 \1。"),
        (r"Must be greater than (.+?)\.", r"须大于 \1。"),
        (r"Must be less than or equal to (.+?)\.", r"不能大于 \1。"),
        (r"Must be less than (.+?)\.", r"须小于 \1。"),
        (r"Must be one of: (.+?)\.", r"须为其中之一：\1。"),
        (r"String does not match expected pattern\.", "格式不符合要求。"),
    )
]


def in_chinese(message: str) -> str:
    """Return `message` in Chinese; a general sentence for one that isn't known."""
    if isinstance(message, BothTongues):
        return message.zh
    for pattern, chinese in _PATTERNS:
        if pattern.fullmatch(message):
            return pattern.sub(chinese, message)
    return _UNKNOWN_ZH


def body_errors(messages: Any) -> Errors:
    """Return each fault of a body: `pointer` (a JSON Pointer), `detail`, `detail_zh`."""
    return [
        {"pointer": "#" + "".join(f"/{_escaped(step)}" for step in path), **_both(message)}
        for path, message in _flat(messages, ())
    ]


def query_errors(messages: Any) -> Errors:
    """Return each fault of a query string: `parameter`, `detail`, `detail_zh`."""
    return [
        {"parameter": path[0] if path else "", **_both(message)}
        for path, message in _flat(messages, ())
    ]


def _both(message: str) -> dict[str, str]:
    return {"detail": str(message), "detail_zh": in_chinese(message)}


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _flat(messages: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk marshmallow's nested messages; `_schema` means the object itself."""
    match messages:
        case Mapping():
            for step, inner in messages.items():
                yield from _flat(inner, path if step == "_schema" else (*path, str(step)))
        case list() | tuple():
            for inner in messages:
                yield from _flat(inner, path)
        case str():
            yield path, messages
        case _:
            yield path, str(messages)
