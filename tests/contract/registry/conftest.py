"""The shipped registry, loaded once."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.common.chart import Chart, ChartBook
from services.common.contracts.vocabulary import RegistryKind
from services.common.registry_files import RegistryTable, load
from tests.support.registry_folder import SHIPPED

MOMENT = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def shipped() -> Mapping[RegistryKind, RegistryTable]:
    return load(SHIPPED)


@pytest.fixture(scope="session")
def book(shipped: Mapping[RegistryKind, RegistryTable]) -> ChartBook:
    found = ChartBook()
    for table in shipped.values():
        found.adopt(table.stream, 1, MOMENT, table.entries)
    return found


@pytest.fixture(scope="session")
def chart(book: ChartBook) -> Chart:
    return book.at(MOMENT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files, to be spoilt."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "registry"))
