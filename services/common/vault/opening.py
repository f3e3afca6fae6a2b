"""The vaults of several services in one process's memory: for stories and their tests."""

import os

from services.common.vault.keys import Keys
from services.common.vault.master_keys import KEY_BYTES, MasterKeys
from services.common.vault.memory import MemoryKeyRows, MemoryTexts
from services.common.vault.vault import Vault


def vaults_in_memory(*services: str) -> dict[str, Vault]:
    """Return vaults that share their keys and read each other's texts, as processes would."""
    master = MasterKeys("memory", {"memory": os.urandom(KEY_BYTES)})
    rows, texts = MemoryKeyRows(), MemoryTexts()
    return {name: Vault(name, Keys(rows, master), texts.of(name)) for name in services}
