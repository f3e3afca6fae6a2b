"""Reading the files: what is wrong is said with file and line, all of it at once."""

import re
from pathlib import Path

import pytest

from services.common.registry_files import load
from tests.support.registry_folder import append, faults, line_of, replace

DUTY = "  - {category: %s, first_holder: %s, rule: r, sample: true}"
POLICY = '  - {name: %s, value: %s, effective_from: "%s", policy: true}'
DEPARTMENT = (
    '  - {code: "%s", kind: department, parent: "110112", answers_by: http, '
    'name_zh: "%s", sample: true}'
)
NEVER = 'kind: court, valid_from: "2030-01-02", valid_until: "2030-01-02"'
UNIT = '  - {code: x, kind: %s, parent: "110112", answers_by: http, name_zh: 甲, sample: true}'


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("duties.yaml", DUTY % ("no.such.one", "village"), "no such category"),
        ("duties.yaml", DUTY % ("city.trade", "village"), "no such category"),
        ("duties.yaml", DUTY % ("city.trade.night-market", "town"), "stands twice"),
        ("duties.yaml", "  - {category: 7, first_holder: town, rule: r}", "is not text: 7"),
        ("duties.yaml", "  - {category: a.b.c, rule: r}", "first_holder is missing"),
        ("duties.yaml", "  - {category: a.b.c, first_holder: town, rule: r}", "name a source"),
        ("duties.yaml", "  - {category: a, category: b}", "category stands twice"),
        ("duties.yaml", "  - {category: a, 5: b}", "a name is not text"),
        ("duties.yaml", "  - {category: {a: b}}", "is not allowed"),
        ("duties.yaml", "  - town", "is no mapping"),
        ("policies.yaml", POLICY % ("x", "0.5", "2026-01-01"), "float is not allowed"),
        ("policies.yaml", POLICY % ("x", "2026-01-01", "2026-01-01"), "timestamp is not allowed"),
        ("policies.yaml", POLICY % ("x", "", "2026-01-01"), "null is not allowed"),
        ("policies.yaml", POLICY % ("x", "1:30", "2026-01-01"), "write the number plainly"),
        ("policies.yaml", POLICY % ("x", "1", "soon"), "is no day"),
        ("policies.yaml", POLICY % ("x", "1", "2026-02-30"), "is no day"),
        ("policies.yaml", POLICY % ("x", "1", "2026-01-01"), "x: has no effect"),
        ("policies.yaml", POLICY % ("home_district_code", "110112", "2026-01-01"), "no district"),
        ("duties.yaml", "  - {category: a.b.c, first_holder: ' ', rule: r, sample: true}", "blank"),
        ("policies.yaml", POLICY % ("dispatch_limit_seconds", "1", "2020-01-01"), "stands twice"),
        ("policies.yaml", POLICY % ("dispatch_limit_seconds", "0", "2026-01-01"), "above 0"),
        ("policies.yaml", POLICY % ("dispatch_limit_seconds", "soon", "2026-01-01"), "above 0"),
        ("policies.yaml", POLICY % ("home_district_code", '"x"', "2026-01-01"), "no district"),
        ("policies.yaml", POLICY % ("quorum_support_numerator", "4", "2026-01-01"), "denominator"),
        ("policies.yaml", POLICY % ("composite_response_permille", "1", "2026-01-01"), "sum up to"),
    ],
)
def test_a_wrong_line_is_named_with_its_file_and_number(
    folder: Path, file: str, line: str, said: str
) -> None:
    number = append(folder, file, line)
    found = faults(folder)
    assert f"{file}:{number}: " in found
    assert said in found


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("departments.yaml", "kind: court", "kind: kingdom", "kind is not one of"),
        ("departments.yaml", "http, name_zh: 东", "dove, name_zh: 东", "neither amqp nor http"),
        ("departments.yaml", "kind: court", "kind: court, colour: red", "unknown field colour"),
        ("departments.yaml", 'district: "110112"', 'district: "9"', "no town lies in the district"),
        ("departments.yaml", "suffix: planning, ", "", "lacks suffix"),
        ("departments.yaml", '"110101": D', '"999": D', "999 is no division"),
        ("departments.yaml", "code: cc-110101, kind: command_centre",
         "code: cc-110101, kind: department", "needs one each of command_centre"),
        ("departments.yaml", "sections:", "parts:", "wanted at the top"),
        ("catalogue.yaml", "lead: village", "lead: dept-x", "no such unit: dept-x"),
        ("catalogue.yaml", '"section:planning"', '"section:x"', "no such unit: section:x"),
        ("catalogue.yaml", "city.appearance.litter", "a.b.c", "no such category"),
        ("duties.yaml", "holder: village,", "holder: dept-x,", "no such first holder"),
        ("duties.yaml", "holder: village,", "holder: leader-110112,", "can't hold work orders"),
        ("duties.yaml", "duties:", "duties: {", "no YAML"),
        ("categories.yaml", "time_class: general", "time_class: slow", "time_class is not one of"),
        ("categories.yaml", "of: incident", "of: [incident]", "of is not text"),
        ("categories.yaml", "working_time: false", "working_time: true", "has no effect yet"),
        ("categories.yaml", "{code: city, ", "{code: city, of: asset, ", "has no effect on a head"),
        ("departments.yaml", "kind: court", NEVER, "would never hold"),
        ("departments.yaml", "code: dept-court", "code: Dept_Court", "code is no unit code"),
        ("departments.yaml", "kind: court", 'kind: "court\\n"', "control character"),
        ("divisions.csv", "110101,,东城区", "110101,110102,东城区", "a district has no parent"),
        ("categories.yaml", "  - {code: city, ", "  - {code: town, ", "has no parent city"),
        ("policies.yaml", "name: dispatch_limit_seconds", "name: despatch_seconds", "is not set"),
        ("divisions.csv", "code,parent", "id,parent", "columns are not"),
        ("divisions.csv", "110101,,东城区,district", "110101,东城区", "not four values"),
        ("divisions.csv", "110101001,110101,", "110101001,110199,", "parent is not in the chart"),
        ("divisions.csv", "110101001001,110101001,", "110101001001,110101,", "lies in a town"),
    ],
)  # fmt: skip
def test_a_changed_line_is_found_out(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    replace(folder, file, old, new)
    found = faults(folder)
    assert said in found
    assert all(re.match(r"\w+\.(yaml|csv):\d+: ", line) for line in found.splitlines())


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("Dept_X", "部门", "code is no unit code (lower-case letters"),
        ("dept--x", "部门", "code is no unit code"),
        ("x" * 65, "部门", "code is no unit code"),
        ("dept-1dacfbb6-929f-57c6-8274-a50fa226d698", "部门", "no UUID"),
        ("dept-x", r"部\n门", "name_zh is no unit name (one line"),
        ("dept-x", "名" * 121, "name_zh is no unit name"),
    ],
)
def test_a_unit_that_could_not_be_shown_is_named_with_its_line_before_it_is_adopted(
    folder: Path, code: str, name: str, said: str
) -> None:
    number = _added_department(folder, code, name)
    assert f"departments.yaml:{number}: {code}: " in faults(folder)
    assert said in faults(folder)


