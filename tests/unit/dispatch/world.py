"""Dispatch alone, in memory: real rules, vault, tokens and HTTP edge; others' events are given."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from werkzeug.test import TestResponse

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Commit, Tip
from services.common.contracts.events.intake import RequestForwarded
from services.common.contracts.streams import request_stream, work_order_id, work_order_stream
from services.common.desk import Desk
from services.common.following.memory import MemoryCursors
from services.common.following.processors import Processors, processors_of
from services.common.http.host import HttpHost
from services.common.http.tokens import TokenVerifier, issue
from services.common.registry_files import RegistryTable
from services.common.vault.names import request_key
from services.dispatch.handlers import adopt_registry
from services.dispatch.service import DispatchService
from services.dispatch.wiring import consumers
from services.testing.memory_log import MemoryLog
from tests.support.described import client_of
from tests.support.desks import desk_alone, logs_in_memory
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at, draft
from tests.support.examples_dispatch import CENTRE, NEIGHBOUR
from tests.support.following import settle

DISTRICT = "110112"
ELSEWHERE = "110112119237"  #: a village of another town
MARKET = "dept-market"
NIGHT_MARKET = "city.trade.night-market"
ROAD = "transport.facilities.road"
UNCLEAR = "housing.property.shared-area"
POWER = "utilities.power.outage"
KEY = Ed25519PrivateKey.generate()
ROLES = {
    VILLAGE: "village_officer",
    NEIGHBOUR: "village_officer",
    ELSEWHERE: "village_officer",
    TOWN: "town_officer",
    "110112119": "town_officer",
    CENTRE: "command_centre",
    MARKET: "department_officer",
}


def unit(code: str, kind: str, parent: str | None, name: str) -> dict[str, Any]:
    """Return an entry of the units."""
    entry = {"code": code, "kind": kind, "name_zh": name, "answers_by": "http"}
    return entry if parent is None else {**entry, "parent": parent}


UNITS = (
    unit(DISTRICT, "district", None, "通州区"),
    unit("110199", "district", None, "外区"),
    unit("cc-110199", "command_centre", "110199", "外区城指中心"),
    unit(CENTRE, "command_centre", DISTRICT, "城指中心"),
    unit("deputy-110112", "deputy", DISTRICT, "分管领导"),
    unit("leader-110112", "leader", DISTRICT, "主要领导"),
    unit(TOWN, "town", DISTRICT, "张家湾镇"),
    unit("110112119", "town", DISTRICT, "潞城镇"),
    unit(VILLAGE, "village", TOWN, "张湾村"),
    unit(NEIGHBOUR, "village", TOWN, "皇木厂村"),
    unit(ELSEWHERE, "village", "110112119", "小甘棠村"),
    unit(f"{TOWN}-planning", "section", TOWN, "规划部门"),
    unit(MARKET, "department", DISTRICT, "市场监管"),
    unit("dept-utility-power", "enterprise", DISTRICT, "供电企业"),
)


def leaf(code: str, time_class: str, *, evidence: bool) -> dict[str, Any]:
    """Return an entry of the categories, of the third level."""
    return {
        "code": code, "name_zh": code, "name_en": code, "of": "incident",
        "time_class": time_class, "working_time": False, "evidence_required": evidence,
    }  # fmt: skip


def group(code: str) -> dict[str, Any]:
    """Return an entry of the categories, of the first or second level."""
    return {"code": code, "name_zh": code, "name_en": code}


LEAVES = (
    leaf(NIGHT_MARKET, "complex", evidence=True),
    leaf(ROAD, "general", evidence=False),
    leaf(UNCLEAR, "complex", evidence=False),
    leaf(POWER, "utility", evidence=False),
)
GROUPS = tuple(
    group(code)
    for code in ("city", "city.trade", "transport", "transport.facilities", "housing",
                 "housing.property", "utilities", "utilities.power")
)  # fmt: skip
DUTIES = tuple(
    {"category": category, "first_holder": holder, "rule": rule}
    for category, holder, rule in (
        (NIGHT_MARKET, "village", "village-by-place"),
        (ROAD, "town", "town-by-place"),
        (UNCLEAR, "unclear", "unclear-duty"),
        (POWER, "dept-utility-power", "department-by-category"),
    )
)
POLICIES = ({"name": "home_district_code", "value": DISTRICT, "effective_from": "2020-01-01"},)


def tables(mark: str = "1", **changed: tuple[Any, ...]) -> tuple[RegistryTable, ...]:
    """Return a small registry; `mark` stands for its content."""
    found: dict[str, tuple[Any, ...]] = {
        "units": UNITS, "categories": (*GROUPS, *LEAVES), "duties": DUTIES, "catalogue": (),
        "policies": POLICIES, **changed,
    }  # fmt: skip
    return tuple(
        RegistryTable(kind, entries, _sha256(kind, mark))  # type: ignore[arg-type]
        for kind, entries in found.items()
    )


def _sha256(kind: str, mark: str) -> str:
    return sha256(f"{kind}-{mark}".encode()).hexdigest()


@dataclass
class World:
    """Dispatch with its processors; time is moved by hand."""

    time: ManualTime = field(default_factory=lambda: ManualTime(DAY_ONE))
    logs: dict[str, MemoryLog] = field(init=False)
    desk: Desk = field(init=False)
    processors: Processors = field(init=False)
    _keys: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Adopt the registry and open the doors."""
        clock = SteppedClock(self.time.read)
        self.logs = logs_in_memory(clock)
        self.desk = desk_alone("dispatch", self.logs, clock)
        self.processors = self._processors()
        adopt_registry(self.desk, tables())
        host = HttpHost(tokens=TokenVerifier({"k-1": KEY.public_key()}))
        self.client = client_of(DispatchService, http=host, desk=self.desk)

    # -- what others do --------------------------------------------------------------------------

    def hears(self, stream: str, *events: Any) -> None:
        """Let another service commit `events`, and let dispatch follow."""
        log = self.logs["intake" if stream.startswith("request-") else "escalation"]
        tips = [commit.tip for commit in log.read(stream)] or [Tip()]
        log.append(draft(stream, *events, recorded_at=self.desk.clock.now()), tips[-1])
        self.settle()

    def forwarded(
        self,
        request_id: str = "r-1",
        category: str = NIGHT_MARKET,
        place_code: str | None = VILLAGE,
        days: int = 15,
        district: str = DISTRICT,
    ) -> str:
        """Let intake forward a request; return the id of its order."""
        self.desk.vault.keys.create_if_absent(request_key(request_id))
        event = RequestForwarded(category, "complex", district, at(24 * days), place_code)
        self.hears(request_stream(request_id), event)
        return work_order_id(request_id)

    def settle(self) -> None:
        """Stamp everything and let every consumer follow."""
        settle(self.logs, self.processors)

    def _processors(self) -> Processors:
        """Return a processor for each consumer, with cursors that have never moved."""
        return processors_of(
            consumers(self.desk),
            logs=self.logs,
            cursors=MemoryCursors(),
            observers=(self.desk.chart.observe,),
        )

    def follow_anew(self) -> None:
        """Follow everything again from the start, as after a rebuild."""
        self.processors = self._processors()
        self.settle()

    # -- what people do --------------------------------------------------------------------------

    def post(
        self,
        order: str,
        what: str,
        body: dict[str, Any] | None = None,
        *,
        by: str | None = VILLAGE,
        key: str | None = None,
        role: str | None = None,
        if_match: str | None = None,
        person: str | None = None,
    ) -> TestResponse:
        """POST a command on `order` as an officer of the unit `by`."""
        sent = {
            "Authorization": f"Bearer {token(by, role, person)}",
            "Idempotency-Key": key or f"key-{next(self._keys)}",
            **({} if if_match is None else {"If-Match": if_match}),
        }
        path = f"/v1/work-orders/{order}/{what}"
        if body is None:
            return self.client.post(path, headers=sent)
        return self.client.post(
            path, data=json.dumps(body), headers={**sent, "Content-Type": "application/json"}
        )

    def get(self, path: str, *, by: str | None = VILLAGE, role: str | None = None) -> TestResponse:
        """GET `path` as an officer of the unit `by`, or as nobody."""
        headers = {} if by is None and role is None else {
            "Authorization": f"Bearer {token(by, role)}"
        }  # fmt: skip
        return self.client.get(path, headers=headers)

    def commits(self, order: str) -> list[Commit]:
        """Return the commits of an order."""
        return list(self.logs["dispatch"].read(work_order_stream(order)))


def token(by: str | None, role: str | None = None, person: str | None = None) -> str:
    """Return a token of an officer of `by`, in the role that fits it unless told otherwise."""
    found = role or ROLES[by or ""]
    return issue(KEY, "k-1", person or f"officer of {by}", [found], unit=by)
