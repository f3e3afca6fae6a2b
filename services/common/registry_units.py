"""The units of the registry's files: divisions, departments, and the parts of every town.

A part of `registry_files`.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from services.common.chart.entries import Entry
from services.common.chart.units import PLACES
from services.common.file_faults import FileFault, Told, text_of
from services.common.words import Words
from services.common.yaml_lines import YamlEntry, tables

DIVISIONS: Final = "divisions.csv"
DEPARTMENTS: Final = "departments.yaml"
_COLUMNS: Final = ["code", "parent", "name", "level"]
_SECTION: Final = frozenset({"district", "suffix", "kind", "answers_by", "name_zh", "name_en"})


def units_of(folder: Path, told: Told) -> list[YamlEntry]:
    """Return every unit that the two files of `folder` name; what is wrong is told."""
    departments = tables(folder / DEPARTMENTS, ("units", "sections", "names_en"), told)
    names_en = dict(_names_en(departments["names_en"], told))
    before = len(told)
    divisions = list(_divisions(folder / DIVISIONS, names_en, told))
    if len(told) == before:
        told.extend(_of_no_division(departments["names_en"], divisions))
    towns = [row.entry for row in divisions if row.entry["kind"] == "town"]
    sections = [made for row in departments["sections"] for made in _sections(row, towns, told)]
    return [*divisions, *departments["units"], *sections]


def _of_no_division(
    names_en: Iterable[YamlEntry], divisions: Iterable[YamlEntry]
) -> Iterator[FileFault]:
    codes = {row.entry["code"] for row in divisions}
    for row in names_en:
        code = row.entry.get("code")
        if code is not None and code not in codes:
            yield FileFault(row.at, Words(f"{code} is no division", f"没有区划 {code}"))


def _names_en(rows: Iterable[YamlEntry], told: Told) -> Iterator[tuple[str, Any]]:
    for row in rows:
        if row.entry.keys() == {"code", "name_en"}:
            yield row.entry["code"], row.entry["name_en"]
        else:
            why = Words("is no line 'code: English name'", "应为“代码: 英文名称”")
            told.append(FileFault(row.at, why))


def _divisions(path: Path, names_en: Mapping[str, str], told: Told) -> Iterator[YamlEntry]:
    text = text_of(path, told)
    if text is None:
        return
    reader = csv.DictReader(text.splitlines(), strict=True)
    if reader.fieldnames != _COLUMNS:
        columns = ",".join(_COLUMNS)
        why = Words(f"columns are not {columns}", f"列名应为 {columns}")
        told.append(FileFault(f"{path.name}:1", why))
        return
    try:
        for line in reader:
            yield from _unit(f"{path.name}:{reader.line_num}", line, names_en, told)
    except csv.Error as error:
        why = Words(f"no CSV: {error}", "CSV 格式有误：请检查引号")
        told.append(FileFault(f"{path.name}:{reader.reader.line_num}", why))


def _unit(
    at: str, line: Mapping[str, str], names_en: Mapping[str, str], told: Told
) -> Iterator[YamlEntry]:
    if None in line or None in line.values():
        told.append(FileFault(at, Words("not four values", "不是四个值")))
        return
    if line["level"] not in PLACES:
        levels = ", ".join(PLACES)
        why = Words(f"level is not one of {levels}", f"level 应为其一：{levels}")
        told.append(FileFault(at, why))
        return
    entry = {
        "code": line["code"],
        "kind": line["level"],
        "name_zh": line["name"],
        "name_en": names_en.get(line["code"]),
        "parent": line["parent"] or None,
        "answers_by": "http",
    }
    yield YamlEntry(at, {name: value for name, value in entry.items() if value is not None})


def _sections(row: YamlEntry, towns: Iterable[Entry], told: Told) -> Iterator[YamlEntry]:
    """Yield the part of a town that `row` describes, for every town of its district."""
    part = row.entry
    missing = ", ".join(sorted(_SECTION - part.keys()))
    if missing:
        told.append(FileFault(row.at, Words(f"lacks {missing}", f"缺少 {missing}")))
        return
    rest = {name: part[name] for name in part if name not in ("district", "suffix")}
    within = [town for town in towns if town.get("parent") == part["district"]]
    if towns and not within:
        where = part["district"]
        why = Words(f"no town lies in the district {where}", f"区 {where} 中没有镇街")
        told.append(FileFault(row.at, why))
    for town in within:
        made = {
            "code": f"{town['code']}-{part['suffix']}",
            "parent": town["code"],
            "name_zh": f"{town['name_zh']}{part['name_zh']}",
            "name_en": f"{town.get('name_en', town['name_zh'])} {part['name_en']}",
        }
        yield YamlEntry(row.at, {**rest, **made})
