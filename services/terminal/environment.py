"""The one place where the command line reads its environment.

The services read theirs in `services.common.config`; what they get is decided in `service_table`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.common.contracts.streams import SERVICES

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED_REGISTRY = CHECKOUT / "deploy" / "registry"


@dataclass(frozen=True, slots=True)
class Environment:
    """What the person at the terminal has set."""

    state_folder: Path  #: absolute; holds data, secrets, logs and pid files
    amqp_uri: str | None  #: a broker of one's own instead of the private one
    management_uri: str | None  #: the management API of that broker
    mongodb_uri: str | None  #: a database of one's own instead of the private one
    private_packages: bool  #: unpack the distribution's packages even where they are installed
    chinese: bool  #: the terminal's language
    ports: Mapping[str, str] = field(default_factory=dict)  #: by service, as they were written
    person: str | None = None  #: who gives commands: stands in what they put on record


def read(environ: Mapping[str, str] = os.environ) -> Environment:
    """Read SHAOBAO_HOME, the servers' addresses, ports, the locale, and who is at the terminal.

    Raises:
        OSError: A `<NAME>_FILE` can't be read.
    """
    home = environ.get("SHAOBAO_HOME") or str(CHECKOUT / ".shaobao")
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return Environment(
        state_folder=Path(home).absolute(),
        amqp_uri=_value(environ, "AMQP_URI"),
        management_uri=_value(environ, "AMQP_MANAGEMENT_URI"),
        mongodb_uri=_value(environ, "MONGODB_URI"),
        private_packages=environ.get("SHAOBAO_PRIVATE_PACKAGES") == "1",
        chinese=locale.startswith("zh"),
        ports={
            name: environ[variable]
            for name in SERVICES
            if environ.get(variable := f"SHAOBAO_{name.upper()}_PORT")
        },
        person=environ.get("SHAOBAO_OPERATOR") or environ.get("LOGNAME") or environ.get("USER"),
    )


def inherited() -> dict[str, str]:
    """Everything set now, for a process that is to see the same."""
    return dict(os.environ)


def _value(environ: Mapping[str, str], name: str) -> str | None:
    file = environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    return environ.get(name) or None
