"""On which ports the services answer: asked for now, named in the environment, or as last time."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.local.service_table import HTTP_PORTS, Service
from services.terminal.unprepared import Unprepared, WrongWord

HIGHEST: Final = 65_535


def chosen_ports(
    base: int | None, named: Mapping[str, str], last: Iterable[Service]
) -> dict[str, int]:
    """Return a port for each service.

    `base`: the services take the four after it, as 8001 to 8004 follow 8000. Else `named`: what
    SHAOBAO_<SERVICE>_PORT says, by service, as it stands there. Else `last`: the table of the run
    before, whose ports stay unless others are asked for.

    Raises:
        Unprepared: One is no port, or two services would share one.
    """
    ports = {**HTTP_PORTS, **{each.name: each.port for each in last if each.name in HTTP_PORTS}}
    ports |= {name: _port(name, text) for name, text in named.items()}
    if base is not None:
        _check_base(base)
        ports = {name: base + number for number, name in enumerate(HTTP_PORTS, start=1)}
    for name, port in ports.items():
        _check(name, port)
    if len(set(ports.values())) < len(ports):
        raise Unprepared(
            en=f"Two services can't share a port: {_shown(ports)}.",
            zh=f"两个服务不能使用同一端口：{_shown(ports)}。",
        )
    return ports


def _check_base(base: int) -> None:
    last = HIGHEST - len(HTTP_PORTS)
    if not 0 <= base <= last:
        raise WrongWord(
            en=f"--port-base {base}: the services take the four ports after it, so it goes from 0 "
            f"to {last}.",
            zh=f"--port-base {base}：服务使用其后的四个端口，故应在 0 到 {last} 之间。",
        )


def _port(name: str, text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else _refuse(name, text)


def _check(name: str, port: int) -> None:
    if not 1 <= port <= HIGHEST:
        _refuse(name, str(port))


def _refuse(name: str, text: str) -> int:
    variable = f"SHAOBAO_{name.upper()}_PORT"
    raise Unprepared(
        en=f"'{text}' is no port for {name}: {variable} takes a whole number from 1 to {HIGHEST}.",
        zh=f"“{text}”不能作为 {name} 的端口：{variable} 须为 1 到 {HIGHEST} 的整数。",
    )


def _shown(ports: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {port}" for name, port in ports.items())
