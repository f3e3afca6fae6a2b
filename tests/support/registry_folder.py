"""A folder of registry files that a test spoils, and what is said of it."""

from pathlib import Path

import pytest

from services.common.registry_files import RegistryFilesInvalid, load

SHIPPED = Path(__file__).parents[2] / "deploy" / "registry"


def append(folder: Path, file: str, *lines: str) -> int:
    """Add lines to the end of a file and return the number of the first."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return text.count("\n") + 1


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Change the first `old` of a file, which has one."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(folder: Path, file: str, text: str) -> int:
    """Return the number of the first line that holds `text`."""
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def faults(folder: Path, *, chinese: bool = False) -> str:
    """Return what is said of `folder`, a line a fault. There is one."""
    with pytest.raises(RegistryFilesInvalid) as invalid:
        load(folder)
    return "\n".join(invalid.value.said(chinese=chinese))
