"""YAML lists of entries, each with the line it stands on. Plain values only, no floats."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from services.common.errors import Corrupt

#: The same nodes, made in C where PyYAML was built with it.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR: Final = "tag:yaml.org,2002:str"
_PLAIN: Final = {_STR, "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool"}


class YamlFault(Corrupt):
    """A file isn't what it should be; `at` says where: `<file>:<line>`."""

    def __init__(self, at: str, why: str) -> None:
        super().__init__(at=at, why=why)
        self.at = at
        self.why = why

    def __str__(self) -> str:
        """Return place and reason, as a compiler would."""
        return f"{self.at}: {self.why}"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry and where it stands: `<file>:<line>`."""

    at: str
    entry: dict[str, Any]


def tables(path: Path, names: Iterable[str]) -> dict[str, list[Row]]:
    """Return the tables of the file `path`, which has exactly those `names` at its top.

    A table is a list of mappings. A mapping of text to text in a table's place becomes rows
    `{code, name_en}`.

    Raises:
        YamlFault: It is no such YAML; a name is missing or unknown; a value is null, a float, a
            date or otherwise no text, whole number, yes/no or list of text; a field stands twice.
        OSError: It can't be read.
    """
    file = _File(path.name)
    root = file.root(text_of(path))
    found = dict(file.fields(root))
    if found.keys() != set(names):
        wanted, had = ", ".join(sorted(names)), ", ".join(sorted(found))
        raise YamlFault(file.at(root), f"wanted at the top: {wanted}; found: {had}")
    return {name: list(file.rows(node)) for name, node in found.items()}


def text_of(path: Path) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        YamlFault: It is not UTF-8.
        OSError: It can't be read.
    """
    raw = path.read_bytes()
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise YamlFault(f"{path.name}:{line}", f"not UTF-8: {error.reason}") from error


@dataclass(frozen=True, slots=True)
class _File:
    name: str

    def at(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"

    def root(self, text: str) -> yaml.Node:
        try:
            root = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise YamlFault(f"{self.name}:{line}", f"no YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise YamlFault(f"{self.name}:1", f"no YAML: {error}") from error
        if root is None:
            raise YamlFault(f"{self.name}:1", "is empty")
        return root

    def fields(self, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise YamlFault(self.at(node), "is no mapping of names to values")
        seen: set[str] = set()
        for key, value in node.value:
            if key.tag != _STR:
                raise YamlFault(self.at(key), f"a name is not text, quote it: {key.value}")
            if key.value in seen:
                raise YamlFault(self.at(key), f"{key.value} stands twice")
            seen.add(key.value)
            yield key.value, value

    def rows(self, node: yaml.Node) -> Iterator[Row]:
        if isinstance(node, yaml.MappingNode):
            for code, name in self.fields(node):
                yield Row(self.at(name), {"code": code, "name_en": self.value(name)})
            return
        if not isinstance(node, yaml.SequenceNode):
            raise YamlFault(self.at(node), "is no list")
        for item in node.value:
            entry = {name: self.value(value) for name, value in self.fields(item)}
            yield Row(self.at(item), entry)

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.scalar(item) for item in node.value]
        return self.scalar(node)

    def scalar(self, node: yaml.Node) -> str | int | bool:
        if not isinstance(node, yaml.ScalarNode) or node.tag not in _PLAIN:
            kind = node.tag.rpartition(":")[2]
            raise YamlFault(self.at(node), f"{kind} is not allowed, quote it or use whole numbers")
        match node.tag.rpartition(":")[2]:
            case "int":
                return self.number(node)
            case "bool":
                return bool(node.value.lower() in ("true", "yes", "on"))
            case _:
                return str(node.value)

    def number(self, node: yaml.ScalarNode) -> int:
        try:
            return int(node.value)
        except ValueError as error:  # 0x1f, 010, 1:30 are numbers too, for YAML
            raise YamlFault(self.at(node), f"write the number plainly: {node.value}") from error
