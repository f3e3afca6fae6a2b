"""What may be read: one order from its stream, lists from the read model, the chart of now."""

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import Any, Final

from services.common.chart import Chart, Unit
from services.common.chart.units import COMMAND
from services.common.contracts.codec import plain
from services.common.contracts.events.intake import RequestReceived
from services.common.contracts.streams import (
    category_of,
    id_of,
    request_stream,
    work_order_stream,
)
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.loading import load
from services.common.following.ports import Document
from services.common.http.call import READERS_OF_ALL, Caller
from services.common.http.paging import page_of, sort_key_of
from services.dispatch.domain.errors import HeldByAnotherUnit, NotASuperior, UnitMissing
from services.dispatch.domain.work_order import WorkOrder
from services.dispatch.domain.work_order_rules import WORK_ORDERS
from services.dispatch.domain.work_order_steps import possible
from services.dispatch.projections import WORK_ORDER_LIST

#: How many of the newest commits are compared with the read model to say how far it lags.
LOOK_BACK: Final = 32
_INNER: Final = frozenset({"seen", "due_order", "raises", "raised_to"})
Body = dict[str, Any]


def order_body(order_id: str, order: WorkOrder, version: int) -> Body:
    """Return an order as JSON: its state, its holder, and what people could do now."""
    body = {name: value for name, value in plain(order).items() if name not in _INNER}
    return {
        "work_order_id": order_id,
        **body,
        "version": version,
        "possible": list(possible(order)),
    }


def work_order(desk: Desk, order_id: str, caller: Caller) -> tuple[Body, int]:
    """Return one order, folded from its stream, with what the reporter said, and its version.

    Name and phone of the reporter are intake's: they are not here.

    Raises:
        NotFound: There is no such order.
        HeldByAnotherUnit: The caller's unit has nothing to do with it.
    """
    loaded = load(desk.log, WORK_ORDERS, work_order_stream(order_id), desk.known)
    if not loaded.state.dispatched:
        raise NotFound(what=order_id)
    if not caller.has(*READERS_OF_ALL):
        _require_concerned(desk.chart.at(desk.clock.now()), loaded.state, _unit_of(caller))
    body = order_body(order_id, loaded.state, loaded.tip.version)
    return {**body, **_said(desk, loaded.state.request_id)}, loaded.tip.version


def _said(desk: Desk, request_id: str) -> Body:
    """Return the reporter's words, None where they were erased.

    Those of a confidential reporter stay at the intake desk: they may name who speaks.
    """
    first = desk.logs["intake"].read(request_stream(request_id), 0, 1)
    events = [fact.event for commit in first for fact in commit.facts]
    for event in events:
        if isinstance(event, RequestReceived) and not event.confidential:
            return {"said": desk.vault.open_unless_erased(event.said_ref), "said_withheld": False}
    return {"said": None, "said_withheld": bool(events)}


def _unit_of(caller: Caller) -> str:
    if caller.unit is None:
        raise UnitMissing
    return caller.unit


def _require_concerned(chart: Chart, order: WorkOrder, unit: str) -> None:
    """Let in the holder, who holds superiors' rights over it, who was asked, who had it first."""
    near = {order.holder, order.first_receiver, order.raised_to, order.transfer_to}
    if unit in near or unit in order.copied_to or chart.is_superior(unit, of=order.holder):
        return
    raise HeldByAnotherUnit(holder=order.holder, unit=unit)


# -- lists ---------------------------------------------------------------------------------------


