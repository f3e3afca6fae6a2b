"""`./shaobao token`: who gets which token, and what is said to whom gets none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app as entry
from services.common.http.call import Caller
from services.common.http.errors import TokenExpired
from services.common.http.reference.telling import operations_of
from services.common.http.tokens import TokenVerifier, public_keys
from services.dispatch.service import DispatchService
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.local.secret_files import Secrets
from services.local.service_table import Service, save
from services.local.supervisor import Supervision
from services.metrics.service import MetricsService
from services.operating.roles import ROLES
from services.terminal.unprepared import Unprepared

VILLAGE = ("--role", "village_officer", "--unit", "110112105209")
REGISTRY = """\
units: [{code: cc-1, kind: command_centre}]
nonsense: 1
"""


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """An installation's keys, and a terminal that speaks English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "REGISTRY_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHAOBAO_HOME", str(tmp_path))
    found = Secrets(tmp_path / "secrets")
    found.make_missing()
    return found


def asked(*words: str) -> Result:
    return CliRunner().invoke(entry.app, ["token", *words])


def refused(*words: str) -> Unprepared:
    """Return why no token is made; nothing is printed that could be taken for one."""
    done = asked(*words)
    assert done.exit_code != 0
    assert done.stdout == ""
    assert isinstance(done.exception, Unprepared), done.exception
    return done.exception


def caller(secrets: Secrets, *words: str) -> Caller:
    """Return who the services take the holder of the token for."""
    done = asked(*words)
    assert done.exit_code == 0, done.exception
    return TokenVerifier(public_keys(secrets.public_keys)).caller(done.stdout.strip())


def test_the_token_is_one_that_the_services_believe(secrets: Secrets) -> None:
    holder = caller(secrets, *VILLAGE, "--person", "wang-1")
    assert holder == Caller("wang-1", frozenset({"village_officer"}), "110112105209")


def test_stdout_is_the_token_alone_and_stderr_says_in_one_line_what_it_is() -> None:
    done = asked(*VILLAGE, "--lifetime", "30m")
    assert len(done.stdout.split()) == 1
    [line] = done.stderr.strip().splitlines()
    assert "village officer" in line
    assert "110112105209" in line
    assert "valid for 30 min" in line


def test_a_chinese_terminal_is_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "村社区干部、张湾村委会 110112105209；有效 8 小时" in asked(*VILLAGE).stderr
    assert "没有角色“mayor”" in refused("--role", "mayor").zh


def test_a_unit_may_be_given_by_its_chinese_name(secrets: Secrets) -> None:
    named = caller(secrets, "--role", "village_officer", "--unit", "张湾村委会")
    assert named.unit == "110112105209"


def test_a_section_and_several_roles_go_into_the_token(secrets: Secrets) -> None:
    words = ("--role", "town_officer", "--role", "section_officer", "--unit", "张家湾镇")
    holder = caller(secrets, *words, "--section", "110112105-planning")
    assert holder.roles == {"town_officer", "section_officer"}
    assert (holder.unit, holder.section) == ("110112105", "110112105-planning")


@pytest.mark.parametrize("role", [name for name, role in ROLES.items() if not role.kinds])
def test_who_acts_for_no_unit_needs_none(secrets: Secrets, role: str) -> None:
    assert caller(secrets, "--role", role).unit is None


def test_without_a_role_or_with_an_unknown_one_the_roles_are_listed() -> None:
    for why in (refused().en, refused("--role", "mayor").en):
        assert all(role in why for role in ROLES)
        assert "town leader" in why


def test_a_role_that_needs_a_unit_lists_those_that_fit_the_home_district_first() -> None:
    first = refused("--role", "town_officer").en.splitlines()[1]
    assert first.strip().startswith("110112")


def test_an_unknown_unit_lists_those_of_a_like_name_with_names() -> None:
    why = refused("--role", "village_officer", "--unit", "张湾").en
    assert "There is no unit '张湾'" in why
    assert "110112105209  张湾村委会" in why
    assert len(why.splitlines()) == 4, "a town is no village"


def test_a_name_that_several_units_have_asks_for_the_code_and_says_where_each_lies() -> None:
    why = refused("--role", "village_officer", "--unit", "辛庄村委会").en
    assert "11 units are named '辛庄村委会'; give the code" in why
    assert len(set(why.splitlines()[1:])) == 11, "each with the town it lies in"


@pytest.mark.parametrize("text", ["8", "0h", "-1h", "8 h", "31d", "forever", "１h"])
def test_a_lifetime_that_is_none_or_longer_than_a_month_is_refused(text: str) -> None:
    assert "30m, 8h or 2d" in refused(*VILLAGE, "--lifetime", text).en


def test_a_token_ends_when_it_says(secrets: Secrets) -> None:
    token = asked(*VILLAGE, "--lifetime", "30m").stdout.strip()
    keys = public_keys(secrets.public_keys)
    later = datetime.now(UTC) + timedelta(minutes=31)
    with pytest.raises(TokenExpired):
        TokenVerifier(keys, machine_now=lambda: later).caller(token)


def test_without_a_key_it_is_said_where_one_comes_from(secrets: Secrets) -> None:
    secrets.signing_key.unlink()
    assert "'./shaobao up' makes one" in refused(*VILLAGE).en


def test_where_what_would_take_it_is_stopped_that_is_said(tmp_path: Path) -> None:
    assert "'./shaobao up' starts everything" not in asked(*VILLAGE).stderr
    table = Supervision(tmp_path).table_file
    table.parent.mkdir()
    save(table, [Service("intake", ("true",), {}, 1)])
    done = asked(*VILLAGE)
    assert "'./shaobao up' starts everything" in done.stderr
    assert done.stdout.count("\n") == 1


def test_a_registry_with_faults_is_told_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "departments.yaml").write_text(REGISTRY, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_DIR", str(tmp_path))
    assert "departments.yaml" in refused(*VILLAGE).en


def test_the_roles_are_those_of_the_routes_and_the_reporter_has_a_receipt_instead() -> None:
    services: tuple[Any, ...] = (
        IntakeService, DispatchService, EscalationService, MetricsService,
    )  # fmt: skip
    of_routes = {
        role
        for service in services
        for each in operations_of(service)
        for role in each.spec.roles or ()
    }
    assert set(ROLES) == of_routes - {"reporter"}
