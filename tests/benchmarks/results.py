"""What a run found, as values and as JSON. A figure is never without its limit."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Better = Literal["more", "less"]
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours and the figure of its limit, both in `unit`, taken in turns."""

    benchmark: str
    case: str
    unit: str
    ours: float
    limit: float
    limit_is: str  #: what was done to find the limit
    better: Better = "more"
    #: further figures, the unit in each name
    details: Mapping[str, float] = field(default_factory=dict)
    load_average: float = 0.0  #: of one minute, when the row was finished

    @property
    def share(self) -> float:
        """Return how much of its limit is reached: 1.0 is all of it."""
        of, whole = (self.ours, self.limit) if self.better == "more" else (self.limit, self.ours)
        return of / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Results:
    """One run: on what, by which command, when, and what came out."""

    about: Mapping[str, Any]
    rows: Sequence[Row]


def save(results: Results, file: Path) -> None:
    """Write `results` as JSON."""
    plain = {"about": results.about, "rows": [dataclasses.asdict(row) for row in results.rows]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load(file: Path) -> Results:
    """Read what `save` wrote."""
    plain = json.loads(file.read_text(encoding="utf-8"))
    return Results(plain["about"], [Row(**row) for row in plain["rows"]])


def joined(found: Sequence[Results]) -> Results:
    """Return one result of several: the newest figure for each case; `about` of the last."""
    rows = {(row.benchmark, row.case): row for each in found for row in each.rows}
    return Results(found[-1].about, list(rows.values()))
