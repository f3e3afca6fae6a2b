"""Escalation alone, in memory: real rules, clocks, vault, tokens, HTTP edge and department queues.

What dispatch and intake do is given as their events. Reactions, lists and the notifier follow.
"""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from werkzeug.test import TestResponse

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.codec import plain
from services.common.contracts.commit import Commit, Tip
from services.common.contracts.events.dispatch import (
    WorkOrderAcknowledged,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderRaised,
)
from services.common.contracts.streams import (
    call_id,
    log_of,
    raise_id,
    registry_stream,
    work_order_id,
    work_order_stream,
)
from services.common.following.processors import processors_of
from services.common.http.host import HttpHost
from services.common.http.tokens import TokenVerifier, issue
from services.common.messaging.departments import DepartmentLine, reply_of
from services.common.messaging.publisher import Letter, Publisher
from services.common.messaging.topology import REPLIES_QUEUE
from services.common.vault.names import request_key
from services.escalation.calls.notifier import Notifier
from services.escalation.calls.replies import answer_and_tell
from services.escalation.clocks.timer import Timer
from services.escalation.service import EscalationService
from services.escalation.wiring import consumers
from services.testing.memory_bus import MemoryBus, MemoryDepartment
from tests.support.described import client_of
from tests.support.desks import desk_alone, logs_in_memory
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at, draft
from tests.support.examples_escalation import adoptions
from tests.support.following import reached, settle

NIGHT_MARKET: Final = "city.trade.night-market"
PLANNING: Final = f"{TOWN}-planning"
OTHER_TOWN: Final = "110112119"
CENTRE: Final = "cc-110112"
DEPARTMENTS: Final = ("dept-emergency", "dept-enforcement", "dept-market")
KEY: Final = Ed25519PrivateKey.generate()


