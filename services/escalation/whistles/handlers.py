"""One function a command on whistles: facts of the logs and the chart, then the rules.

Each takes the desk, the whistle's id, who asks, and the fields of its body by name. Texts are
sealed under the whistle's key, before the commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.common.chart import Chart
from services.common.contracts.events.escalation import DutyToAssign
from services.common.contracts.streams import call_stream, derived, duty_id, whistle_stream
from services.common.contracts.vocabulary import (
    ApprovedAs,
    CalledVia,
    WhistleKind,
    WhistleOutcome,
)
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Outcome
from services.common.eventlog.loading import load
from services.common.vault.names import whistle_key
from services.escalation.calls.rules import CALL
from services.escalation.errors import PlaceNeeded, PlaceOutsideTown
from services.escalation.officers import Officer
from services.escalation.whistles.commands import (
    ApproveWhistle,
    BlowWhistle,
    ConcludeWhistle,
    OrderSeen,
    Proposed,
    RejectWhistle,
    ReleaseUnits,
    WhistleCommand,
    WithdrawWhistle,
)
from services.escalation.whistles.orders import OrderFacts, order_facts
from services.escalation.whistles.rules import WHISTLE
from services.escalation.whistles.whistle import Whistle

TOWN_LEADER: Final = "town_leader"


@dataclass(frozen=True, slots=True)
class WhistleForm:
    """What an officer fills in. Lead and support that are not given are the catalogue's."""

    work_orders: Sequence[str]
    kind: WhistleKind
    contact_office: str
    summary: str
    place_code: str | None = None  #: else that of the first order
    meeting_at: datetime | None = None
    lead: str | None = None
    support: Sequence[str] | None = None
    change_reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Called:
    """Whom a form calls where, and whom the catalogue would have."""

    place_code: str
    lead: str
    support: tuple[str, ...]
    proposed: Proposed | None


def blow_whistle(desk: Desk, officer: Officer, form: WhistleForm) -> tuple[str, Outcome[Whistle]]:
    """The officer's town calls agencies out; return the whistle's id too.

    The id follows from person and key, so a repetition meets the same whistle. The category is
    that of the first order.

    Raises:
        NotFound: An order is unknown.
        PlaceNeeded, PlaceOutsideTown, UnknownPlace, UnknownUnit, and what the rules say.
    """
    whistle_id = derived("whistle", officer.asking.asker, officer.asking.key)
    chart = desk.chart.at(desk.clock.now())
    done = desk.carry_out_unless_done(
        WHISTLE,
        whistle_stream(whistle_id),
        lambda: _blown(desk, whistle_id, officer, form, chart),
        officer.asking,
        key_name=whistle_key(whistle_id),
        chart=chart.versions,
    )
    return whistle_id, done


def _blown(
    desk: Desk, whistle_id: str, officer: Officer, form: WhistleForm, chart: Chart
) -> BlowWhistle:
    orders = [order_facts(desk.logs["dispatch"], each) for each in dict.fromkeys(form.work_orders)]
    called = _called(chart, officer.unit, form, orders[0])
    via = _via(chart, (called.lead, *called.support))
    desk.vault.keys.create_if_absent(whistle_key(whistle_id))
    return BlowWhistle(
        whistle_id=whistle_id,
        acting_for=officer.acting_for,
        orders=tuple(
            OrderSeen(each.work_order_id, each.request_id, each.holder, each.state)
            for each in orders
        ),
        town=officer.unit,
        kind=form.kind,
        place_code=called.place_code,
        category=orders[0].category,
        contact_office_ref=_seal(desk, whistle_id, officer, "contact_office", form.contact_office),
        lead=called.lead,
        support=called.support,
        summary_ref=_seal(desk, whistle_id, officer, "summary", form.summary),
        via=via,
        proposed=called.proposed,
        change_reason_ref=_change_reason(desk, whistle_id, officer, form),
        meeting_at=form.meeting_at,
    )


def _called(chart: Chart, town: str, form: WhistleForm, first: OrderFacts) -> _Called:
    place = _place(chart, town, form.place_code or first.place_code)
    proposal = chart.whistle_proposal(first.category, place)
    lead = form.lead or proposal.lead
    support = tuple(each for each in proposal.support if each != lead)
    return _Called(
        place_code=place,
        lead=lead,
        support=support if form.support is None else tuple(form.support),
        proposed=Proposed(proposal.lead, proposal.support) if proposal.listed else None,
    )


def _change_reason(desk: Desk, whistle_id: str, officer: Officer, form: WhistleForm) -> str | None:
    if form.change_reason is None:
        return None
    return _seal(desk, whistle_id, officer, "change_reason", form.change_reason)


def _place(chart: Chart, town: str, place_code: str | None) -> str:
    """Return where the units shall go: a place of the town.

    Raises:
        PlaceNeeded, UnknownPlace, PlaceOutsideTown.
    """
    if place_code is None:
        raise PlaceNeeded()
    if chart.town_of(chart.place(place_code).code) != town:
        raise PlaceOutsideTown(place_code=place_code, town=town)
    return place_code


