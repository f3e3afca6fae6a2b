"""One sentence in the two languages that people read: of refusals, of faults, of the commands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same said twice: `en` for logs and English readers, `zh` for Chinese ones."""

    en: str
    zh: str

    def __str__(self) -> str:
        """Return the English: what logs and tracebacks show."""
        return self.en

    def said(self, *, chinese: bool) -> str:
        """Return the sentence in the reader's language."""
        return self.zh if chinese else self.en

    def about(self, subject: str) -> "Words":
        """Return it as said of `subject`, a name that is the same in both languages."""
        return Words(f"{subject} {self.en}", f"{subject} {self.zh}")