def work_orders(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of the orders of a unit and all below it, the earliest promise first.

    Open ones, or those in `state`. `as_of` says how far the list lags.

    Raises:
        UnknownUnit: The chart has no such unit.
        NotASuperior: It is not the caller's unit, nor below it.
    """
    chart = desk.chart.at(desk.clock.now())
    unit = _asked_unit(chart, caller, query.get("unit"))
    state = query.get("state")
    where: Body = {"open": state != "closed"}  # named always: the indexes have it
    if state is not None:
        where["state"] = state
    cursor = query.get("cursor")
    after = None if cursor is None else str(sort_key_of(cursor, (str,))[0])
    size = int(query["limit"])
    found = list(islice(_merged(desk, _scopes(chart, unit), where, after, size + 1), size + 1))
    page = page_of(found, size, lambda body: (str(body["due_order"]),))
    return {**page.as_body(_line), "as_of": _as_of(desk)}


def _asked_unit(chart: Chart, caller: Caller, asked: str | None) -> str | None:
    """Return the unit to list for; None for all."""
    if caller.has(*READERS_OF_ALL):
        return None if asked is None else chart.unit(asked).code
    own = _unit_of(caller)
    if asked is None or asked == own:
        return own
    if not chart.is_superior(own, of=asked):
        raise NotASuperior(unit=own, holder=asked)
    return asked


def _scopes(chart: Chart, unit: str | None) -> list[Body]:
    """Return the conditions whose union is what `unit` may see.

    A district's command reads by the copy that every order sends it; others by who holds it now,
    so that a changed chart shows at once.
    """
    if unit is None:
        return [{}]
    found = chart.unit(unit)
    if found.kind in (*COMMAND, "district"):
        return [{"copied_to": chart.command_centre(found.district)}]
    return [{"transfer_to": unit}, *({"holder": code} for code in sorted(chart.subtree(unit)))]


def _merged(
    desk: Desk, scopes: list[Body], where: Body, after: str | None, limit: int
) -> Iterator[Mapping[str, Any]]:
    """Yield what any of `scopes` holds, ascending, once each."""
    runs = [
        [
            (str(each.body["due_order"]), each.body)
            for each in desk.documents.find(
                WORK_ORDER_LIST.name,
                {**where, **scope},
                order_by="due_order",
                after=after,
                limit=limit,
            )
        ]
        for scope in scopes
    ]
    last = ""
    for key, body in merge(*runs, key=lambda entry: entry[0]):
        if key != last:
            yield body
        last = key


def _line(body: Mapping[str, Any]) -> Body:
    return {name: value for name, value in body.items() if name not in _INNER}


def _as_of(desk: Desk) -> Body:
    """Return how far the list follows the log.

    `position`: every commit up to it is in the list. `behind`: how many newer ones are not, of
    the last `LOOK_BACK`; more are never looked at, so `at_least` says when there may be more.
    """
    head = desk.log.head()
    stamps = desk.log.stamps(max(0, head - LOOK_BACK), LOOK_BACK)
    orders = [each for each in stamps if category_of(each.stream) == "workOrder"]
    listed = desk.documents.get_many(WORK_ORDER_LIST.name, {id_of(each.stream) for each in orders})
    missing = [each.position for each in orders if _seen(listed, each.stream) < each.version]
    return {
        "position": missing[0] - 1 if missing else head,
        "behind": len(missing),
        "at_least": bool(missing) and missing[0] == stamps[0].position,
    }


def _seen(listed: Mapping[str, Document], stream: str) -> int:
    found: int = listed[id_of(stream)].body.get("seen", {}).get(stream, 0)
    return found


# -- the chart -----------------------------------------------------------------------------------


def unit(desk: Desk, code: str) -> Body:
    """Return a unit as the chart of now has it.

    Raises:
        NotFound: There is none.
    """
    chart = desk.chart.at(desk.clock.now())
    if code not in chart.units:
        raise NotFound(what=code)
    return {**_unit_body(chart.unit(code)), "superiors": list(chart.superiors(code))}


def units(desk: Desk, query: Mapping[str, Any]) -> Body:
    """Return a page of the units right below `parent`, by code; without one, the districts.

    Raises:
        UnknownUnit: The chart has no such parent.
    """
    chart = desk.chart.at(desk.clock.now())
    parent = query.get("parent")
    codes = (
        chart.tree.children.get(chart.unit(parent).code, ())
        if parent is not None
        else sorted(code for code, each in chart.units.items() if each.parent is None)
    )
    cursor = query.get("cursor")
    after = "" if cursor is None else str(sort_key_of(cursor, (str,))[0])
    size = int(query["limit"])
    found = [chart.unit(code) for code in codes if code > after][: size + 1]
    return page_of(found, size, lambda each: (each.code,)).as_body(_unit_body)


def _unit_body(found: Unit) -> Body:
    body: Body = {
        "code": found.code,
        "name_zh": found.name_zh,
        "name_en": found.name_en,
        "kind": found.kind,
        "tier": found.tier,
        "parent": found.parent,
        "district": found.district,
        "answers_by": found.answers_by,
    }
    return {name: value for name, value in body.items() if value is not None}


def categories(desk: Desk) -> Body:
    """Return the categories of now: the headings, and the third level that a request is given."""
    chart = desk.chart.at(desk.clock.now())
    return {
        "groups": [plain(each) for _, each in sorted(chart.groups.items())],
        "categories": [plain(each) for _, each in sorted(chart.categories.items())],
    }
