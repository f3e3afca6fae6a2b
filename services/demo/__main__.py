"""One process of players: `python -m services.demo GROUP [--secrets FOLDER]`.

They look at their lists about once a second, do what can be done, and never give up: while a
service is away they wait for it, as people do.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from services.common.http.tokens import issue, private_key
from services.common.observability.visible import visible
from services.demo.api import LATER, HttpApi, Problem
from services.demo.cast import Person
from services.demo.player import Player
from services.demo.troupe import GROUPS, TROUPE
from services.local.secret_files import KEY_ID, Secrets
from services.local.service_table import HTTP_PORTS, Service
from services.local.supervisor import Supervision
from services.terminal import environment as environments

LOOK_SECONDS: Final = 0.8
AWAY_SECONDS: Final = 2.0


def http_api(addresses: dict[str, str], secrets: Secrets) -> HttpApi:
    """Return a way in for anybody of the cast, with tokens signed by `secrets`."""
    key = private_key(secrets.signing_key)
    tokens: dict[Person, str] = {}

    def token_of(person: Person) -> str:
        if person not in tokens:
            tokens[person] = issue(key, KEY_ID, person.name, [person.role], unit=person.unit)
        return tokens[person]

    return HttpApi(addresses, token_of)


def local_addresses(services: Iterable[Service]) -> dict[str, str]:
    """Return where `services` answer on this machine."""
    return {each.name: each.address for each in services}


def play(players: Iterable[Player]) -> None:
    """Let `players` look until somebody stops the process."""
    cast = list(players)
    while True:
        pause = LOOK_SECONDS
        for player in cast:
            try:
                while player.look():
                    pass
            except ConnectionError as error:
                sys.stderr.write(visible(f"{player.name} waits: {error}") + "\n")
                pause = AWAY_SECONDS
            except Problem as problem:
                if problem.status not in LATER and problem.status < 500:
                    raise
                sys.stderr.write(visible(f"{player.name} tries again: {problem}") + "\n")
                pause = AWAY_SECONDS
        time.sleep(pause)


def main() -> None:
    """Play one group."""
    parser = argparse.ArgumentParser(prog="python -m services.demo", description=__doc__)
    parser.add_argument("group", choices=sorted(GROUPS))
    parser.add_argument("--secrets", type=Path, help="folder with the signing key")
    for name in HTTP_PORTS:
        parser.add_argument(f"--{name}", help=f"base URL of {name}", metavar="URL")
    given = vars(parser.parse_args())
    home = environments.read().state_folder
    known = local_addresses(Supervision(home).services())
    addresses = {name: given[name] or known[name] for name in HTTP_PORTS}
    api = http_api(addresses, Secrets(given["secrets"] or home / "secrets"))
    play(TROUPE[name](api) for name in GROUPS[given["group"]])


if __name__ == "__main__":
    main()
