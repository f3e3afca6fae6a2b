"""What has to hold before a whistle sounds, and the event that it is then."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.common.contracts.codec import time_text
from services.common.contracts.command_names import command_name
from services.common.contracts.events.escalation import CallToMake, WhistleBlown, WhistledOrder
from services.common.contracts.streams import call_id
from services.common.contracts.vocabulary import CalledVia
from services.escalation.errors import (
    CalledTwice,
    ChangeNeedsReason,
    HeldByAnotherUnit,
    MeetingInThePast,
    NobodyCalled,
    NotTheWhistlingTown,
    OrderNotOpen,
)
from services.escalation.whistles.commands import BlowWhistle
from services.escalation.whistles.whistle import Whistle, evolve

#: States of an order (as `orders` folds them) in which dispatch takes a whistle.
WHISTLED_WHILE: Final = ("open",)


def blown(command: BlowWhistle, at: datetime) -> WhistleBlown:
    """Return the event of a whistle that may sound; an emergency's calls stand in it.

    Raises:
        NotTheWhistlingTown: The asker acts for another unit.
        HeldByAnotherUnit, OrderNotOpen: An order is not the town's, or not workable now.
        CalledTwice, NobodyCalled, ChangeNeedsReason, MeetingInThePast: See there.
    """
    _check_orders(command)
    _check_called(command)
    if command.meeting_at is not None and command.meeting_at <= at:
        raise MeetingInThePast(meeting_at=time_text(command.meeting_at))
    event = WhistleBlown(
        work_orders=tuple(
            WhistledOrder(each.work_order_id, each.request_id) for each in command.orders
        ),
        town=command.town,
        kind=command.kind,
        place_code=command.place_code,
        category=command.category,
        contact_office_ref=command.contact_office_ref,
        lead=command.lead,
        support=command.support,
        summary_ref=command.summary_ref,
        meeting_at=command.meeting_at,
        change_reason_ref=command.change_reason_ref,
    )
    if command.kind != "emergency":
        return event
    whistle = evolve(Whistle(), event, at)
    return replace(event, call_now=calls_of(command.whistle_id, whistle, command.via))


def _check_orders(command: BlowWhistle) -> None:
    if command.town not in command.acting_for:
        raise NotTheWhistlingTown(town=command.town, command=command_name(BlowWhistle))
    for order in command.orders:
        if order.holder != command.town:
            raise HeldByAnotherUnit(
                work_order_id=order.work_order_id,
                holder=order.holder,
                unit=command.town,
                command=command_name(BlowWhistle),
            )
        if order.state not in WHISTLED_WHILE:
            raise OrderNotOpen(
                work_order_id=order.work_order_id, state=order.state, allowed=WHISTLED_WHILE
            )


def _check_called(command: BlowWhistle) -> None:
    counted = Counter((command.lead, *command.support))
    for unit, times in counted.items():
        if times > 1:
            raise CalledTwice(unit=unit)
    if set(counted) == {command.town}:
        raise NobodyCalled()
    if _changed(command) and command.change_reason_ref is None:
        raise ChangeNeedsReason()


def _changed(command: BlowWhistle) -> bool:
    proposed = command.proposed
    if proposed is None:
        return False
    return (command.lead, sorted(command.support)) != (proposed.lead, sorted(proposed.support))


def calls_of(
    whistle_id: str, whistle: Whistle, via: Iterable[tuple[str, CalledVia]]
) -> tuple[CallToMake, ...]:
    """Return the calls that a whistle makes, the lead's first."""
    return tuple(
        CallToMake(
            call_id=call_id(whistle_id, unit),
            town=whistle.town,
            unit=unit,
            lead=unit == whistle.lead,
            via=told,
            kind=whistle.kind,
            place_code=whistle.place_code,
            category=whistle.category,
            summary_ref=whistle.summary_ref,
            meeting_at=whistle.meeting_at,
        )
        for unit, told in _in_order(whistle.named, via)
    )


def _in_order(
    units: Iterable[str], via: Iterable[tuple[str, CalledVia]]
) -> Iterable[tuple[str, CalledVia]]:
    told: Mapping[str, CalledVia] = dict(via)
    return ((unit, told[unit]) for unit in units)
