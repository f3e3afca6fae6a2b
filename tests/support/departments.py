"""A department on the memory bus that behaves as the sample subscriber does over AMQP."""

from typing import Any

from services.common.contracts.streams import derived
from services.common.messaging.memory import MemoryBus, MemoryDepartment

Json = dict[str, Any]


class Department:
    """Answers each call: received, accepted, arrived, done; later rates the whistle.

    A silent one begins only when it hears of an overdue step of at least `silent_until_step`.
    """

    def __init__(self, bus: MemoryBus, code: str, *, silent_until_step: int | None = None) -> None:
        self.name = code
        self._line = MemoryDepartment(bus, code)
        self._silent_until = silent_until_step
        self._seen: set[str] = set()
        self.outcomes: list[Json] = []  #: of its replies, as they came
        self.told_again = 0  #: messages marked as sent to a queue that had lost them

    def look(self) -> bool:
        self.outcomes += self._line.outcomes()
        calls = self._line.calls()
        for message in calls:
            self.told_again += message["data"]["again"]
            if message["id"] not in self._seen:
                self._seen.add(message["id"])
                self._answer(message["type"], message["data"])
        return bool(calls)

    def _answer(self, kind: str, call: Json) -> None:
        if self._begins(kind, call):
            self._reply(call, "received", {"external_ref": f"{self.name}-1"})
            self._reply(call, "accepted", {"office": "值班室"})
            at = call.get("meeting_at") or call["sent_at"]
            arrival = {"mode": "meeting", "at": at, "persons": 2, "office": "值班室"}
            self._reply(call, "arrived", arrival)
            self._reply(call, "done", {"note": "已联合处置"})
        elif kind == "concluded":
            self._reply(call, "rating", {"needed": 5, "described": 4})

    def _begins(self, kind: str, call: Json) -> bool:
        if self._silent_until is None:
            return kind in ("called", "insisted")
        return kind == "overdue" and int(call["step"]) >= self._silent_until

    def _reply(self, call: Json, reply: str, fields: Json) -> None:
        message_id = derived("reply", self.name, call["call"], reply)
        data = {"call": call["call"], **fields}
        self._line.reply(reply, {"specversion": "1.0", "id": message_id, "data": data})
