"""`token`: a bearer token for a trial, signed with the installation's own key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from services.common.chart import Unit
from services.common.http.tokens import LONGEST_LIFETIME, UnusableKeys, issue, private_key
from services.local.secret_files import KEY_ID, Secrets
from services.local.supervisor import NOT_KEPT, Supervision
from services.operating.reach import known_settings
from services.operating.registry.meant import chart_of, listed, the_unit, units_like
from services.operating.roles import ROLES
from services.terminal import environment as environments
from services.terminal.console import complaints, said
from services.terminal.environment import Environment
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared, WrongWord
from services.terminal.wording import beijing, span

_LIFETIME: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


_HELP_ROLE: Final = both(
    en="Role, e.g. village_officer; may be given several times.",
    zh="角色，例如 village_officer；可多次给出。",
)
_HELP_UNIT: Final = both(en="Code or name of the unit acted for.", zh="所代表单位的代码或名称。")
_HELP_SECTION: Final = both(en="Code or name of a town's section.", zh="镇内科室的代码或名称。")
_HELP_PERSON: Final = both(en="Account of the person.", zh="人员账号。")
_HELP_LIFETIME: Final = both(en="How long it is valid: 30m, 8h, 2d.", zh="有效期：30m、8h、2d。")


def token(
    roles: Annotated[list[str] | None, typer.Option("--role", help=_HELP_ROLE)] = None,
    unit: Annotated[str | None, typer.Option("--unit", help=_HELP_UNIT)] = None,
    section: Annotated[str | None, typer.Option("--section", help=_HELP_SECTION)] = None,
    person: Annotated[str | None, typer.Option("--person", help=_HELP_PERSON)] = None,
    lifetime: Annotated[str, typer.Option("--lifetime", help=_HELP_LIFETIME)] = "8h",
) -> None:
    """Print a token for a trial, e.g. --role village_officer --unit 110112105209.

    打印试用令牌，例如 --role village_officer --unit 110112105209。
    """
    environment = environments.read()
    wanted = _roles(environment, roles)
    valid_for = _lifetime(lifetime)
    acted_for = _units(environment, wanted, unit, section)
    asked = _Asked(person or f"trial-{wanted[0]}", wanted, acted_for, valid_for)
    typer.echo(_signed(environment, asked))
    complaints.print(_told(environment, asked), soft_wrap=True, markup=False)
    here = Supervision(environment.state_folder)
    if here.services() and not here.running:
        complaints.print(said(environment, **NOT_KEPT), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the token is to say."""

    person: str
    roles: list[str]
    units: Mapping[str, Unit]  #: by claim: unit, section
    valid_for: timedelta

    def code(self, claim: str) -> str | None:
        """Return the code of the unit under `claim`."""
        return self.units[claim].code if claim in self.units else None


def _roles(environment: Environment, given: list[str] | None) -> list[str]:
    """Return the roles. Raises Unprepared, with all there are, for none or an unknown one."""
    unknown = [each for each in given or () if each not in ROLES]
    if given and not unknown:
        return given
    there = "\n".join(
        f"  {name}  {role.zh if environment.chinese else role.en}" for name, role in ROLES.items()
    )
    if not given:
        raise WrongWord(
            en=f"Say which role, --role ROLE:\n{there}", zh=f"请用 --role 指定角色：\n{there}"
        )
    raise WrongWord(
        en=f"There is no role '{unknown[0]}'. Roles:\n{there}",
        zh=f"没有角色“{unknown[0]}”。角色有：\n{there}",
    )


def _lifetime(text: str) -> timedelta:
    found = _LIFETIME.fullmatch(text)
    valid_for = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if valid_for is None or valid_for > LONGEST_LIFETIME:
        raise WrongWord(
            en=f"--lifetime {text}: write 30m, 8h or 2d, at most {LONGEST_LIFETIME.days}d.",
            zh=f"--lifetime {text}：请写作 30m、8h 或 2d，最长 {LONGEST_LIFETIME.days}d。",
        )
    return valid_for


def _units(
    environment: Environment, roles: list[str], unit: str | None, section: str | None
) -> dict[str, Unit]:
    """Return the unit and the section that are given, looked up.

    Raises:
        Unprepared: A role needs a unit and none is given, or there isn't exactly one of that name.
    """
    given = {name: text for name, text in (("unit", unit), ("section", section)) if text}
    kinds = {kind for role in roles for kind in ROLES[role].kinds}
    if not given and not kinds:
        return {}
    chart = chart_of(known_settings(environment, environments.inherited()))
    if kinds and "unit" not in given:
        role = next(each for each in roles if ROLES[each].kinds)
        there = listed(chart, units_like(chart, "", kinds), chinese=environment.chinese)
        raise WrongWord(
            en=f"The role {role} acts for a unit, --unit CODE:\n{there}",
            zh=f"{ROLES[role].zh}（{role}）须指定单位 --unit：\n{there}",
        )
    return {
        name: the_unit(
            chart, text, kinds if name == "unit" else ("section",), chinese=environment.chinese
        )
        for name, text in given.items()
    }


def _signed(environment: Environment, asked: _Asked) -> str:
    file = Secrets(environment.state_folder / "secrets").signing_key
    try:
        key = private_key(file)
    except UnusableKeys as error:
        raise Unprepared(
            en=f"There is no key to sign with at {file}: './shaobao up' makes one; with an issuer "
            "of your own, ask that one for a token.",
            zh=f"{file} 处没有签名密钥：先运行 ./shaobao up 生成；若使用自己的签发系统，"
            "请向其申请令牌。",
        ) from error
    return issue(
        key,
        KEY_ID,
        asked.person,
        asked.roles,
        unit=asked.code("unit"),
        section=asked.code("section"),
        lifetime=asked.valid_for,
    )


def _told(environment: Environment, asked: _Asked) -> str:
    """Return in one line what the token is and for how long."""
    chinese = environment.chinese
    length = span(int(asked.valid_for.total_seconds()), chinese=chinese)
    until = beijing(datetime.now(UTC) + asked.valid_for)
    roles = [ROLES[each].zh if chinese else ROLES[each].en for each in asked.roles]
    units = [
        f"{each.name_zh if chinese else each.name_en} {each.code}" for each in asked.units.values()
    ]
    return said(
        environment,
        en=f"A token for a trial: {', '.join([asked.person, *roles, *units])}; valid for {length}, "
        f"until {until} in Beijing. Send it as 'Authorization: Bearer <token>'.",
        zh=f"试用令牌：{'、'.join([asked.person, *roles, *units])}；有效 {length}，"
        f"至北京时间 {until}。请以 Authorization: Bearer <令牌> 发送。",
    )
