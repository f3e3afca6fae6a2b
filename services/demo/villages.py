"""Village officers: what they can, they do; what they can't, they raise; one never answers."""

from collections.abc import Iterator

from services.demo.api import Api, Json, pages
from services.demo.cases import Course
from services.demo.cast import Person
from services.demo.handling import Orders
from services.demo.player import Hands, some


class Village:
    """One village with its orders, its calls and its standing duties."""

    def __init__(self, api: Api, person: Person) -> None:
        """Work as the village's officer."""
        self.name = person.name
        self._person = person
        self._orders = Orders(api, person)
        self._calls = CalledOverHttp(api, person)

    def look(self) -> bool:
        """Go down the lists."""
        handled = [self._handle(order, plan) for order, plan in self._orders.held()]
        return some(handled) or self._calls.look()

    def _handle(self, order: Json, plan: Course) -> bool:
        if plan.village == "silent":
            return False
        if self._orders.begin(order):
            return True
        if order["state"] != "contacted":
            return False
        if plan.village == "raises":
            return self._orders.act(order, "raise", {"reason": "超出村级职权，需镇级协调。"})
        return self._orders.resolve(order, plan)


class CalledOverHttp:
    """A unit that is called by http: it has a list instead of a queue."""

    #: state of the call -> step, and the body it takes
    STEPS = {  # noqa: RUF012
        "called": ("receipt", {}),
        "received": ("acceptance", {"office": "值班室"}),
    }

    def __init__(self, api: Api, person: Person) -> None:
        """Work as the unit's officer."""
        self.name = person.name
        self._person = person
        self._hands = Hands(api, person)

    def look(self) -> bool:
        """Answer calls; check in for standing duties."""
        answered = [self._answer(call) for call in self._listed("calls")]
        checked = [self._check_in(duty) for duty in self._listed("duties")]
        return some(answered + checked)

    def _listed(self, what: str) -> list[Json]:
        path = f"/v1/{what}?unit={self._person.unit}&open=true"
        return list(pages(self._hands.api, "escalation", path, self._person))

    def _answer(self, line: Json) -> bool:
        call = self._hands.get("escalation", f"/v1/calls/{line['id']}")
        match call["status"]:
            case "called" | "received" as status:
                step, body = self.STEPS[status]
                return self._step(call, step, body, nonce=call["version"])
            case "accepted":
                return self._step(call, "report-ins", _arrival(call), nonce=call["version"])
            case "present":
                return all(self._step(call, *each) for each in _work(call))
            case _:
                return False

    def _step(self, call: Json, step: str, body: Json, nonce: str | int) -> bool:
        path = f"/v1/calls/{call['id']}/{step}"
        return self._hands.act("escalation", path, body, nonce=nonce)

    def _check_in(self, line: Json) -> bool:
        """Check in for the slot that runs, once."""
        duty = self._hands.get("escalation", f"/v1/duties/{line['id']}")
        slot = duty["slot"]
        if duty["status"] != "assigned" or slot["kept"] or slot["over"]:
            return False
        path = f"/v1/duties/{duty['id']}/check-ins"
        body = {"note": "已巡查，无异常。"}
        return self._hands.act("escalation", path, body, nonce=slot["number"])


def _arrival(call: Json) -> Json:
    """Return the first report-in: at the meeting, if there is one."""
    if call.get("meeting_at"):
        return _here("meeting", call["called_at"])
    return _here("on_site", call["called_at"])


def _work(call: Json) -> Iterator[tuple[str, Json, str]]:
    """Yield what follows the first report-in, in order: step, body, nonce.

    A call doesn't show how much of it is done, so all of it is said again after a fall, under the
    same keys.
    """
    if call.get("meeting_at"):
        yield "report-ins", _here("on_site", call["reported_in_at"]), "on-site"
    yield "progress-notes", {"note": "联合处置中。"}, "progress"
    yield "completion", {"note": "本单位事项已办结。"}, "done"


def _here(mode: str, at: str) -> Json:
    return {"mode": mode, "at": at, "persons": 2, "office": "值班室"}
