"""Settings of every process: read here, once, from a mapping that is passed in, and nowhere else.

One frozen dataclass for each process. Any setting `NAME` may instead be given as `NAME_FILE`, the
path of a file that holds it (secrets of compose). Everything missing or ill-formed is named in
one error, so an operator mends a new installation in one go. Nothing happens at import.
"""

# ruff: noqa: RUF009 - `setting` returns a dataclass field

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from services.common.errors import ShaobaoError

T = TypeVar("T")
Parse = Callable[[str], Any]
EXIT_UNUSABLE = 78  #: EX_CONFIG, a process's code: starting it again without a change won't help
_PREFIX = re.compile(r"[A-Za-z0-9_]{0,20}")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_CLOCKS = ("real", "scaled", "stepped")
_YES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class UnusableSettings(ShaobaoError):
    """Environment variables are missing or ill-formed; `faults` names each. Set them, start again.

    Values are never quoted: they can be secrets.
    """

    def __init__(self, process: str, faults: Mapping[str, str]) -> None:
        super().__init__(process=process, faults=dict(faults))
        self.process = process
        self.faults = dict(faults)

    def __str__(self) -> str:
        """Return one line a fault."""
        lines = [f"  {name}: {why}" for name, why in sorted(self.faults.items())]
        return "\n".join([f"{self.process} can't start with these settings:", *lines])


def setting(
    name: str, parse: Parse, default: Any = dataclasses.MISSING, secret: bool = False
) -> Any:
    """Return a field read from the variable `name`; without a default it must be given."""
    metadata = {"name": name, "parse": parse}
    return dataclasses.field(default=default, repr=not secret, metadata=metadata)


def _uri(*schemes: str) -> Parse:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.netloc:
            raise ValueError(f"must be a URI that begins with {' or '.join(schemes)}://")
        return text

    return parse


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("must be host:port, for example 127.0.0.1:8001")
    return host.strip("[]"), int(port)


def _one_of(*words: str) -> Parse:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def _whole(smallest: int) -> Parse:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < smallest:
            raise ValueError(f"must be a whole number of at least {smallest}")
        return int(text)

    return parse


def _existing(kind: str) -> Parse:
    tests: dict[str, Callable[[Path], bool]] = {
        "file": Path.is_file,
        "folder": Path.is_dir,
        "file or folder": Path.exists,
    }

    def parse(text: str) -> Path:
        path = Path(text)
        if not tests[kind](path):
            raise ValueError(f"must name a {kind} that exists")
        return path

    return parse


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError("must be at most 20 letters, digits or _")
    return text


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES:
        raise ValueError("must be yes or no")
    return _YES[text.lower()]


def _origins(text: str) -> frozenset[str]:
    found = frozenset(word.strip() for word in text.split(",") if word.strip())
    if any(word != "*" and urlsplit(word).scheme not in ("http", "https") for word in found):
        raise ValueError("must be origins such as https://town.example, with commas between them")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """What every process needs: the two servers, the clock, the log."""

    mongodb_uri: str = setting("MONGODB_URI", _uri("mongodb", "mongodb+srv"), secret=True)
    amqp_uri: str = setting("AMQP_URI", _uri("amqp", "amqps"), secret=True)
    database_prefix: str = setting("DATABASE_PREFIX", _prefix, "")
    clock: str = setting("CLOCK", _one_of(*_CLOCKS), "real")
    clock_rate: int = setting("CLOCK_RATE", _whole(1), 1)  #: business seconds a second, if scaled
    log_level: str = setting("LOG_LEVEL", _one_of(*_LEVELS), "INFO")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSettings(StoreSettings):
    """What a service needs: an address, and the keys that tokens are checked with."""

    http_address: tuple[str, int] = setting("HTTP_ADDRESS", _address)
    http_reuse_port: bool = setting("HTTP_REUSE_PORT", _yes_or_no, False)
    http_body_limit_bytes: int = setting("HTTP_BODY_LIMIT_BYTES", _whole(1), 256 * 1024)
    http_connections: int = setting("HTTP_CONNECTIONS", _whole(1), 1000)
    http_connections_per_address: int = setting("HTTP_CONNECTIONS_PER_ADDRESS", _whole(1), 500)
    http_allowed_origins: frozenset[str] = setting("HTTP_ALLOWED_ORIGINS", _origins, frozenset())
    token_public_keys: Path = setting("TOKEN_PUBLIC_KEYS", _existing("file or folder"))
    max_workers: int = setting("MAX_WORKERS", _whole(1), 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings(ServedSettings):
    """intake: seals what reporters say."""

    master_key_file: Path = setting("MASTER_KEY_FILE", _existing("file"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings(ServedSettings):
    """dispatch: seals handlers' texts and adopts the registry."""

    master_key_file: Path = setting("MASTER_KEY_FILE", _existing("file"))
    registry_dir: Path = setting("REGISTRY_DIR", _existing("folder"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSettings(ServedSettings):
    """escalation: seals whistles' texts and opens them for departments."""

    master_key_file: Path = setting("MASTER_KEY_FILE", _existing("file"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings(ServedSettings):
    """metrics: reads logs only, no texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CliSettings(StoreSettings):
    """The operator's commands. Each asks for what it lacks: most need no broker and no key."""

    amqp_uri: str = setting("AMQP_URI", _uri("amqp", "amqps"), "", secret=True)
    amqp_management_uri: str = setting(
        "AMQP_MANAGEMENT_URI", _uri("http", "https"), "", secret=True
    )
    master_key_file: Path | None = setting("MASTER_KEY_FILE", _existing("file"), None)
    registry_dir: Path | None = setting("REGISTRY_DIR", _existing("folder"), None)


def read_settings(kind: type[T], environment: Mapping[str, str]) -> T:
    """Return the settings `kind` from `environment`. An empty variable counts as absent.

    Raises:
        UnusableSettings: Names everything that is missing or ill-formed.
    """
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for each in fields(kind):  # type: ignore[arg-type]
        name = each.metadata["name"]
        try:
            text = _text_of(name, environment)
            if text is not None:
                values[each.name] = each.metadata["parse"](text)
            elif each.default is dataclasses.MISSING:
                faults[name] = "is missing"
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise UnusableSettings(kind.__name__.removesuffix("Settings").lower(), faults)
    return kind(**values)


def _text_of(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the variable, or what the file in `<name>_FILE` holds; None if neither is given."""
    direct, path = environment.get(name), environment.get(f"{name}_FILE")
    if direct and path:
        raise ValueError(f"is given twice, also as {name}_FILE")
    if not path:
        return direct or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the file in {name}_FILE can't be read") from error
