"""The three ways something can fail, the same in every service, and what to do about each.

`Refused`    the answer is no: an HTTP 4xx, or `ReactionRefused` when a reaction asked.
`Transient`  try later: nothing was decided, the same call may succeed.
`Corrupt`    can never work: the stream is parked for that consumer until a person looks.
"""

from collections.abc import Iterable
from typing import ClassVar


class ShaobaoError(Exception):
    """Anything that Shaobao itself raises. `facts` are what a reader needs to act on it."""

    def __init__(self, **facts: object) -> None:
        super().__init__(", ".join(f"{name}={value}" for name, value in facts.items()))
        self.facts = facts


class Refused(ShaobaoError):
    """The answer is no, for a reason that the asker can read and act on.

    A subclass fixes `slug` (the stable last part of the problem's `type`), `status` (HTTP) and
    the sentence in both languages; `{name}` in a sentence is filled from `facts`.
    `allowed` names what would be accepted now: commands, values or roles.
    """

    slug: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "不能这样办理。"
    en: ClassVar[str] = "This can't be done."

    def __init__(self, *, allowed: Iterable[str] = (), **facts: object) -> None:
        super().__init__(**facts)
        self.allowed = tuple(sorted(allowed))

    @property
    def detail_zh(self) -> str:
        """The sentence in Chinese, with its facts."""
        return self.zh.format_map(self.facts)

    @property
    def detail_en(self) -> str:
        """The sentence in English, with its facts."""
        return self.en.format_map(self.facts)


class Transient(ShaobaoError):
    """Something we lean on is away or was faster. Do the same again later: it is done once."""


class Corrupt(ShaobaoError):
    """This can never work as it stands. Park the stream, tell a person, touch nothing."""


class NotAllowedNow(Refused):
    """The state machine has no such step from here. `allowed` names the commands it has."""

    slug = "not-allowed-now"
    zh = "当前状态（{state}）不能执行 {command}。"
    en = "{command} is not possible while the state is {state}."


class NotFound(Refused):
    """There is no such thing, or not one that the asker may know of."""

    slug = "not-found"
    status = 404
    zh = "没有找到：{what}。"
    en = "Not found: {what}."


class Forbidden(Refused):
    """The caller is known but may not do this. `allowed` names the roles that may."""

    slug = "forbidden"
    status = 403
    zh = "无权办理：{command}。"
    en = "You may not do this: {command}."
