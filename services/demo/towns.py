"""Town officers and leaders: answer raises, whistle, release, conclude, rate, take over."""

from datetime import timedelta

from services.common.contracts.codec import time_text, to_time
from services.demo.api import Api, Json, Problem, pages
from services.demo.cases import PLANS, Course
from services.demo.cast import Person
from services.demo.handling import Orders
from services.demo.player import Hands, some

RATING = {"speed": 4, "cooperation": 5, "result": 5}
MEETING_AFTER = timedelta(hours=5)  #: the first proposal; a slow machine needs a later one


class Town:
    """One town with its raises, its orders, its whistles and what rings for it."""

    def __init__(self, api: Api, person: Person) -> None:
        """Work as the town's officer."""
        self.name = person.name
        self._person = person
        self._hands = Hands(api, person)
        self._orders = Orders(api, person)
        self._meeting_after = MEETING_AFTER

    def look(self) -> bool:
        """Go down the lists."""
        done = [self._accept(each) for each in self._listed("raises", "unit", "&open=true")]
        done += [self._whistle_on(each) for each in self._listed("whistles", "town")]
        done += [self._take_over(each) for each in self._ringing()]
        held = list(self._orders.held())
        done += [self._handle(order, plan) for order, plan in held]
        done += self._blow(held)
        return some(done)

    def _listed(self, what: str, by: str, more: str = "") -> list[Json]:
        path = f"/v1/{what}?{by}={self._person.unit}{more}"
        return list(pages(self._hands.api, "escalation", path, self._person))

    # -- raises, and what rings --------------------------------------------------------------------

    def _accept(self, line: Json) -> bool:
        if line["to_unit"] != self._person.unit or line["status"] != "received":
            return False
        path = f"/v1/raises/{line['id']}/acceptance"
        return self._hands.act("escalation", path, nonce="accept")

    def _ringing(self) -> list[str]:
        """Return the work orders that a village left unacknowledged until it rang here."""
        path = f"/v1/escalations?unit={self._person.unit}"
        items = pages(self._hands.api, "escalation", path, self._person)
        return [
            entry["subject"].partition("-")[2]
            for item in items
            for entry in item["entries"]
            if entry["kind"] == "acknowledge" and entry["what"] == "ring"
        ]

    def _take_over(self, order_id: str) -> bool:
        order = self._hands.get("dispatch", f"/v1/work-orders/{order_id}")
        if order["holder"] == self._person.unit or order["state"] != "dispatched":
            return False
        return self._orders.act(order, "takeover")

    # -- orders ------------------------------------------------------------------------------------

    def _handle(self, order: Json, plan: Course) -> bool:
        if self._orders.begin(order):
            return True
        ready = order["state"] == "concluded" if plan.whistle else order["state"] == "contacted"
        if plan.whistle and order["state"] == "contacted" and order["resolutions"]:
            ready = True  # reopened after its whistle: the town settles the rest itself
        return self._orders.resolve(order, plan) if ready else False

    def _blow(self, held: list[tuple[Json, Course]]) -> list[bool]:
        """Blow one whistle for each matter whose orders are all here."""
        matters: dict[tuple[str, str], list[Json]] = {}
        for order, plan in held:
            if plan.whistle and order["state"] == "contacted" and not order["resolutions"]:
                matters.setdefault((order["category"], order["place_code"]), []).append(order)
        return [
            self._blown(PLANS[matter], orders)
            for matter, orders in matters.items()
            if len(orders) == PLANS[matter].orders
        ]

    def _blown(self, plan: Course, orders: list[Json]) -> bool:
        meeting_at = max(to_time(each["holder_since"]) for each in orders) + self._meeting_after
        body: Json = {
            "work_orders": sorted(each["work_order_id"] for each in orders),
            "kind": "request",
            "contact_office": "镇接诉即办专班",
            "summary": plan.whistle,
            "meeting_at": time_text(meeting_at),
        }
        nonce = ",".join([*body["work_orders"], body["meeting_at"]])
        try:
            return self._hands.act("escalation", "/v1/whistles", body, nonce=nonce)
        except Problem as problem:
            if not str(problem.body.get("type")).endswith("/meeting-in-the-past"):
                raise
            self._meeting_after *= 2
            return False

    # -- whistles ----------------------------------------------------------------------------------

    def _whistle_on(self, line: Json) -> bool:
        if line["status"] not in ("acting", "concluded"):
            return False
        whistle = self._hands.get("escalation", f"/v1/whistles/{line['id']}")
        if whistle["status"] == "concluded":
            return some(self._rate(call) for call in whistle["calls"])
        states = {call["status"] for call in whistle["calls"]}
        if states == {"done"} and whistle["here"]:
            return self._step(whistle, "release", {})
        if states == {"ended"}:
            return self._step(whistle, "conclusion", _conclusion(whistle))
        return False

    def _rate(self, call: Json) -> bool:
        if not call["to_rate"] or call["rated_by_town"]:
            return False
        path = f"/v1/calls/{call['id']}/rating"
        return self._hands.act("escalation", path, RATING, nonce="rate")

    def _step(self, whistle: Json, step: str, body: Json) -> bool:
        path = f"/v1/whistles/{whistle['id']}/{step}"
        return self._hands.act("escalation", path, body, nonce=whistle["version"])


def _conclusion(whistle: Json) -> Json:
    plan = PLANS[whistle["category"], whistle["place_code"]]
    if plan.patrol is None:
        return {"outcome": plan.outcome}
    # A little before the last slot ends: the slots count from the assignment, which is now.
    length = timedelta(seconds=plan.patrol.every_seconds * plan.patrol.slots)
    until_at = max(to_time(call["reported_in_at"]) for call in whistle["calls"]) + length
    duty = {
        "unit": plan.patrol.unit,
        "what": plan.patrol.what,
        "every_seconds": plan.patrol.every_seconds,
        "until_at": time_text(until_at),
    }
    return {"outcome": plan.outcome, "duties": [duty]}


class Leader:
    """A town's leader, on a phone: approves what waits."""

    def __init__(self, api: Api, person: Person) -> None:
        """Approve as the town's leader."""
        self.name = person.name
        self._person = person
        self._hands = Hands(api, person)

    def look(self) -> bool:
        """Approve every whistle that waits."""
        path = f"/v1/whistles?town={self._person.unit}&open=true"
        waiting = list(pages(self._hands.api, "escalation", path, self._person))
        return some(self._approve(each) for each in waiting if each["status"] == "blown")

    def _approve(self, whistle: Json) -> bool:
        path = f"/v1/whistles/{whistle['id']}/approval"
        return self._hands.act("escalation", path, nonce="approve")
