"""Keys and texts of several commands in one request: what each is told, and when it goes wrong."""

from collections.abc import Sequence
from typing import Any

import pytest
from pymongo.errors import BulkWriteError

from services.common.vault.errors import VaultAway
from services.common.vault.mongo import TAKEN, _inserted


class Refusing:
    """A collection that answers a group with faults."""

    def __init__(self, codes: Sequence[int], *, no_majority: bool = False) -> None:
        self._faults = [{"index": index, "code": code} for index, code in enumerate(codes)]
        self._concerns = [{"code": 64, "errmsg": "waiting for replication timed out"}]
        self._concerns *= no_majority

    def insert_many(self, documents: Sequence[Any], *, ordered: bool) -> None:
        assert (len(documents), ordered) == (3, False)
        details = {"writeErrors": self._faults, "writeConcernErrors": self._concerns}
        raise BulkWriteError(details)


def inserted(collection: Refusing) -> set[int]:
    return _inserted(collection, [{"_id": number} for number in range(3)])  # type: ignore[arg-type]


def test_whose_id_is_taken_is_told_by_its_place() -> None:
    assert inserted(Refusing([TAKEN, TAKEN])) == {0, 1}


@pytest.mark.parametrize("codes", [(), (TAKEN,)])
def test_without_a_majority_in_time_all_try_again(codes: Sequence[int]) -> None:
    """Also whose id was taken: that is by somebody who isn't written by a majority either."""
    with pytest.raises(VaultAway):
        inserted(Refusing(codes, no_majority=True))


def test_another_fault_is_ours_to_see() -> None:
    with pytest.raises(BulkWriteError):
        inserted(Refusing([TAKEN, 2]))
