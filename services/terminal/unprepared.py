"""What the command line says when it can't go on."""

from typing import ClassVar


class Unprepared(Exception):
    """The machine lacks something. The sentence says what, and what to do about it.

    Raised anywhere below a command; printed as one sentence, without a traceback, by `app.main`,
    which then ends with `exit_code`.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, *, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class WrongWord(Unprepared):
    """A word on the command line names nothing. The sentence says what there is."""

    exit_code = 2
