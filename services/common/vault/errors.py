"""What can go wrong with keys and sealed texts."""

from services.common.errors import Corrupt, Refused, ShaobaoError, Transient


class KeyErased(Refused):
    """The key was destroyed on request. Whatever it sealed is gone for good; don't retry."""

    slug = "erased"
    status = 410
    zh = "相关内容已按要求删除。"
    en = "This was erased on request."


class TextErased(KeyErased):
    """The text's key was destroyed on request. Show that it was erased."""

    slug = "text-erased"
    zh = "这段内容已按要求删除。"
    en = "This text was erased on request."


class TextMissing(Refused):
    """No text has this reference: it was never written, or its command never committed."""

    slug = "text-missing"
    status = 404
    zh = "没有这段内容。"
    en = "There is no such text."


class KeyUnknown(Corrupt):
    """No key of that name was ever made. Make it before sealing under it."""


class TextUnreadable(Corrupt):
    """The ciphertext or the key was changed by somebody. Restore both from the same backup."""


class TextIdTaken(Corrupt):
    """The command wrote this field before under another key: one command id, two requests."""


class AnotherTextKept(ShaobaoError):
    """The command wrote another text into this field before, and the first stays."""


class WrongName(Corrupt):
    """A key name or text reference that nothing of ours would make."""


class VaultAway(Transient):
    """The vault's store doesn't answer, or doesn't know whether it wrote. Do it again."""


class UnusableMasterKeys(ShaobaoError):
    """The file of master keys can't be used: `why`. Without it no text can be read."""