class World:
    """Escalation with its processors; time is moved by hand."""

    def __init__(self, publisher: Publisher | None = None) -> None:
        """Start empty; `publisher` takes the place of the bus in memory."""
        self.time = ManualTime(DAY_ONE)
        clock = SteppedClock(self.time.read)
        self.logs = logs_in_memory(clock)
        self.desk = desk_alone("escalation", self.logs, clock)
        self.bus = MemoryBus()
        self.line = DepartmentLine(publisher or self.bus)
        self.departments = {code: MemoryDepartment(self.bus, code) for code in DEPARTMENTS}
        self.cursors = self.desk.cursors
        self.processors = processors_of(
            consumers(self.desk, self.line),
            logs=self.logs,
            cursors=self.cursors,
            observers=(self.desk.chart.observe,),
        )
        host = HttpHost(tokens=TokenVerifier({"k-1": KEY.public_key()}))
        self.client = client_of(EscalationService, http=host, desk=self.desk)
        self._keys = count(1)
        self._replies = count(1)
        for adopted in adoptions():
            self.hears(registry_stream(adopted.kind), adopted)

    # -- what others do ----------------------------------------------------------------------------

    def hears(self, stream: str, *events: Any) -> None:
        """Let another service commit `events`, and let escalation follow."""
        log = self.logs[log_of(stream)]
        tip = Tip()
        for commit in log.read(stream):
            tip = commit.tip
        log.append(draft(stream, *events, recorded_at=self.desk.clock.now()), tip)
        self.settle()

    def raised(self, request_id: str = "r-1") -> str:
        """Let a village raise an order; return the raise's id."""
        self.desk.vault.keys.create_if_absent(request_key(request_id))
        order = work_order_id(request_id)
        stream, raised = work_order_stream(order), raise_id(order, 1)
        self.hears(stream, _dispatched(request_id))
        self.hears(stream, WorkOrderAcknowledged(request_id, VILLAGE))
        self.hears(stream, WorkOrderRaised(request_id, VILLAGE, TOWN, raised, "dispatch/reason"))
        return raised

    def held_by_town(self, request_id: str = "r-1") -> str:
        """Let the town hold an order; return the order's id."""
        order = work_order_id(request_id)
        stream = work_order_stream(order)
        self.desk.vault.keys.create_if_absent(request_key(request_id))
        self.hears(stream, _dispatched(request_id))
        self.hears(stream, WorkOrderAcknowledged(request_id, VILLAGE))
        self.hears(stream, WorkOrderHandedOver(request_id, VILLAGE, TOWN, "take_over", 60))
        return order

    def settle(self) -> None:
        """Stamp everything and let every consumer follow, until nothing is new."""
        settle(self.logs, self.processors)

    def passes(self, hours: float) -> None:
        """Let business time pass; the timer fires what is due on the way, in its order."""
        timer = Timer(
            log=self.desk.log,
            documents=self.desk.documents,
            clock=self.desk.clock,
            reactions=reached(self.processors.named("escalation"), self.logs),
        )
        until = self.time.read() + (at(hours) - at(0))
        before = None
        while (due := timer.next_due()) is not None and due <= until:
            assert (due, self.time.read()) != before, f"a clock that was due at {due} is stuck"
            self.time.move_to(due)
            before = due, due
            timer.turn(due)
            self.settle()
        self.time.move_to(until)

    # -- what people do ----------------------------------------------------------------------------

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        by: str = TOWN,
        role: str = "town_officer",
        section: str | None = None,
        key: str | None = None,
        **headers: str,
    ) -> TestResponse:
        """POST a command as an officer of the unit `by`, then let everybody follow."""
        token = issue(KEY, "k-1", f"{role} of {by}", [role], unit=by, section=section)
        found = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key or f"key-{next(self._keys)}",
            **headers,
        }
        if body is None:
            answered = self.client.post(path, headers=found)
        else:
            found["Content-Type"] = "application/json"
            answered = self.client.post(path, data=json.dumps(plain(body)), headers=found)
        self.settle()
        return answered

    def get(self, path: str, *, by: str = TOWN, role: str = "town_officer") -> TestResponse:
        """GET as an officer of the unit `by`."""
        token = issue(KEY, "k-1", f"{role} of {by}", [role], unit=by)
        return self.client.get(path, headers={"Authorization": f"Bearer {token}"})

    def blows(self, order: str, **changed: Any) -> str:
        """Let the town blow a whistle for an order; return the whistle's id."""
        answered = self.post("/v1/whistles", {**whistle(order), **changed})
        assert answered.status_code == 201, answered.get_json()
        return str(answered.get_json()["id"])

    def approves(self, whistle_id: str) -> None:
        """Let the town's leader approve."""
        answered = self.post(f"/v1/whistles/{whistle_id}/approval", role="town_leader")
        assert answered.status_code == 200, answered.get_json()

    def arrives(self, whistle_id: str, unit: str) -> None:
        """Let a called unit report in by HTTP."""
        path = f"/v1/calls/{call_id(whistle_id, unit)}/report-ins"
        answered = self.post(
            path, {**ARRIVAL, "at": self.desk.clock.now()}, by=unit, role=officer_of(unit)
        )
        assert answered.status_code == 200, answered.get_json()

    # -- what departments do -----------------------------------------------------------------------

    def replies(
        self, code: str, kind: str, data: Mapping[str, Any], *, message_id: str | None = None
    ) -> dict[str, Any]:
        """Let a department reply by its queue; return the outcome that comes back."""
        event = {"specversion": "1.0", "id": message_id or f"m-{next(self._replies)}", "data": data}
        department = self.departments[code]
        department.reply(kind, event)
        self.bus.deliver(REPLIES_QUEUE, self._answer)
        self.settle()
        (outcome,) = department.outcomes()
        found: dict[str, Any] = outcome["data"]
        return found

    def _answer(self, letter: Letter) -> None:
        self.answers(letter.routing_key, letter.message_id, letter.body)

    def answers(self, routing_key: str, message_id: str, body: bytes) -> None:
        """Carry out one reply as it came in, and send its outcome."""
        reply = reply_of(routing_key, message_id, body)
        answer_and_tell(self.desk, self.line, reply)

    def notifier(self) -> Notifier:
        """Return the one who tells departments, as it starts after a wipe."""
        return Notifier(self.desk, self.line)

    # -- what is on record -------------------------------------------------------------------------

    def commits(self, stream: str) -> list[Commit]:
        """Return the commits of a stream."""
        return list(self.logs[log_of(stream)].read(stream))

    def events(self, stream: str) -> list[str]:
        """Return the names of a stream's events."""
        return [type(f.event).__name__ for each in self.commits(stream) for f in each.facts]


ARRIVAL: Final = {"mode": "meeting", "at": at(0), "persons": 2, "office": "二科"}


def whistle(order: str) -> dict[str, Any]:
    """Return the body of the night market's whistle: lead and support as the catalogue says."""
    return {
        "work_orders": [order],
        "kind": "request",
        "contact_office": "张家湾镇综合执法队",
        "summary": "张湾村自发夜市，占道、油烟、用电隐患",
    }


def officer_of(unit: str) -> str:
    """Return the role of who acts for a unit."""
    return "department_officer" if unit.startswith("dept-") else "village_officer"


def _dispatched(request_id: str) -> WorkOrderDispatched:
    return WorkOrderDispatched(
        request_id=request_id,
        category=NIGHT_MARKET,
        time_class="complex",
        holder=VILLAGE,
        first_receiver=VILLAGE,
        copied_to=(CENTRE,),
        rule="village-by-place",
        rule_inputs={},
        fallback=False,
        promised_at=at(24 * 15),
        place_code=VILLAGE,
    )