@pytest.mark.parametrize(
    "code", ["dept-human-resources-and-social-security", "deputy2-110112", "court"]
)
def test_any_other_code_is_taken(folder: Path, code: str) -> None:
    _added_department(folder, code, "部门")
    assert code in {entry["code"] for entry in load(folder)["units"].entries}


def _added_department(folder: Path, code: str, name: str) -> int:
    """Add a department in front of the parts of towns; return its line."""
    row = DEPARTMENT % (code, name)
    replace(folder, "departments.yaml", "\n# Parts of a town", f"{row}\n\n# Parts of a town")
    text = (folder / "departments.yaml").read_text(encoding="utf-8")
    return text[: text.index(row)].count("\n") + 1


def test_a_code_that_events_could_not_hold_is_named(folder: Path) -> None:
    replace(folder, "duties.yaml", "rule: village-by-place", "rule: 按属地")
    category = '  - {code: 市容, name_zh: 甲, name_en: "A"}'
    number = append(folder, "categories.yaml", category)
    found = faults(folder)
    assert "rule is no word" in found
    assert f"categories.yaml:{number}: 市容: code is no category code" in found


def test_all_faults_of_all_files_are_named_at_once(folder: Path) -> None:
    """Form and fit, several in one file, several in one line, in the order of files and lines."""
    first = append(folder, "duties.yaml", DUTY % ("a.b.c", "7"), DUTY % ("a.b.d", "nobody"))
    second = append(folder, "policies.yaml", POLICY % ("x", "0.5", "soon"), "  - 5",
                    POLICY % ("dispatch_limit_seconds", "0", "2026-01-01"))  # fmt: skip
    third = append(folder, "categories.yaml", "  - {code: x, name_zh: 7}")
    replace(folder, "departments.yaml", "kind: court", "kind: kingdom")
    found = faults(folder)
    assert [line.partition(": ")[0] for line in found.splitlines()] == [
        f"categories.yaml:{third}",
        f"categories.yaml:{third}",
        f"departments.yaml:{line_of(folder, 'departments.yaml', 'kingdom')}",
        f"duties.yaml:{first}",
        f"policies.yaml:{second}",
        f"policies.yaml:{second + 1}",
        f"policies.yaml:{second + 2}",
    ]
    assert "name_en is missing" in found
    assert "name_zh is not text" in found


