"""What villages and towns do with work orders: the same steps, whoever holds them."""

from collections.abc import Iterator

from services.demo.api import Api, Json, pages
from services.demo.cases import PLANS, Course
from services.demo.cast import Person
from services.demo.player import Hands


class Orders:
    """The orders that a unit itself holds, each read fresh, with the plan for its matter."""

    def __init__(self, api: Api, person: Person) -> None:
        """Work as an officer of the holder."""
        self.hands = Hands(api, person)
        self._person = person

    def held(self) -> Iterator[tuple[Json, Course]]:
        """Yield what the unit holds and what is planned for it."""
        path = f"/v1/work-orders?unit={self._person.unit}"
        for line in list(pages(self.hands.api, "dispatch", path, self._person)):
            if line["holder"] != self._person.unit:
                continue
            order = self.hands.get("dispatch", f"/v1/work-orders/{line['work_order_id']}")
            plan = PLANS.get((order["category"], order.get("place_code", "")))
            if plan is not None and order["holder"] == self._person.unit:
                yield order, plan

    def act(self, order: Json, step: str, body: Json | None = None) -> bool:
        """Take one step with an order."""
        path = f"/v1/work-orders/{order['work_order_id']}/{step}"
        return self.hands.act("dispatch", path, body, nonce=order["version"])

    def begin(self, order: Json) -> bool:
        """Acknowledge, then speak to the reporter; False if both are done."""
        if order["state"] == "dispatched":
            return self.act(order, "acknowledgement")
        if order["state"] == "acknowledged":
            return self.act(order, "contacts", {"result": "spoken", "note": "已电话联系诉求人。"})
        return False

    def resolve(self, order: Json, plan: Course) -> bool:
        """Say what was done."""
        evidence = ["现场照片：办理后"]
        body = {"path": plan.path, "result": plan.result, "evidence": evidence}
        return self.act(order, "resolution", body)
