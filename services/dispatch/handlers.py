"""One function a command: load, build the command from what came in and the chart, carry it out.

Nothing here publishes. Free texts are sealed under the request's key before the commit, so that a
repetition finds them under the same ids.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.common.chart import Chart
from services.common.contracts.commit import Actor
from services.common.contracts.streams import derived, work_order_stream
from services.common.contracts.vocabulary import ContactResult, RegistryKind, ResolutionPath
from services.common.desk import Asking, Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Errand, Outcome, carry_out
from services.common.eventlog.loading import load, load_until
from services.common.eventlog.ports import EventLog
from services.common.registry_files import RegistryTable
from services.common.vault.names import request_key
from services.dispatch.domain.errors import UnitMissing
from services.dispatch.domain.registry import REGISTRIES, AdoptRegistry
from services.dispatch.domain.work_order import WorkOrder
from services.dispatch.domain.work_order_commands import (
    AcceptTransfer,
    AcknowledgeWorkOrder,
    Command,
    DeclineTransfer,
    NoteProgress,
    ProposeTransfer,
    RaiseWorkOrder,
    RecordContact,
    ResolveWorkOrder,
    TakeOverWorkOrder,
)
from services.dispatch.domain.work_order_rules import WORK_ORDERS

Answered = Outcome[WorkOrder]


@dataclass(frozen=True, slots=True)
class _File:
    """A work order on somebody's desk, opened for one command."""

    desk: Desk
    asking: Asking
    stream: str
    order: WorkOrder

    @property
    def unit(self) -> str:
        """The caller's unit.

        Raises:
            UnitMissing: The caller acts for none.
        """
        if self.asking.actor.unit is None:
            raise UnitMissing
        return self.asking.actor.unit

    @property
    def chart(self) -> Chart:
        """The chart of now."""
        return self.desk.chart.at(self.desk.clock.now())

    def seal(self, field: str, text: str) -> str:
        """Put a text into the vault; return its ref."""
        return self.seal_all({field: text})[0]

    def seal_all(self, texts: Mapping[str, str]) -> list[str]:
        """Keep texts by field; return their references in order."""
        found = [(self._key, field, text) for field, text in texts.items()]
        return self.desk.seal_all(self.stream, self.asking, found)

    def carry_out(self, command: Command, chart: Mapping[str, int] | None = None) -> Answered:
        """Let the rules decide. `chart`: the registry versions that the command leans on."""
        return self.desk.carry_out(
            WORK_ORDERS, self.stream, command, self.asking, key_name=self._key, chart=chart
        )

    def carry_out_unless_done(
        self, prepare: Callable[[], Command], chart: Mapping[str, int]
    ) -> Answered:
        """As `carry_out`, with a command that is prepared only if it comes for the first time."""
        return self.desk.carry_out_unless_done(
            WORK_ORDERS, self.stream, prepare, self.asking, key_name=self._key, chart=chart
        )

    @property
    def _key(self) -> str:
        return request_key(self.order.request_id)


def _open(desk: Desk, order_id: str, asking: Asking, *, as_stored: bool = False) -> _File:
    """Open a file; the order in it may be behind in what can change, unless it is `as_stored`."""
    stream = work_order_stream(order_id)
    order = (
        load(desk.log, WORK_ORDERS, stream, desk.known).state
        if as_stored
        else load_until(desk.log, WORK_ORDERS, stream, desk.known, lambda each: each.dispatched)
    )
    if not order.dispatched:
        raise NotFound(what=order_id)
    return _File(desk, asking, stream, order)


def acknowledge_work_order(desk: Desk, order_id: str, asking: Asking) -> Answered:
    """Take the order on."""
    file = _open(desk, order_id, asking)
    return file.carry_out(AcknowledgeWorkOrder(file.unit))


def record_contact(
    desk: Desk, order_id: str, asking: Asking, *, result: ContactResult, note: str | None
) -> Answered:
    """Say whether the reporter was spoken to."""
    file = _open(desk, order_id, asking)
    note_ref = None if note is None else file.seal("note", note)
    return file.carry_out(RecordContact(file.unit, result, note_ref))


def note_progress(desk: Desk, order_id: str, asking: Asking, *, note: str) -> Answered:
    """Say what is going on."""
    file = _open(desk, order_id, asking)
    return file.carry_out(NoteProgress(file.unit, file.seal("note", note)))


