"""A service's vault, ready to use: on MongoDB, or all services' in one process's memory."""

import os
from pathlib import Path

from pymongo import MongoClient

from services.common.vault.keys import Keys
from services.common.vault.master_keys import KEY_BYTES, MasterKeys
from services.common.vault.memory import MemoryKeyRows, MemoryTexts
from services.common.vault.mongo import MongoKeyRows, MongoTextRows, Row
from services.common.vault.vault import Vault


def vault_in_mongo(
    client: MongoClient[Row], service: str, master_key_file: Path, prefix: str = ""
) -> Vault:
    """Return the vault of `service`. `prefix` is put before the names of the databases.

    Raises:
        UnusableMasterKeys: The file can't be used.
        VaultAway: The database doesn't answer.
    """
    master = MasterKeys.read(master_key_file)
    texts = MongoTextRows(client, service, prefix)
    texts.prepare()
    return Vault(service, Keys(MongoKeyRows(client, prefix), master), texts)


def vaults_in_memory(*services: str) -> dict[str, Vault]:
    """Return vaults that share their keys and read each other's texts, as processes would."""
    master = MasterKeys("memory", {"memory": os.urandom(KEY_BYTES)})
    rows, texts = MemoryKeyRows(), MemoryTexts()
    return {name: Vault(name, Keys(rows, master), texts.of(name)) for name in services}
