"""The kinds of text that an event may hold, and what each looks like.

A field of an event says its kind (`unit: UnitCode`), not `str`: free text and personal data lie in
a vault, events carry references and codes. The form of a kind is checked where events are made
(`check_forms`), never where they are read: what was written under an earlier rule stays readable
for good. To a type checker every kind is a `str`.
"""

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache, partial
from typing import (
    Annotated,
    Any,
    Final,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from services.common.errors import Corrupt


@dataclass(frozen=True, slots=True)
class Form:
    """What texts of one kind look like. `pattern` is of the whole text."""

    name: str  #: as documents call the kind
    pattern: str
    allowed_zh: str  #: what is allowed, for who has to write one
    allowed: str
    example: str

    def fits(self, text: object) -> bool:
        """Tell whether `text` is of this form."""
        return isinstance(text, str) and _compiled(self.pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


class TextOutOfForm(Corrupt):
    """An event holds a text that isn't of its field's kind. Nothing was written.

    A door let it in, or the registry names a code that has another form: check it there.
    """


_UUID: Final = r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
_ID: Final = r"[0-9A-Za-z-]{1,64}"
_STREAM: Final = rf"[a-zA-Z]{{1,20}}-{_ID}"

ID: Final = Form(
    "id", _ID, "字母、数字、-，最多 64 个字符", "letters, digits and -, at most 64",
    "967951f1-6f4f-5935-9e25-e8dbc47eead6",
)  # fmt: skip
STREAM_NAME: Final = Form(
    "stream", _STREAM, "类别、-、编号", "a category, a dash, an id",
    "workOrder-967951f1-6f4f-5935-9e25-e8dbc47eead6",
)  # fmt: skip
EVENT_ID: Final = Form(
    "event id", rf"{_STREAM}@\d{{1,15}}\.\d{{1,5}}", "事件流、@、版本、点、序号",
    "a stream, @, a version, a dot, an index", "workOrder-967951f1-6f4f-5935-9e25-e8dbc47eead6@3.0",
)  # fmt: skip
#: The one rule for codes of units: the registry's check, the broker's names and the labels of
#: metrics all use it. A code with a UUID in it is refused: metrics tell an id by that.
UNIT_CODE: Final = Form(
    "unit code", rf"(?!.*{_UUID})(?!.{{65}})[a-z0-9]+(-[a-z0-9]+)*",
    "小写字母、数字和单个 -，最多 64 个字符，不含 UUID",
    "lower-case letters, digits and single dashes, at most 64, no UUID", "110112105",
)  # fmt: skip
CATEGORY_CODE: Final = Form(
    "category code", r"(?!.{65})[a-z0-9_-]+(\.[a-z0-9_-]+)*",
    "小写字母、数字、-、_，各级以 . 分隔，最多 64 个字符",
    "lower-case letters, digits, - and _, levels divided by dots, at most 64",
    "city.trade.night-market",
)  # fmt: skip
CODE: Final = Form(
    "code", r"[0-9A-Za-z_./:-]{1,64}", "字母、数字、-_./:，最多 64 个字符",
    "letters, digits and -_./:, at most 64", "SC-2026/0071",
)  # fmt: skip
WORD: Final = Form(
    "word", r"[a-z][a-z0-9_-]{0,63}", "小写字母开头，小写字母、数字、-、_，最多 64 个字符",
    "lower-case letters, digits, - and _, a letter first, at most 64", "nothing_to_do",
)  # fmt: skip
COMMAND_NAME: Final = Form(
    "command", r"[A-Z][A-Za-z]{1,63}", "命令名称", "the name of a command", "AcknowledgeWorkOrder"
)
TEXT_REF: Final = Form(
    "text reference", rf"[a-z]{{1,20}}/{_ID}", "服务、/、编号", "a service, a slash, an id",
    "intake/1dacfbb6-929f-57c6-8274-a50fa226d698",
)  # fmt: skip
SHA256: Final = Form(
    "SHA-256", r"[0-9a-f]{64}", "64 位十六进制数字", "64 hexadecimal digits", "ab" * 32
)
#: Text that an earlier version of the event held in the clear: read, and never written again.
IN_CLEAR: Final = Form("text in the clear", r"(?!)", "不再写入", "not written any more", "")
#: Not of an event: the name of a unit in the registry, on pages and in labels.
UNIT_NAME: Final = Form(
    "unit name", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,120}",
    "一行文字，最多 120 个字符，不含控制字符",
    "one line, at most 120 characters, no control characters", "张家湾镇",
)  # fmt: skip
EVENT_FORMS: Final = (
    ID, STREAM_NAME, EVENT_ID, UNIT_CODE, CATEGORY_CODE, CODE, WORD, COMMAND_NAME, TEXT_REF,
    SHA256, IN_CLEAR,
)  # fmt: skip

Id: TypeAlias = Annotated[str, ID]
StreamName: TypeAlias = Annotated[str, STREAM_NAME]
EventId: TypeAlias = Annotated[str, EVENT_ID]
UnitCode: TypeAlias = Annotated[str, UNIT_CODE]
CategoryCode: TypeAlias = Annotated[str, CATEGORY_CODE]
Code: TypeAlias = Annotated[str, CODE]
Word: TypeAlias = Annotated[str, WORD]
CommandName: TypeAlias = Annotated[str, COMMAND_NAME]
TextRef: TypeAlias = Annotated[str, TEXT_REF]
Sha256: TypeAlias = Annotated[str, SHA256]
InClear: TypeAlias = Annotated[str, IN_CLEAR]
#: Codes by name. Reading takes any value: so did the first version of the event that has it.
Codes: TypeAlias = Annotated[Mapping[str, Any], CODE]


def check_forms(event: object) -> None:
    """Check that every text of `event` is of its field's kind.

    Raises:
        TextOutOfForm: Names event, field and form; not the text, which may be personal.
    """
    kind: Any = type(event)
    check = _check_of(kind)
    for field, form in check(event, "") if check is not None else ():
        raise TextOutOfForm(event=type(event).__name__, field=field, form=form.name)


#: Yields field and form of every text in a value (its name beside it) that isn't of its form.
_Check: TypeAlias = Callable[[Any, str], Iterator[tuple[str, Form]]]


@cache
def _check_of(kind: Any) -> _Check | None:
    """Return what checks a value that is declared as `kind`; None: it holds no text of a form.

    Made once a kind: an event is checked whenever it is made, and looking at types takes long.
    """
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is Annotated:
            return partial(_misfits_of_text, arguments[1])
        case origin if origin in (Union, types.UnionType):
            return _check_of(arguments[0])
        case origin if origin is tuple:
            check = _check_of(arguments[0])
            return None if check is None else partial(_misfits_of_each, check)
        case _ if is_dataclass(kind):
            found = {name: _check_of(inner) for name, inner in kinds_of(cast("type", kind)).items()}
            checks = {name: check for name, check in found.items() if check is not None}
            return partial(_misfits_of_fields, checks) if checks else None
    return None


def _misfits_of_text(form: Form, value: Any, at: str) -> Iterator[tuple[str, Form]]:
    if value is not None:
        texts = value.values() if isinstance(value, Mapping) else (value,)
        yield from ((at, form) for each in texts if not form.fits(each))


def _misfits_of_each(check: _Check, values: Any, at: str) -> Iterator[tuple[str, Form]]:
    for each in values or ():
        yield from check(each, at)


def _misfits_of_fields(
    checks: Mapping[str, _Check], value: Any, at: str
) -> Iterator[tuple[str, Form]]:
    if value is not None:
        for name, check in checks.items():
            yield from check(getattr(value, name), f"{at}.{name}" if at else name)


@cache
def kinds_of(shape: type) -> Mapping[str, Any]:
    """Return the declared kind of each field of a dataclass, with its form."""
    return get_type_hints(shape, include_extras=True)