def raise_work_order(desk: Desk, order_id: str, asking: Asking, *, reason: str) -> Answered:
    """Ask the village's town."""
    file = _open(desk, order_id, asking)
    chart = file.chart
    is_village = chart.unit(file.unit).kind == "village"
    town = chart.town_of(file.unit) if is_village else None
    reason_ref = file.seal("reason", reason)
    return file.carry_out(RaiseWorkOrder(file.unit, town, reason_ref), chart.versions)


def propose_transfer(
    desk: Desk, order_id: str, asking: Asking, *, to_unit: str, reason: str
) -> Answered:
    """Ask another unit of the district to take the order.

    Raises:
        UnknownUnit: The chart has no `to_unit`.
    """
    file = _open(desk, order_id, asking, as_stored=True)
    chart = file.chart

    def proposal() -> ProposeTransfer:
        asked = chart.unit(to_unit)
        here = chart.district_of(file.order.holder)
        can_hold = asked.can_hold and asked.district == here
        return ProposeTransfer(file.unit, to_unit, can_hold, file.seal("reason", reason))

    return file.carry_out_unless_done(proposal, chart.versions)


def accept_transfer(desk: Desk, order_id: str, asking: Asking) -> Answered:
    """Take the order from its holder, who proposed it."""
    file = _open(desk, order_id, asking)
    return file.carry_out(AcceptTransfer(file.unit))


def decline_transfer(desk: Desk, order_id: str, asking: Asking, *, reason: str) -> Answered:
    """Say no to the holder."""
    file = _open(desk, order_id, asking)
    return file.carry_out(DeclineTransfer(file.unit, file.seal("reason", reason)))


def take_over_work_order(desk: Desk, order_id: str, asking: Asking) -> Answered:
    """Take the order from a unit below."""
    file = _open(desk, order_id, asking)
    chart = file.chart
    below = frozenset(
        code for code in chart.subtree(file.unit) if chart.is_superior(file.unit, of=code)
    )
    can_hold = chart.unit(file.unit).can_hold
    return file.carry_out(TakeOverWorkOrder(file.unit, below, can_hold), chart.versions)


def resolve_work_order(
    desk: Desk,
    order_id: str,
    asking: Asking,
    *,
    path: ResolutionPath,
    result: str,
    evidence: Sequence[str],
) -> Answered:
    """Say what was done. `evidence`: descriptions of, or links to, what proves it."""
    file = _open(desk, order_id, asking, as_stored=True)
    chart = file.chart
    category = chart.categories.get(file.order.category)
    named = {f"evidence-{number}": each for number, each in enumerate(evidence, 1)}
    result_ref, *evidence_refs = file.seal_all({"result": result, **named})
    command = ResolveWorkOrder(
        unit=file.unit,
        path=path,
        result_ref=result_ref,
        evidence_refs=tuple(evidence_refs),
        evidence_required=category is not None and category.evidence_required,
    )
    return file.carry_out(command, chart.versions)


def adopt_registry(desk: Desk, tables: Iterable[RegistryTable]) -> tuple[RegistryKind, ...]:
    """Put every table in force whose content is new, as dispatch does when it starts."""
    actor = Actor(role="policy", policy="dispatch.adopt_registry")
    adopted = adopt(desk.log, tables, actor, desk.clock.now())
    desk.chart.refresh()
    return adopted


def adopt(
    log: EventLog, tables: Iterable[RegistryTable], actor: Actor, at: datetime
) -> tuple[RegistryKind, ...]:
    """Put every table in force whose content is new; return their kinds.

    All take effect at one moment. Two who adopt at once (replicas that start, an operator's
    `apply`) make one commit: the id of the command follows from the content and the version it
    replaces (so going back to an older content is a new adoption).
    """
    adopted = []
    for table in tables:
        version = load(log, REGISTRIES, table.stream).tip.version
        command_id = derived("adopt", table.stream, table.sha256, version)
        errand = Errand(
            stream=table.stream,
            command=AdoptRegistry(table.kind, table.sha256, table.entries),
            command_id=command_id,
            actor=actor,
            correlation=command_id,
            at=at,
        )
        outcome = carry_out(log, REGISTRIES, errand)
        if outcome.commit is not None and not outcome.repeated:
            adopted.append(table.kind)
    return tuple(adopted)
