"""Twenty greenlets make one key and one text at once, in a process patched as services are."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import sys  # noqa: E402
import uuid  # noqa: E402

from pymongo import MongoClient  # noqa: E402

from services.common.vault.keys import Keys  # noqa: E402
from services.common.vault.master_keys import MasterKeys  # noqa: E402
from services.common.vault.mongo import MongoKeyRows, MongoTextRows, Row  # noqa: E402
from services.common.vault.vault import Vault  # noqa: E402


def main(uri: str) -> None:
    """Print what came of it."""
    prefix = f"t{uuid.uuid4().hex[:8]}_"
    with MongoClient[Row](uri) as client:

        def make(_: int) -> tuple[bytes, str]:
            keys = Keys(MongoKeyRows(client, prefix), MasterKeys("m", {"m": b"m" * 32}))
            vault = Vault("intake", keys, MongoTextRows(client, "intake", prefix))
            keys.create_if_absent("request-1")
            text_ref = vault.seal("request-1", "c", "said", "the same words")
            return keys.key("request-1"), vault.open(text_ref)

        found = set(eventlet.GreenPool(20).imap(make, range(20)))
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)
    print("one key, one text" if len(found) == 1 else found)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
