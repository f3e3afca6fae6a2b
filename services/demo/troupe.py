"""All players of the story. Departments are not here: they are the sample subscriber, over AMQP."""

from collections.abc import Callable
from functools import partial
from typing import Final

from services.demo import cast
from services.demo.api import Api
from services.demo.cases import reported_by
from services.demo.player import Player
from services.demo.reporting import FollowUpCaller, Reporter
from services.demo.towns import Leader, Town
from services.demo.villages import CalledOverHttp, Village

Maker = Callable[[Api], Player]


def _reporter(name: str, person: cast.Person | None, *channels: str) -> tuple[str, Maker]:
    return name, lambda api: Reporter(name, api, person, reported_by(channels))


def _of(kind: Callable[[Api, cast.Person], Player], person: cast.Person) -> tuple[str, Maker]:
    return person.name, partial(_made, kind, person)


def _made(kind: Callable[[Api, cast.Person], Player], person: cast.Person, api: Api) -> Player:
    return kind(api, person)


TROUPE: Final[dict[str, Maker]] = dict(
    (
        _reporter("hotline", cast.OPERATOR, "hotline"),
        _reporter("residents", None, "miniprogram", "web"),
        _reporter("grid", cast.STEWARD, "grid"),
        _reporter("visits", cast.village_officer(cast.YUNJINGLI), "visit"),
        (FollowUpCaller.name, FollowUpCaller),
        *(_of(Village, cast.village_officer(each)) for each in cast.VILLAGES),
        *(_of(Town, cast.town_officer(each)) for each in cast.TOWNS),
        *(_of(Leader, cast.town_leader(each)) for each in cast.TOWNS),
        *(_of(CalledOverHttp, cast.section_officer(each)) for each in cast.SECTIONS),
    )
)

#: Who shares a process: reporters, villages, towns, leaders, sections.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "reporters": ("hotline", "residents", "grid", "visits", FollowUpCaller.name),
    "villages": tuple(cast.village_officer(each).name for each in cast.VILLAGES),
    "towns": tuple(cast.town_officer(each).name for each in cast.TOWNS),
    "leaders": tuple(cast.town_leader(each).name for each in cast.TOWNS),
    "sections": tuple(cast.section_officer(each).name for each in cast.SECTIONS),
}
