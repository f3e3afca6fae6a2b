"""A stream is loaded from what is known of it: else a long one is read as a whole each time."""

import ast

from tests.architecture.source import files, named, parsed

#: Streams of the registry are short; an orphan is rare, and has hardly any clock.
FROM_NOTHING = {"services/dispatch/handlers.py", "services/escalation/clocks/orphans.py"}


def _loads_from_nothing(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="load"), args=arguments, keywords=[]):
            return len(arguments) < 4
        case _:
            return False


def _loads(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "services.common.eventlog.loading"
        and "load" in {each.name for each in node.names}
        for node in ast.walk(tree)
    )


def test_services_load_streams_from_what_is_known_of_them() -> None:
    trees = {named(path): parsed(path) for path in files("services") if _loads(parsed(path))}
    assert len(trees) > 10
    assert {
        name
        for name, tree in trees.items()
        if any(_loads_from_nothing(node) for node in ast.walk(tree))
    } == FROM_NOTHING
