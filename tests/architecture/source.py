"""The product's own source, as the architecture tests read it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = ("intake", "dispatch", "escalation", "metrics")


def files(*folders: str) -> list[Path]:
    """Return every Python file below folders of the repository."""
    found = (path for each in folders for path in (ROOT / each).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def named(path: Path) -> str:
    """Return a path as one reads it, from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def defined(path: Path) -> set[str]:
    """Return what a file defines: functions, classes, `Class.method`, names of the module."""
    found = set()
    for node in parsed(path).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.ClassDef():
                found.add(node.name)
                own = (each for each in node.body if isinstance(each, ast.FunctionDef))
                found |= {f"{node.name}.{each.name}" for each in own}
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found.add(name)
    return found


def mentioned(path: Path) -> set[str]:
    """Return every name that the code of a file uses, and every text that is a single word."""
    found = set()
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case ast.Constant(value=str(text)) if text.isidentifier():
                found.add(text)
    return found
