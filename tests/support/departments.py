"""A department on the memory bus that behaves as the sample subscriber does over AMQP."""

from typing import Any

from services.common.contracts.streams import derived
from services.testing.memory_bus import MemoryBus, MemoryDepartment

Json = dict[str, Any]
Replies = list[tuple[str, Json]]


class Department:
    """Answers each call: received, accepted, arrived, progress, done; later rates the whistle.

    Called to a meeting, it arrives twice: there, then on site.

    One reply after the other, each when the one before has its outcome: their order matters, and
    the bus may not keep it. A silent one begins only when it hears of an overdue step of at least
    `silent_until_step`.
    """

    def __init__(self, bus: MemoryBus, code: str, *, silent_until_step: int | None = None) -> None:
        self.name = code
        self._line = MemoryDepartment(bus, code)
        self._silent_until = silent_until_step
        self._open: dict[str, Replies] = {}  #: message id -> replies without outcome
        self._sent: dict[str, str] = {}  #: id of the last reply -> message id
        self.outcomes: list[Json] = []  #: of its replies, as they came
        self.told_again = 0  #: messages marked as sent to a queue that had lost them

    def look(self) -> bool:
        outcomes, calls = self._line.outcomes(), self._line.calls()
        self.outcomes += outcomes
        for outcome in outcomes:
            self._heard(outcome["data"])
        for message in calls:
            self.told_again += message["data"]["again"]
            if message["id"] not in self._open:
                self._open[message["id"]] = list(self._replies(message))
                self._send_next(message["id"])
        return bool(outcomes or calls)

    def _heard(self, outcome: Json) -> None:
        message = self._sent.pop(outcome["in_reply_to"], None)
        if message is not None:  # else the second outcome of a reply that came twice
            del self._open[message][: 1 if outcome["outcome"] != "refused" else None]
            self._send_next(message)

    def _send_next(self, message: str) -> None:
        if self._open[message]:
            kind, data = self._open[message][0]
            reply_id = derived("reply", self.name, message, kind, data.get("mode", ""))
            self._sent[reply_id] = message
            self._line.reply(kind, {"specversion": "1.0", "id": reply_id, "data": data})

    def _replies(self, message: Json) -> Replies:
        kind, call = message["type"], message["data"]
        about = {"call": call["call"]}
        if kind == "concluded":
            return [("rating", {**about, "needed": 5, "described": 4})]
        if not self._begins(kind, call):
            return []
        here = {**about, "at": message["time"], "persons": 2, "office": "值班室"}
        modes = ["meeting", "on_site"] if "meeting_at" in call else ["on_site"]
        received = ("received", {**about, "external_ref": f"{self.name}-{call['call'][:8]}"})
        come = [
            ("accepted", {**about, "office": "值班室"}),
            *(("arrived", {**here, "mode": mode}) for mode in modes),
            ("progress", {**about, "note": "联合处置中"}),
            ("done", {**about, "note": "已处置"}),
        ]
        return come if kind == "insisted" else [received, *come]

    def _begins(self, kind: str, call: Json) -> bool:
        if self._silent_until is None:
            return kind in ("called", "insisted")
        return kind == "overdue" and int(call["step"]) >= self._silent_until
