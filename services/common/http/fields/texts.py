"""Fields for what people write: free texts, names, phone numbers; and for the codes of things."""

import re
from typing import Any, Final

from marshmallow import ValidationError, fields
from marshmallow.validate import Length, Regexp

from services.common.contracts.forms import Form
from services.common.http.fields.characters import (
    has_forbidden,
    is_blank,
    with_plain_line_ends,
)
from services.common.http.fields.codes import CODE, LONGEST_CODE
from services.common.http.fields.phones import NotAPhone, phone_kept
from services.common.http.messages import BothTongues

LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 200  #: firms, and Uyghur, Tibetan and foreign names
_BLANK: Final = BothTongues("不能为空白。", "Must not be blank.")
_CONTROL: Final = BothTongues(
    "不能含有控制字符（换行和制表符除外）。",
    "Must not hold control characters other than line ends and tabs.",
)
_ONE_LINE: Final = BothTongues(
    "须为一行，不能含有控制字符。", "Must be one line without control characters."
)
_NO_CODE: Final = BothTongues(
    "须为代码：字母、数字和 ._:-，以字母或数字开头。",
    "Must be a code: letters, digits and ._:-, beginning with a letter or digit.",
)


def _described(settings: dict[str, Any], text: str) -> dict[str, Any]:
    """Return `settings` with a description, unless they bring their own."""
    return {**settings, "metadata": {"description": text, **settings.get("metadata", {})}}


class Text(fields.String):
    """Text with something to see in it, without the blanks around it; else as it was written."""

    lines = True  #: may have several

    def __init__(self, longest: int = LONGEST_TEXT, **settings: Any) -> None:
        described = _described(settings, "Not blank; no control characters but line ends and tabs.")
        super().__init__(validate=Length(max=longest), **described)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = with_plain_line_ends(super()._deserialize(value, *args, **kwargs)).strip()
        if has_forbidden(text, lines=self.lines):
            raise ValidationError(_CONTROL if self.lines else _ONE_LINE)
        if is_blank(text):
            raise ValidationError(_BLANK)
        return text


class Name(Text):
    """The name of a person, an office, a file or a place, on one line; kept as it was written."""

    lines = False

    def __init__(self, longest: int = LONGEST_NAME, **settings: Any) -> None:
        described = _described(settings, "One line, not blank, no control characters.")
        super().__init__(longest, **described)


class Phone(fields.String):
    """One to three phone numbers as people write them; loaded as they are kept (`phones`)."""

    def __init__(self, **settings: Any) -> None:
        described = _described(
            settings, "As people write it: 13812345678, (010)69546789转8001, two with / between."
        )
        super().__init__(**described)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        try:
            return phone_kept(text)
        except NotAPhone as error:
            raise ValidationError(BothTongues(error.zh, error.en)) from error


class Formed(fields.String):
    """A text that the log keeps in the clear, so of a form; who is refused is told which."""

    def __init__(self, form: Form, **settings: Any) -> None:
        said = BothTongues(f"须为{form.allowed_zh}。", f"Must be {form.allowed}.")
        fits = Regexp(rf"({form.pattern})\Z", re.ASCII, error=said)
        super().__init__(validate=fits, **_described(settings, form.allowed))


class Code(fields.String):
    """The code or id of a unit, a place, a category, a work order or a stream."""

    def __init__(self, longest: int = LONGEST_CODE, **settings: Any) -> None:
        form = Regexp(rf"{CODE}\Z", error=_NO_CODE)
        super().__init__(validate=[Length(min=1, max=longest), form], **settings)
