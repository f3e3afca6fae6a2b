"""What the command line says when it can't go on."""


class Unprepared(Exception):
    """The machine lacks something. The sentence says what, and what to do about it.

    Raised anywhere below a command; printed as one sentence, without a traceback, by `app.main`.
    """

    def __init__(self, *, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh
