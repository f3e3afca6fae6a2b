"""Vaults of several services in one process."""

import pytest

from services.common.vault.errors import TextErased
from services.common.vault.names import request_key
from services.common.vault.opening import vaults_in_memory


def test_services_in_one_process_read_each_others_texts_until_they_are_erased() -> None:
    vaults = vaults_in_memory("intake", "dispatch")
    vaults["intake"].keys.create_if_absent(request_key("1"))
    text_ref = vaults["intake"].seal(request_key("1"), "c", "said", "x")
    assert vaults["dispatch"].open(text_ref) == "x"
    vaults["dispatch"].keys.destroy(request_key("1"))
    with pytest.raises(TextErased):
        vaults["dispatch"].open(text_ref)
