"""Another name for a folder whose path RabbitMQ and Erlang can't live with.

RabbitMQ's scripts split their own path at spaces, and its management plugin dies of a letter beyond
ASCII in the path of a log. Such a folder is reached through a link with a plain path instead.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z0-9._/+@-]+")


@dataclass(frozen=True, slots=True)
class PlainNames:
    """The links of one broker. `record` is the file that remembers where they lie."""

    record: Path

    def of(self, folder: Path) -> Path:
        """`folder` itself if its path is plain, else a link to it in a folder for temporary files.

        Asked again, it gives the same link as long as that is there.
        """
        if _PLAIN.fullmatch(str(folder)):
            return folder
        link = self._place() / folder.name
        if not (link.is_symlink() and link.readlink() == folder):
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
        return link

    def forget(self) -> None:
        """Remove the links; what they lead to stays."""
        if self.record.exists():
            shutil.rmtree(self.record.read_text(encoding="utf-8"), ignore_errors=True)
            self.record.unlink()

    def _place(self) -> Path:
        if self.record.exists():
            place = Path(self.record.read_text(encoding="utf-8"))
            if place.is_dir():
                return place
        self.record.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="shaobao-"))
        self.record.write_text(str(place), encoding="utf-8")
        return place
