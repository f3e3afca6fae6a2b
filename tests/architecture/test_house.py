"""The house rules that no linter knows: sizes, names, one place for the environment."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, files, functions, named, parsed

LINES = 300
FUNCTION_LINES = 40
#: Longer than 300 lines with one idea all the same. A table of facts may be; a mechanism may not.
LONGER_FILES: set[str] = set()
#: Tests: a table of cells, or one suite that two stores must pass.
LONGER_TESTS = {
    "tests/contract/vault_contract.py",
    "tests/integration/common/http/test_wire.py",
    "tests/property/test_whistle.py",
    "tests/support/examples_metrics.py",
    "tests/support/metrics_histories.py",
    "tests/unit/dispatch/test_work_order_commands.py",
    "tests/unit/escalation/clocks/test_arming_machine.py",
    "tests/unit/escalation/clocks/test_reactions.py",
    "tests/unit/escalation/whistles/test_whistle_rules.py",
}
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "misc", "base", "manager", "tools", "core"}
#: Where a process reads what it was started with. The last hands it on to `apt`, unread.
READ_THE_ENVIRONMENT = {
    "services/common/running/process.py",
    "services/terminal/environment.py",
    "services/local/servers/packages.py",
}


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def longer(*folders: str) -> set[str]:
    return {named(path) for path in files(*folders) if length(path) > LINES}


def test_files_of_the_product_hold_one_idea() -> None:
    assert longer("services") <= LONGER_FILES


def test_files_of_tests_hold_one_idea() -> None:
    assert longer("tests") <= LONGER_TESTS


def test_functions_of_the_product_are_short() -> None:
    long = {
        f"{named(path)}:{each.name}"
        for path in files("services")
        for each in functions(path)
        if (each.end_lineno or each.lineno) - each.lineno + 1 > FUNCTION_LINES
    }
    assert long == set()


def test_every_module_is_named_after_what_it_is_about() -> None:
    nameless = {
        named(path)
        for path in files("services", "tests")
        if SAYS_NOTHING & {path.stem, *path.parent.parts[-3:]}
    }
    assert nameless == set()


def test_one_place_makes_consoles_so_that_no_stored_text_acts_on_a_terminal() -> None:
    makers = {
        named(path)
        for path in files("services")
        if any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Console"
            for node in ast.walk(parsed(path))
        )
    }
    assert makers == {"services/terminal/console.py"}


def _reads_the_environment(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv" | "environb"):
            return True
        case ast.ImportFrom(module="os", names=names):
            return bool({"environ", "getenv", "environb"} & {each.name for each in names})
        case _:
            return False


def test_the_environment_is_read_where_a_process_starts_and_nowhere_else() -> None:
    readers = {
        named(path)
        for path in files("services")
        if any(_reads_the_environment(node) for node in ast.walk(parsed(path)))
    }
    assert readers <= READ_THE_ENVIRONMENT


@pytest.mark.parametrize(
    "line", ["import os; os.environ['X']", "import os; os.getenv('X')", "from os import environ"]
)
def test_every_way_to_read_the_environment_is_seen(line: str) -> None:
    assert any(_reads_the_environment(node) for node in ast.walk(ast.parse(line)))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_says_what_it_decides_reads_publishes_and_owns(service: str) -> None:
    [path] = [each for each in files(f"services/{service}") if each.match(f"{service}/__init__.py")]
    said = ast.get_docstring(parsed(path)) or ""
    words = re.findall(r"\b(decides|reads|publishes|owns)\b", said, re.IGNORECASE)
    assert {word.lower() for word in words} == {"decides", "reads", "publishes", "owns"}
    assert len(said.splitlines()) <= 7


def test_entry_points_have_at_most_five_lines() -> None:
    """`service.py` is a table: what is more belongs into a handler or a view."""
    fat = {
        f"{service}.{each.name}"
        for service in SERVICES
        for path in files(f"services/{service}")
        if path.name == "service.py"
        for each in functions(path)
        if each.decorator_list and _body_lines(each) > 5
    }
    assert fat == set()


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
