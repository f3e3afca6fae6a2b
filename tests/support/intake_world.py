"""Intake in one process: logs, documents and vault in memory, a small registry, real HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Actor, Commit, Draft, Happened, Tip
from services.common.contracts.event_types import name_of
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.events.dispatch import (
    RegistryAdopted,
    WorkOrderDispatched,
    WorkOrderResolved,
)
from services.common.contracts.streams import (
    clock_stream,
    registry_stream,
    request_stream,
    work_order_id,
    work_order_stream,
)
from services.common.following.memory import MemoryCursors
from services.common.following.processors import processors_of
from services.common.http.host import HttpHost
from services.common.http.tokens import TokenVerifier, issue
from services.intake.service import IntakeService
from services.intake.wiring import consumers
from tests.support.described import client_of
from tests.support.desks import desk_alone, logs_in_memory
from tests.support.examples_intake import CENTRE, DAY_ONE, NIGHT_MARKET, REGISTRY, VILLAGE, after
from tests.support.following import settle

SIGNING_KEY: Final = Ed25519PrivateKey.generate()
REPORT: Final[Mapping[str, Any]] = {
    "channel": "web",
    "kind": "complaint",
    "said": "夜市油烟扰民",
    "place_code": VILLAGE,
    "reporter": {"name": "张三", "phone": "13812341234", "address": "张湾村 1 号"},
}


class IntakeWorld:
    """Intake on logs in memory: a desk, its consumers, its routes, and dispatch's log to write."""

    def __init__(self) -> None:
        """Start at the first morning with the small registry adopted."""
        self.time = ManualTime(datetime(2026, 1, 1, tzinfo=UTC))
        self.clock = SteppedClock(self.time.read)
        self.logs = logs_in_memory(self.clock)
        self.desk = desk_alone("intake", self.logs, self.clock)
        self._adopt()
        self.time.move_to(DAY_ONE)
        tokens = TokenVerifier({"town": SIGNING_KEY.public_key()})
        self.client = client_of(IntakeService, http=HttpHost(tokens=tokens), desk=self.desk)

    def _adopt(self) -> None:
        for kind, entries in REGISTRY.items():
            start = datetime(2020, 1, 1, tzinfo=UTC)
            adopted = RegistryAdopted(kind, start, "sha", entries)  # type: ignore[arg-type]
            self.happen("dispatch", registry_stream(kind), adopted)

    def adopts(self, kind: Any, entries: tuple[Mapping[str, Any], ...]) -> None:
        """Let dispatch adopt another table of the registry, in force at once."""
        adopted = RegistryAdopted(kind, self.clock.now(), "sha-2", entries)
        self.happen("dispatch", registry_stream(kind), adopted)
        self.desk.chart.refresh()

    def happen(self, log: str, stream: str, *events: Any) -> Commit:
        """Append a commit to a log as its owner would."""
        commits = list(self.logs[log].read(stream))
        draft = Draft(
            stream=stream,
            command_id=f"{stream}.{len(commits)}",
            actor=Actor("policy"),
            correlation="c",
            recorded_at=self.clock.now(),
            events=tuple(Happened(each, self.clock.now()) for each in events),
        )
        return self.logs[log].append(draft, commits[-1].tip if commits else Tip())

    def dispatched(self, request_id: str, holder: str = VILLAGE) -> None:
        """Let dispatch send the order of a request to `holder`."""
        self.happen(
            "dispatch",
            work_order_stream(work_order_id(request_id)),
            WorkOrderDispatched(
                request_id, NIGHT_MARKET, "complex", holder, holder, (CENTRE,), "by-place", {},
                False, after(days=15),
            ),
        )  # fmt: skip

    def resolved(self, request_id: str, resolution: int = 1) -> None:
        """Let the holder resolve the order, and intake hear of it."""
        event = WorkOrderResolved(request_id, VILLAGE, resolution, "village", "dispatch/result")
        self.happen("dispatch", work_order_stream(work_order_id(request_id)), event)
        self.follow()

    def missed(self, request_id: str, kind: Any) -> None:
        """Let a clock of the request run out now, and intake hear of it."""
        stream = clock_stream(request_id)
        subject = request_stream(request_id)
        holder = VILLAGE if kind == "promised" else None
        event = DeadlineMissed(1, kind, subject, 0, self.clock.now(), 0, charged_to=holder)
        self.happen("escalation", stream, event)
        self.follow()

    def follow(self) -> None:
        """Let every consumer of intake follow from the start: doubled handling is harmless."""
        settle(
            self.logs,
            processors_of(
                consumers(self.desk),
                logs=self.logs,
                cursors=MemoryCursors(),
                observers=(self.desk.chart.observe,),
            ),
        )

    def events(self, request_id: str) -> list[str]:
        """Return the names of everything that happened to a request."""
        commits = self.logs["intake"].read(request_stream(request_id))
        return [name_of(fact.event) for commit in commits for fact in commit.facts]

    # -- as somebody calls it --------------------------------------------------------------------

    def post(self, path: str, body: Any, who: Mapping[str, str] | None = None, **more: Any) -> Any:
        """POST `body` as `who` (headers), under a key of its own unless `key` is given."""
        headers = {"Idempotency-Key": more.pop("key", None) or str(uuid4()), **(who or {})}
        return self.client.post(path, json=body, headers={**headers, **more})

    def get(self, path: str, who: Mapping[str, str] | None = None) -> Any:
        """GET `path` as `who`."""
        return self.client.get(path, headers=dict(who or {}))

    def report(self, who: Mapping[str, str] | None = None, **changed: Any) -> dict[str, Any]:
        """Report the night market, with a category unless told otherwise; return the receipt."""
        answer = self.post("/v1/requests", {**REPORT, "category": NIGHT_MARKET, **changed}, who)
        assert answer.status_code == 201, answer.json
        receipt: dict[str, Any] = answer.json
        return receipt


def bearer(*roles: str, unit: str = VILLAGE, person: str = "p-1") -> dict[str, str]:
    """Return the header of a person with `roles`."""
    return {"Authorization": f"Bearer {issue(SIGNING_KEY, 'town', person, roles, unit=unit)}"}


def secret_of(receipt: Mapping[str, Any]) -> dict[str, str]:
    """Return the header of whoever holds the receipt's secret."""
    return {"Authorization": f"Receipt {receipt['secret']}"}


def problem(answer: Any) -> tuple[int, str]:
    """Return the status and the slug of a refusal."""
    return answer.status_code, answer.json["type"].removeprefix("/problems/")
