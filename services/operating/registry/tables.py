"""The registry's files as the command line reads them: whole, or every fault of them at once."""

from collections.abc import Mapping
from pathlib import Path

from services.common import registry_files
from services.common.contracts.vocabulary import RegistryKind
from services.common.registry_files import RegistryFilesInvalid, RegistryTable
from services.terminal.unprepared import Unprepared

Tables = Mapping[RegistryKind, RegistryTable]


def registry_of(folder: Path) -> Tables:
    """Return the tables that `folder` holds.

    Raises:
        Unprepared: They can't be adopted: a line a fault, with file and line number.
    """
    try:
        return registry_files.load(folder)
    except RegistryFilesInvalid as error:
        en, zh = (error.said(chinese=chinese) for chinese in (False, True))
        raise Unprepared(
            en="\n".join([f"The registry in {folder} has faults, {len(en)} in all:", *en]),
            zh="\n".join([f"{folder} 中的登记册有误，共 {len(zh)} 处：", *zh]),
        ) from error


def answering_by_amqp(tables: Tables) -> list[str]:
    """Return the codes of the departments that are called over the broker, sorted."""
    units = tables["units"].entries
    return sorted({str(each["code"]) for each in units if each["answers_by"] == "amqp"})
