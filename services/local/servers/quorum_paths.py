"""Where the data of quorum queues lie, said anew in a folder that was moved or copied.

Each quorum queue keeps the absolute path of its data in a file of Erlang terms. Elsewhere it would
look there still: the queue never comes up again, and a copy writes into the original's folder.
"""

import re
from pathlib import Path
from typing import Final

#: A value may be broken into several strings, one after the other.
_DATA_FOLDER: Final = re.compile(
    r'((?:wal_)?data_dir =>\s*)"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*'
)


def say_anew(data: Path, seen_as: Path) -> int:
    """Correct every quorum queue's file below `data`, the folder of a node that doesn't run.

    `seen_as`: the path under which the node sees `data`. Returns how many were corrected.
    """
    corrected = 0
    for file in data.glob("*/*/*/*/config"):  # <node>/quorum/<node>/<queue>/config
        folder = seen_as / file.parent.parent.relative_to(data)
        before = file.read_text(encoding="utf-8")
        after = _DATA_FOLDER.sub(rf'\g<1>"{folder}"', before)
        if after != before:
            draft = file.with_name("config.draft")
            draft.write_text(after, encoding="utf-8")
            draft.replace(file)
            corrected += 1
    return corrected
