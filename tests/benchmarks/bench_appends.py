"""1. Appends against `insert_one` of an equally long document, both majority and journaled."""

import pytest

from tests.benchmarks.results import Row
from tests.benchmarks.session import Bench

pytestmark = pytest.mark.benchmark
SHOWN = ("p50_ms", "p99_ms", "cpu_ms")


@pytest.mark.parametrize("writers", [1, 8, 16])
def test_appends(bench: Bench, writers: int) -> None:
    found = bench.appends(writers)
    ours, raw = found["ours"], found["raw"]
    bench.tell(
        Row(
            "appends",
            f"{writers} writers" if writers > 1 else "1 writer",
            "commits/s",
            ours["rate"],
            raw["rate"],
            "insert_one of an equally long document, w=majority, j=true, no index but _id",
            details={
                **{name: ours[name] for name in SHOWN},
                **{f"limit_{name}": raw[name] for name in SHOWN},
                "body_bytes": found["body_bytes"],
            },
        )
    )
