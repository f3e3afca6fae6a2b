"""Writes the table of docs/performance.md from a result, between two marks.

python -m tests.benchmarks.table RESULT.json [RESULT.json ...]
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.terminal.environment import CHECKOUT
from tests.benchmarks.results import RESULTS, Results, Row, joined, load

DOCUMENT = CHECKOUT / "docs" / "performance.md"
BEGIN = "<!-- made by: python -m tests.benchmarks.table -->"
END = "<!-- end of what is made -->"
ORDER = (
    *("appends", "relay", "requests", "calls", "lifecycles", "history"),
    *("following", "rebuild", "idle"),
)
HEAD = "| benchmark | case | ours | its limit | share of the limit | load | the limit is |"
DETAILS = "| benchmark | case | further figures |"


def table(results: Results) -> str:
    """Return everything between the marks."""
    figures = [HEAD, _rule(HEAD), *_rows(results)]
    details = [DETAILS, _rule(DETAILS), *_details(results)]
    return "\n".join([*_about(results.about), "", *figures, "", *details])


def _about(about: Mapping[str, Any]) -> Iterator[str]:
    machine, versions = about["machine"], about["versions"]
    load = ", ".join(f"{each:.1f}" for each in about["load_average_at_start"])
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield f"{about['date']}, `{about['command']}`."
    yield (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, data on {machine['file_system']}; "
        f"load average at the start {load}."
    )
    yield f"{named}."


def _rule(head: str) -> str:
    return "|" + "---|" * (head.count("|") - 1)


def _in_order(results: Results) -> list[Row]:
    return sorted(results.rows, key=lambda each: ORDER.index(each.benchmark))


def _rows(results: Results) -> Iterator[str]:
    for row in _in_order(results):
        share = f"{row.share:.0%}" if row.share >= 0.1 else f"{row.share:.1%}"
        ours, limit = f"{shown(row.ours)} {row.unit}", f"{shown(row.limit)} {row.unit}"
        load = f"{row.load_average:.0f}"
        cells = (row.benchmark, row.case, ours, limit, f"**{share}**", load, row.limit_is)
        yield f"| {' | '.join(cells)} |"


def _details(results: Results) -> Iterator[str]:
    for row in _in_order(results):
        if row.details:
            told = ", ".join(f"`{name}` {shown(value)}" for name, value in row.details.items())
            yield f"| {row.benchmark} | {row.case} | {told} |"


def shown(value: float) -> str:
    """Return three significant figures, thousands in groups."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def updated(document: str, made: str) -> str:
    """Return `document` with `made` between the marks.

    Raises:
        ValueError: A mark is missing.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def latest() -> Path:
    """Return the newest result that is kept here."""
    return max(RESULTS.glob("*.json"))


def main(files: list[Path]) -> None:
    """Bring the document up to date."""
    results = joined([load(file) for file in files])
    DOCUMENT.write_text(updated(DOCUMENT.read_text("utf-8"), table(results)), encoding="utf-8")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]] or [latest()])
