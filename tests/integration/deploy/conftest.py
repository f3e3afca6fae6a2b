"""A mongod that asks for passwords, as in an installation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.servers.database import Database
from services.local.servers.throwaway import database_in
from tests.integration.deploy.guarding import answers, connected
from tests.support.servers import skipping_without_servers
from tests.support.waiting import eventually


def spawned(database: Database, *words: str) -> None:
    """Start mongod with `words` besides and wait until it answers."""
    database.process.spawn(
        [*database._command(database._program()), *words],
        env=database._environment(),
        log=database.folder / "output.log",
        tied=True,
    )
    with connected(database) as client:
        eventually(lambda: answers(client), awaited="mongod to answer")


@pytest.fixture(scope="module")
def guarded(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A member of a replica set that knows nobody but root (password: root)."""
    database = database_in(server_folder / f"guarded-{request.node.name}".replace("/", "-"))
    keyfile = database.folder / "keyfile"
    with skipping_without_servers():
        database.start()
    with connected(database) as client:
        client.admin.command("createUser", "root", pwd="root", roles=["root"])
    database.stop()
    keyfile.write_text("a" * 64, encoding="ascii")
    keyfile.chmod(0o400)
    spawned(database, "--keyFile", str(keyfile))
    yield database
    database.wipe()
