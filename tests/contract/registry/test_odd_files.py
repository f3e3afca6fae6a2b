"""Files as editors, spreadsheets and accidents leave them: taken, or refused with their place."""

import os
import re
from pathlib import Path

import pytest

from services.common.registry_files import load
from tests.support.registry_folder import append, faults, replace

HAN = re.compile(r"[\u4e00-\u9fff]")


def write(folder: Path, file: str, text: str) -> None:
    (folder / file).write_bytes(text.encode())


def bomb(levels: int) -> str:
    """A YAML of some lines that would be 9 to the power of `levels` values."""
    lines = ["duties:", '  - &a0 ["x"]']
    lines += [f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("duties.yaml", "", "duties.yaml:1: is empty"),
        ("duties.yaml", "duties:\n\t- a\n", "duties.yaml:2: no YAML: a tab"),
        ("duties.yaml", "duties: \x00\n", "duties.yaml:1: holds a control character: U+0000"),
        ("duties.yaml", "duties: []\n---\nduties: []\n", "no YAML"),
        ("duties.yaml", "duties: []\nduties: []\n", "duties.yaml:2: duties stands twice"),
        ("duties.yaml", "- a\n", "duties.yaml:1: is no mapping"),
        ("duties.yaml", "duties: none\n", "duties.yaml:1: is no list"),
        ("duties.yaml", bomb(9), "duties.yaml:2: anchors and aliases are not allowed"),
        ("duties.yaml", "duties: " + "[" * 50_000, "is nested too deeply"),
        ("duties.yaml", "duties:\n  - {<<: {a: b}}\n", "a name is not text"),
        ("duties.yaml", "duties:\n  - {category: !!python/name:os.system }\n", "is not allowed"),
        ("departments.yaml", "units: []\nsections: []\nnames_en: [{a: b}]\n",
         "departments.yaml:3: is no line 'code: English name'"),
        ("divisions.csv", "", "divisions.csv:1: columns are not"),
        ("divisions.csv", 'code,parent,name,level\n1,,"a"b,town\n', "divisions.csv:2: no CSV"),
        ("divisions.csv", "code,parent,name,level\n1,2\n", "divisions.csv:2: not four values"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_with_its_place(
    folder: Path, file: str, text: str, said: str
) -> None:
    write(folder, file, text)
    assert said in faults(folder)
    chinese = faults(folder, chinese=True).splitlines()
    assert all(HAN.search(line) for line in chinese), chinese


@pytest.mark.parametrize(
    ("mark", "ends"), [("\ufeff", "\n"), ("", "\r\n"), ("\ufeff", "\r\n")], ids=repr
)
def test_a_byte_order_mark_and_the_line_ends_of_windows_change_nothing(
    folder: Path, mark: str, ends: str
) -> None:
    before = load(folder)
    for path in folder.glob("*.[yc]*"):
        text = path.read_text(encoding="utf-8").replace("\n", ends)
        path.write_bytes((mark + text).encode())
    assert load(folder) == before


def test_bytes_that_are_not_utf_8_are_named_with_their_line(folder: Path) -> None:
    path = folder / "policies.yaml"
    number = path.read_bytes().count(b"\n") + 1
    path.write_bytes(path.read_bytes() + "城管".encode("gb18030") + b"\n")
    assert f"policies.yaml:{number}: not UTF-8" in faults(folder)


def test_what_is_missing_or_no_file_is_named_beside_the_faults_of_the_others(folder: Path) -> None:
    (folder / "duties.yaml").unlink()
    (folder / "catalogue.yaml").unlink()
    (folder / "catalogue.yaml").mkdir()
    (folder / "categories.yaml").unlink()
    os.mkfifo(folder / "categories.yaml")
    line = append(folder, "policies.yaml", "  - {name: x}")
    assert faults(folder).splitlines() == [
        "catalogue.yaml: is no file",
        "categories.yaml: is no file",
        "duties.yaml: No such file or directory",
        f"policies.yaml:{line}: x: value is missing",
        f"policies.yaml:{line}: x: effective_from is missing",
    ]
    assert "duties.yaml: 文件不存在" in faults(folder, chinese=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_named(folder: Path) -> None:
    (folder / "duties.yaml").chmod(0)
    assert faults(folder) == "duties.yaml: Permission denied"


def test_a_fault_is_told_in_chinese_without_english_around_it(folder: Path) -> None:
    replace(folder, "categories.yaml", "working_time: false", "working_time: true")
    append(folder, "policies.yaml", '  - {name: x, value: 1, effective_from: "2026-02-30"}')
    first, second = faults(folder, chinese=True).splitlines()
    assert first.endswith("working_time 尚无作用：目前没有时钟按工作日计时，请写 false")
    assert second.endswith("x: effective_from 不是有效日期（YYYY-MM-DD）：'2026-02-30'")
