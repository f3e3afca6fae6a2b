"""What the normal run may say of benchmarks: it leaves them out, and the table is theirs."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.terminal.environment import CHECKOUT
from tests.benchmarks.__main__ import HERE, NAMES
from tests.benchmarks.results import Results, Row, joined, load, save
from tests.benchmarks.table import BEGIN, DOCUMENT, END, ORDER, latest, shown, table, updated
from tests.benchmarks.timing import percentile

SLOWER = Row("calls", "p50", "ms", ours=40.0, limit=10.0, limit_is="less", better="less")
FASTER = Row("appends", "1 writer", "commits/s", ours=500.0, limit=1000.0, limit_is="raw")


def test_the_normal_run_collects_no_benchmark() -> None:
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/benchmarks"]
    told = subprocess.run(  # noqa: S603 - our own words
        words, cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    assert "test_benchmarks.py::" in told.stdout
    assert "bench_" not in told.stdout


def test_every_benchmark_has_a_file_and_every_file_a_name() -> None:
    assert {path.stem for path in HERE.glob("bench_*.py")} == {f"bench_{name}" for name in NAMES}
    assert set(ORDER) == set(NAMES)


def test_the_table_is_the_newest_result() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert updated(document, table(load(latest()))) == document


def test_a_document_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks"):
        updated("nothing here", "made")
    assert updated(f"a {BEGIN} old {END} z", "new") == f"a {BEGIN}\nnew\n{END} z"


def test_half_as_fast_and_four_times_as_slow_are_shares_of_the_limit() -> None:
    assert FASTER.share == 0.5
    assert SLOWER.share == 0.25


def test_results_come_back_from_disk_and_the_newest_of_a_case_counts(
    tmp_path: Path,
) -> None:
    save(Results({"date": "now"}, [FASTER, SLOWER]), tmp_path / "a.json")
    again = Row("appends", "1 writer", "commits/s", ours=900.0, limit=1000.0, limit_is="raw")
    both = joined([load(tmp_path / "a.json"), Results({"date": "later"}, [again])])
    assert list(both.rows) == [again, SLOWER]
    assert both.about == {"date": "later"}


@pytest.mark.parametrize(
    ("percent", "wanted"), [(0, 1.0), (50, 50.0), (99, 99.0), (99.5, 100.0), (100, 100.0)]
)
def test_a_percentile_is_a_value_that_was_seen(percent: float, wanted: float) -> None:
    assert percentile([float(each) for each in range(1, 101)], percent) == wanted


def test_no_values_have_a_percentile_of_nothing() -> None:
    assert percentile([], 99) == 0.0


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (123.4, "123"), (1.2345, "1.23"), (16.0, "16")]
)
def test_figures_are_shown_no_finer_than_they_are(value: float, text: str) -> None:
    assert shown(value) == text
