"""A folder that is told from whatever bears its name later."""

import os
from contextlib import suppress
from pathlib import Path


class Foothold:
    """The folder in which a process began. Moved or deleted, it isn't held any more.

    A new folder under the old name is another one, so what is kept is the folder, not its name.
    """

    def __init__(self, folder: Path) -> None:
        """Take hold of a folder that exists."""
        self._folder = folder
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    @property
    def held(self) -> bool:
        """Whether the name still leads to the folder."""
        try:
            there = self._folder.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return os.path.samestat(there, os.fstat(self._handle))

    def mark(self, name: str) -> None:
        """Make an empty file in the folder, wherever that is now; none where it was deleted."""
        with suppress(OSError):
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=self._handle))

    def remove(self, name: str) -> None:
        """Delete a file of the folder, wherever that is now."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._handle)
