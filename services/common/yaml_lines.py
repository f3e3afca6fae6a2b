"""YAML lists of entries, each with the line it stands on. Plain values only, no floats.

How four of the five tables of `registry_files` are read, and the departments of the fifth.

Nothing here stops at the first fault: what is wrong is told to a list, what is right is returned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from services.common.file_faults import FileFault, Told, text_of
from services.common.words import Words

#: The same nodes, made in C where PyYAML was built with it.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR: Final = "tag:yaml.org,2002:str"
_PLAIN: Final = {_STR, "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool"}
_YES_OR_NO: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False,
                     "off": False}  # fmt: skip
_KINDS_ZH: Final = {"float": "小数", "timestamp": "日期", "null": "空值", "seq": "嵌套列表",
                    "map": "嵌套内容"}  # fmt: skip
#: The names at the top, a list, an entry, a list in it. What is deeper was not written by hand.
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class YamlEntry:
    """An entry and where it stands: `<file>:<line>`."""

    at: str
    entry: dict[str, Any]


def tables(path: Path, names: Iterable[str], told: Told) -> dict[str, list[YamlEntry]]:
    """Return the tables of the file `path`, which has exactly those `names` at its top.

    A table is a list of mappings. A mapping of text to text in a table's place becomes rows
    `{code, name_en}`. An entry with a fault is left out, a file that is no YAML has no entries.

    Told are: it can't be read or is no such YAML; a name is missing or unknown; an anchor or an
    alias; a value that is null, a float, a date or otherwise no text, whole number, yes/no or list
    of text; a field that stands twice.
    """
    file = _File(path.name, told)
    text = text_of(path, told)
    root = file.root(text) if text is not None else None
    found = dict(file.fields(root)) if root is not None else {}
    wanted = sorted(names)
    if root is not None and isinstance(root, yaml.MappingNode) and sorted(found) != wanted:
        file.tell(root, *_other_names(wanted, sorted(found)))
    return {name: list(file.rows(found[name])) if name in found else [] for name in wanted}


def _other_names(wanted: list[str], had: list[str]) -> tuple[str, str]:
    names, others = ", ".join(wanted), ", ".join(had)
    return (
        f"wanted at the top: {names}; found: {others}",
        f"顶层应为：{names}；实际为：{others}",
    )


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    told: Told

    def tell(self, node: yaml.Node, en: str, zh: str) -> None:
        self.told.append(FileFault(self.at(node), Words(en, zh)))

    def at(self, node: Any) -> str:
        """Return the place of a node or an event."""
        return f"{self.name}:{node.start_mark.line + 1}"

    def root(self, text: str) -> yaml.Node | None:
        """Return the top of the file; None, and it was told why, where there is none."""
        try:
            if not self._is_tame(text):
                return None
            root = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            self.told.append(_no_yaml(self.name, text, error))
            return None
        if root is None:
            self.told.append(FileFault(f"{self.name}:1", Words("is empty", "是空文件")))
        return root

    def _is_tame(self, text: str) -> bool:
        """Say whether nothing is nested deeply or written once and used again (a YAML bomb)."""
        faults, depth = len(self.told), 0
        for event in yaml.parse(text, Loader=_LOADER):
            if getattr(event, "anchor", None) is not None:
                why = Words(
                    "anchors and aliases are not allowed, write it out",
                    "不允许使用锚点和别名，请完整写出",
                )
                self.told.append(FileFault(self.at(event), why))
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                why = Words("is nested too deeply", "嵌套层数过多")
                self.told.append(FileFault(self.at(event), why))
                return False
        return len(self.told) == faults

    def fields(self, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.tell(node, "is no mapping of names to values", "不是“名称: 值”的形式")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if key.tag != _STR:
                name = getattr(key, "value", "")
                self.tell(key, f"a name is not text, quote it: {name}", f"名称应加引号：{name}")
            elif key.value in seen:
                self.tell(key, f"{key.value} stands twice", f"{key.value} 重复")
            else:
                seen.add(key.value)
                yield key.value, value

    def rows(self, node: yaml.Node) -> Iterator[YamlEntry]:
        if isinstance(node, yaml.MappingNode):
            for code, name in self.fields(node):
                yield YamlEntry(self.at(name), {"code": code, "name_en": self.value(name)})
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                faults = len(self.told)
                entry = {name: self.value(value) for name, value in self.fields(item)}
                if len(self.told) == faults:
                    yield YamlEntry(self.at(item), entry)
        else:
            self.tell(node, "is no list", "不是列表")

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.scalar(item) for item in node.value]
        return self.scalar(node)

    def scalar(self, node: yaml.Node) -> str | int | bool | None:
        """Return a plain value; None, and it was told, where it is none."""
        kind = node.tag.rpartition(":")[2]
        if not isinstance(node, yaml.ScalarNode) or node.tag not in _PLAIN:
            en = f"{kind} is not allowed, quote it or use whole numbers"
            self.tell(node, en, f"不允许{_KINDS_ZH.get(kind, '此类值')}，请加引号或改用整数")
            return None
        if kind == "int":
            return self.number(node)
        if kind == "bool":
            return _YES_OR_NO.get(node.value.lower())
        return str(node.value)

    def number(self, node: yaml.ScalarNode) -> int | None:
        try:
            return int(node.value)
        except ValueError:  # 0x1f, 010, 1:30 are numbers too, for YAML
            said = node.value[:40]
            self.tell(node, f"write the number plainly: {said}", f"请直接写出数字：{said}")
            return None


def _no_yaml(name: str, text: str, error: yaml.MarkedYAMLError) -> FileFault:
    line = error.problem_mark.line if error.problem_mark else 0
    lines = text.split("\n")
    if "\t" in lines[line] if line < len(lines) else False:
        why = Words("no YAML: a tab, indent with spaces", "YAML 语法有误：含制表符，请用空格缩进")
    else:
        why = Words(f"no YAML: {error.problem}", "YAML 语法有误：请检查缩进、括号、引号和冒号")
    return FileFault(f"{name}:{line + 1}", why)