def _via(chart: Chart, units: Iterable[str]) -> tuple[tuple[str, CalledVia], ...]:
    return tuple((unit, chart.unit(unit).answers_by) for unit in units)


def approve_whistle(desk: Desk, whistle_id: str, officer: Officer) -> Outcome[Whistle]:
    """The town's leader or deputy agrees: everybody whom the whistle names is called."""
    approved_as: ApprovedAs = "leader" if officer.asking.actor.role == TOWN_LEADER else "deputy"
    state = whistle_of(desk, whistle_id)
    chart = desk.chart.at(desk.clock.now())
    via = _via(chart, state.named)
    command = ApproveWhistle(whistle_id, officer.acting_for, approved_as, via)
    return _on_whistle(desk, whistle_id, command, officer, chart.versions)


def reject_whistle(
    desk: Desk, whistle_id: str, officer: Officer, *, reason: str
) -> Outcome[Whistle]:
    """The town's leader or deputy says no."""
    ref = _sealed(desk, whistle_id, officer, "reason", reason)
    command = RejectWhistle(officer.acting_for, ref)
    return _on_whistle(desk, whistle_id, command, officer)


def withdraw_whistle(
    desk: Desk, whistle_id: str, officer: Officer, *, reason: str
) -> Outcome[Whistle]:
    """The town calls it off."""
    ref = _sealed(desk, whistle_id, officer, "reason", reason)
    command = WithdrawWhistle(officer.acting_for, ref)
    return _on_whistle(desk, whistle_id, command, officer)


def release_units(
    desk: Desk, whistle_id: str, officer: Officer, *, units: Sequence[str] = ()
) -> Outcome[Whistle]:
    """The town lets units go; none named: all that are there."""
    whistle_of(desk, whistle_id)
    command = ReleaseUnits(officer.acting_for, tuple(units))
    return _on_whistle(desk, whistle_id, command, officer)


def conclude_whistle(
    desk: Desk,
    whistle_id: str,
    officer: Officer,
    *,
    outcome: WhistleOutcome,
    duties: Sequence[Mapping[str, Any]] = (),
) -> Outcome[Whistle]:
    """The joint action is over. A duty: {unit, what, every_seconds, until_at}."""
    state = whistle_of(desk, whistle_id)
    chart = desk.chart.at(desk.clock.now())
    assigned = tuple(
        DutyToAssign(
            duty_id=duty_id(whistle_id, number),
            unit=chart.unit(duty["unit"]).code,
            what_ref=_sealed(desk, whistle_id, officer, f"duty-{number}", duty["what"]),
            every_seconds=duty["every_seconds"],
            until_at=duty["until_at"],
        )
        for number, duty in enumerate(duties, 1)
    )
    command = ConcludeWhistle(
        acting_for=officer.acting_for,
        outcome=outcome,
        duties=assigned,
        in_town=_in_town(chart, state, (each.unit for each in assigned)),
        excused=_excused(desk, state),
    )
    return _on_whistle(desk, whistle_id, command, officer, chart.versions)


def _in_town(chart: Chart, state: Whistle, more: Iterable[str]) -> frozenset[str]:
    """Return those of the called units, and of `more`, that belong to the town."""
    units = {*(each.unit for each in state.called), *more}
    known = (unit for unit in units if unit in chart.units)
    return frozenset(unit for unit in known if chart.town_of(unit) == state.town)


def _excused(desk: Desk, state: Whistle) -> frozenset[str]:
    """Return the called units that were let off, as their calls say."""
    return frozenset(
        each.unit
        for each in state.called
        if load(desk.log, CALL, call_stream(each.call_id), desk.known).state.excused
    )


def whistle_of(desk: Desk, whistle_id: str) -> Whistle:
    """Return the whistle as it is now.

    Raises:
        NotFound: There is none of this id.
    """
    state = load(desk.log, WHISTLE, whistle_stream(whistle_id), desk.known).state
    if state.status == "absent":
        raise NotFound(what="whistle")
    return state


def _sealed(desk: Desk, whistle_id: str, officer: Officer, field: str, text: str) -> str:
    """Seal a text of an existing whistle; return its ref."""
    whistle_of(desk, whistle_id)
    return _seal(desk, whistle_id, officer, field, text)


def _seal(desk: Desk, whistle_id: str, officer: Officer, field: str, text: str) -> str:
    key, stream = whistle_key(whistle_id), whistle_stream(whistle_id)
    return desk.seal(key, stream, officer.asking, field, text)


def _on_whistle(
    desk: Desk,
    whistle_id: str,
    command: WhistleCommand,
    officer: Officer,
    chart: Mapping[str, int] | None = None,
) -> Outcome[Whistle]:
    key, stream = whistle_key(whistle_id), whistle_stream(whistle_id)
    return desk.carry_out(WHISTLE, stream, command, officer.asking, key_name=key, chart=chart)
