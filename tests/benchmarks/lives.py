"""One request's life over HTTP, each step as soon as the bus tells that it can be taken."""

import time
from dataclasses import dataclass

from services.common.contracts.streams import (
    request_stream,
    whistle_stream,
    work_order_id,
    work_order_stream,
)
from services.demo.cast import Person
from tests.benchmarks.door import Json
from tests.benchmarks.history import CONTACT, OFFICER, REPORT, STEPS, VERDICT
from tests.benchmarks.listening import Listener
from tests.benchmarks.running import Doors

RESIDENT = {**REPORT, "channel": "miniprogram"}  #: without a token, with a secret to judge by
#: The town holds it first, and its whistle calls one department by queue.
WHISTLED_CATEGORY = "housing.property.no-firm"
CALLED = "dept-housing"
TOWN = "110112105"
TOWN_OFFICER = Person("officer-town", "town_officer", TOWN)
LEADER = Person("leader-town", "town_leader", TOWN)


@dataclass(frozen=True, slots=True)
class Life:
    """Someone who lives a request through, from the report to the closed order."""

    doors: Doors
    listener: Listener

    def live(self) -> None:
        """Report, handle, judge; return when the order is closed."""
        request = self.doors["intake"].post("/v1/requests", RESIDENT)
        order = work_order_id(request["id"])
        self.listener.wait("WorkOrderDispatched", work_order_stream(order))
        for step, body in STEPS:
            self.step(order, step, body, OFFICER)
        self.listener.wait("FollowUpOpened", request_stream(request["id"]))
        path = f"/v1/requests/{request['id']}/follow-up"
        receipt = {"Authorization": f"Receipt {request['secret']}"}
        self.doors["intake"].post(path, VERDICT, receipt)
        self.listener.wait("WorkOrderClosed", work_order_stream(order))

    def step(self, order: str, step: str, body: Json | None, person: Person) -> None:
        """Take one step with an order."""
        path = f"/v1/work-orders/{order}/{step}"
        self.doors["dispatch"].post(path, body, self.doors.tokens.of(person))


@dataclass(frozen=True, slots=True)
class Whistle:
    """A town that whistles for one department."""

    doors: Doors
    listener: Listener

    def blow(self) -> str:
        """Bring a request so far that the leader can approve; return the whistle's id."""
        report = {**RESIDENT, "category": WHISTLED_CATEGORY, "place_code": TOWN}
        request = self.doors["intake"].post("/v1/requests", report)
        order = work_order_id(request["id"])
        self.listener.wait("WorkOrderDispatched", work_order_stream(order))
        life = Life(self.doors, self.listener)
        life.step(order, "acknowledgement", None, TOWN_OFFICER)
        life.step(order, "contacts", CONTACT, TOWN_OFFICER)
        body = {
            "work_orders": [order],
            "kind": "request",
            "contact_office": "镇接诉即办专班",
            "summary": "无物业小区，请到场指导引入物业。",
        }
        headers = self.doors.tokens.of(TOWN_OFFICER)
        found: str = self.doors["escalation"].post("/v1/whistles", body, headers)["id"]
        self.listener.wait("WhistleBlown", whistle_stream(found))
        return found

    def approve(self, whistle: str) -> tuple[float, float]:
        """Approve; return seconds from asking, and from the answer, to the call being read."""
        asked = time.monotonic()
        headers = self.doors.tokens.of(LEADER)
        self.doors["escalation"].post(f"/v1/whistles/{whistle}/approval", None, headers)
        answered = time.monotonic()
        read = self.listener.wait("called", whistle)
        return read - asked, read - answered
