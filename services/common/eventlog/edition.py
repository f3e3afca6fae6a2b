"""Which edition of the rules folds a stream: a hash over the source that folding runs through.

A state that other rules have folded must not be gone on from. Nobody has to think of raising a
number: whatever is changed in a module that `evolve`, the state or the events come from, or in one
that those import, makes another edition; so does a comment, which costs one fold of each long
stream. What isn't ours (Python, libraries) is left out: it says what the rules say.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from services.common.contracts.codec import canonical
from services.common.eventlog.folding import Aggregate

#: What every fold runs through: older events are made new, and a checkpoint is written and read.
ALWAYS: Final = ("services.common.contracts.upcasters", "services.common.eventlog.checkpoints")


def editions_of(aggregates: Iterable[Aggregate[Any]]) -> Mapping[str, str]:
    """Return the edition of each of `aggregates`, in hex, by category.

    Reads some dozens of source files: ask once, at start, when they are what is running. Rules
    that can't be named (a lambda, a function in a function) or whose source isn't there have none.
    """
    sources: dict[str, str | None] = {}
    found = ((each.category, _edition(each, sources)) for each in aggregates)
    return {category: edition for category, edition in found if edition is not None}


def _edition(aggregate: Aggregate[Any], sources: dict[str, str | None]) -> str | None:
    evolve, kind = aggregate.evolve, type(aggregate.initial)
    named = isinstance(evolve, FunctionType) and "<" not in evolve.__qualname__ + kind.__qualname__
    if not named:
        return None
    first = (evolve.__module__, kind.__module__)
    texts = _reached((*first, *ALWAYS), sources)
    if any(texts[name] is None for name in first):
        return None
    said = [
        aggregate.category,
        evolve.__qualname__,
        kind.__qualname__,
        repr(aggregate.initial),
        {name: text for name, text in texts.items() if text is not None},
    ]
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def _reached(first: Iterable[str], sources: dict[str, str | None]) -> Mapping[str, str | None]:
    """Return the source of `first` and of what they import of the same roots, by module."""
    waiting = list(first)
    roots = {name.partition(".")[0] for name in waiting}
    found: dict[str, str | None] = {}
    while waiting:
        name = waiting.pop()
        if name in found or name.partition(".")[0] not in roots:
            continue
        if name not in sources:
            sources[name] = _source(name)
        found[name] = text = sources[name]
        if text is not None:
            waiting += _imported(text)
            waiting.append(name.rpartition(".")[0])  # its package is run before it
    return found


def _source(module: str) -> str | None:
    """Return the source of a module; None if that is no module, or came without its source."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):  # what an import names need not be a module
        return None
    if spec is None or not spec.has_location or not str(spec.origin).endswith(".py"):
        return None
    return Path(str(spec.origin)).read_text(encoding="utf-8")


def _imported(source: str) -> Iterator[str]:
    """Yield the names that `source` imports: modules, and what may be modules or things in them."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                yield module
                yield from (f"{module}.{each.name}" for each in names)