def test_what_hangs_on_an_entry_with_a_fault_is_not_blamed_for_it(folder: Path) -> None:
    """The town has 57 villages, and duties name the category."""
    replace(folder, "divisions.csv", "张家湾镇,town", "张家湾镇,city")
    replace(folder, "categories.yaml", "{code: city.trade.night-market, ", "{code: a.b.c.d, ")
    assert [line.partition(": ")[2] for line in faults(folder).splitlines()] == [
        "a.b.c.d: code has more than three levels",
        "level is not one of village, town, district",
    ]


def test_a_missing_file_and_an_empty_one_are_named(folder: Path) -> None:
    (folder / "duties.yaml").unlink()
    (folder / "catalogue.yaml").write_text("", encoding="utf-8")
    found = faults(folder)
    assert "duties.yaml: No such file" in found
    assert "catalogue.yaml:1: is empty" in found


def test_bytes_that_are_not_utf_8_are_named_with_their_line(folder: Path) -> None:
    path = folder / "policies.yaml"
    number = path.read_bytes().count(b"\n") + 1
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    assert f"policies.yaml:{number}: not UTF-8" in faults(folder)


def test_a_table_that_is_no_list_is_named(folder: Path) -> None:
    (folder / "duties.yaml").write_text("duties: none\n", encoding="utf-8")
    assert "duties.yaml:1: is no list" in faults(folder)


def test_a_day_in_the_future_is_looked_at_too(folder: Path) -> None:
    later = UNIT % "kingdom"
    replace(folder, "departments.yaml", "\n# Parts of a town",
            f"{later[:-1]}, valid_from: \"2030-01-01\"}}\n\n# Parts of a town")  # fmt: skip
    assert "kind is not one of" in faults(folder)


def test_moving_lines_and_changing_comments_is_no_new_version(folder: Path) -> None:
    before = load(folder)
    path = folder / "duties.yaml"
    head, *rows = path.read_text(encoding="utf-8").split("\n  - ")
    path.write_text("\n  - ".join([f"# a comment\n{head}", *reversed([r.strip() for r in rows])]))
    assert load(folder)["duties"] == before["duties"]


def test_a_changed_value_is_a_new_version_of_its_table_alone(folder: Path) -> None:
    before = load(folder)
    append(folder, "policies.yaml", POLICY % ("dispatch_limit_seconds", "300", "2027-01-01"))
    after = load(folder)
    changed = {kind for kind in after if after[kind].sha256 != before[kind].sha256}
    assert changed == {"policies"}
