"""What is wrong with a single entry of the registry's files: a part of `registry_files`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.common.chart.categories import DEEPEST, level_of
from services.common.chart.check import fault_of
from services.common.chart.entries import Entry
from services.common.chart.folding import SHAPES
from services.common.chart.units import PLACES
from services.common.contracts.vocabulary import RegistryKind
from services.common.file_faults import is_control
from services.common.words import Words

_OF_LEAVES: Final = frozenset({"of", "time_class", "working_time", "evidence_required"})


def ill_formed(kind: RegistryKind, entry: Entry) -> Iterator[Words]:
    """Yield why an entry can't be folded: a field is missing, or of a wrong type."""
    for error in SHAPES[kind].wrong(entry):
        fault = fault_of(error)
        yield fault.why.about(f"{fault.key}:")


def oddities(kind: RegistryKind, entry: Entry) -> Iterator[Words]:
    """Yield what a well-formed entry of a file may not be either."""
    shape = SHAPES[kind]
    found = [*_unknown_fields(kind, entry), *_texts(entry), *_days(entry)]
    if not _has_origin(kind, entry):
        en = "name a source, or mark it sample or policy"
        found.append(Words(en, "请注明 source，或标明 sample 或 policy"))
    found += [fault_of(error).why for error in shape.out_of_form(entry)]
    for why in found:
        yield why.about(f"{entry[shape.key]}:")


def _unknown_fields(kind: RegistryKind, entry: Entry) -> Iterator[Words]:
    unknown = ", ".join(sorted(entry.keys() - SHAPES[kind].known))
    if unknown:
        yield Words(f"unknown field {unknown}", f"未知字段 {unknown}")
    if kind == "categories" and level_of(entry["code"]) < DEEPEST:
        idle = ", ".join(sorted(entry.keys() & _OF_LEAVES))
        if idle:
            en = f"{idle} has no effect on a heading, only on the third level"
            yield Words(en, f"{idle} 只对第三级分类有作用")


def _texts(entry: Entry) -> Iterator[Words]:
    for name, value in entry.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not text.strip():
                yield Words(f"{name} is blank", f"{name} 为空")
            elif isinstance(text, str) and any(map(is_control, text)):
                yield Words(f"{name} holds a control character", f"{name} 含有控制字符")


def _days(entry: Entry) -> Iterator[Words]:
    first, end = entry.get("valid_from"), entry.get("valid_until")
    if first is not None and end is not None and end <= first:
        en = f"would never hold: it ends on {end}, before it begins"
        yield Words(en, f"永远不会生效：终止日 {end} 不晚于起始日")


def _has_origin(kind: RegistryKind, entry: Mapping[str, Any]) -> bool:
    division = kind == "units" and entry["kind"] in PLACES
    heading = kind == "categories" and "time_class" not in entry
    marked = entry.get("sample") is True or entry.get("policy") is True
    return division or heading or marked or bool(entry.get("source"))
