"""`python -m services.operating.rebuilding ERRAND`: the process of one slice.

Prints a line of JSON whenever it has moved, and what it did at the end. It ends when nobody reads
that any more: its command was killed, and another may go on.
"""

import gc
import json
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final

from services.common.following.memory import MemoryDocuments
from services.operating.reach import Reach, reaching
from services.operating.rebuilding.crew import SliceErrand
from services.operating.rebuilding.kept import KeptDocuments
from services.operating.rebuilding.saving import SavedSlice
from services.operating.rebuilding.slices import Slice
from services.operating.rebuilding.slicing import SliceRebuild
from services.operating.wirings import projectors_of
from services.terminal.unprepared import Unprepared

#: Documents pile up, and nothing of them goes in circles.
OBJECTS_BETWEEN_COLLECTIONS: Final = 200_000


def main(words: list[str]) -> int:
    """Rebuild one slice; return the process's code: 1 after a sentence that says why not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends its processes itself
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 50, 100)
    try:
        with reaching() as reach:
            done = _rebuilt(reach, SliceErrand(**json.loads(words[0])))
    except Unprepared as lack:
        _say({"lack": {"en": lack.en, "zh": lack.zh}})
        return 1
    _say({"tally": done})
    return 0


def _rebuilt(reach: Reach, errand: SliceErrand) -> Mapping[str, Any]:
    slice_ = Slice(errand.number, errand.of)
    view = reach.stores.view(errand.service)
    # what they would write with is none of ours: documents are folded in memory
    models = projectors_of(reach, errand.service, MemoryDocuments())
    work = SliceRebuild(
        [each for each in models if each.model.name in errand.models],
        stores=reach.stores,
        kept=KeptDocuments(view),
        slice_=slice_,
        saved=SavedSlice(view, errand.token, slice_),
        save_every_seconds=errand.save_every_seconds,
    )
    return work.run(lambda done, of: _say({"done": done, "of": of})).plain()


def _say(told: Mapping[str, Any]) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        sys.exit(1)
