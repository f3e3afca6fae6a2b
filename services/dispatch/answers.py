"""What dispatch answers: schemas for the reference; nothing is dumped by them."""

from typing import Final, get_args

from marshmallow import fields

from services.common.chart.categories import Matter
from services.common.chart.units import AnswersBy, Tier, UnitKind
from services.common.contracts.vocabulary import TimeClass
from services.common.http.reference.answers import (
    AnswerShape,
    maybe,
    page_of,
    text,
    texts,
    time,
    whole,
    word,
    yes_no,
)
from services.dispatch.domain.work_order import State

_STATES: Final = [each for each in get_args(State) if each != "undispatched"]


class _WorkOrder(AnswerShape):
    work_order_id = text()
    request_id = text()
    state = word(_STATES)
    category = text()
    time_class = word(get_args(TimeClass))
    place_code = maybe()
    promised_at = time()
    dispatched_at = time()
    holder = text()
    holder_since = time()
    first_receiver = text()
    copied_to = texts()
    round = whole()
    contacted = yes_no()
    resolutions = whole()
    raise_id = maybe()
    transfer_to = maybe()
    whistles = texts()


class WorkOrderAfter(_WorkOrder):
    """An order after a command, with what may be done now."""

    version = whole()
    possible = texts()


class WorkOrderSeen(WorkOrderAfter):
    """One order, with the reporter's words; null where they were erased or are withheld."""

    said = fields.String(required=True, allow_none=True)
    said_withheld = yes_no()


class WorkOrderLine(_WorkOrder):
    """An order in a list."""

    open = yes_no()
    touched_at = time()


class ListStanding(AnswerShape):
    """How far the list follows the log."""

    position = whole()
    behind = whole()
    at_least = yes_no()


class WorkOrdersPage(page_of(WorkOrderLine)):  # type: ignore[misc]  # a class made at run time
    """A page of orders, the earliest promise first."""

    as_of = fields.Nested(ListStanding, required=True)


class UnitLine(AnswerShape):
    """A unit of the chart."""

    code = text()
    name_zh = text()
    name_en = text()
    kind = word(get_args(UnitKind))
    tier = word(get_args(Tier))
    parent = maybe()
    district = text()
    answers_by = word(get_args(AnswersBy))


class UnitSeen(UnitLine):
    """A unit, and who stands above it."""

    superiors = texts()


class CategoryGroup(AnswerShape):
    """A heading: a category of the first or second level."""

    code = text()
    name_zh = text()
    name_en = text()
    level = whole()
    parent = maybe()


class CategoryLine(AnswerShape):
    """A category of the third level, which a request is given."""

    code = text()
    name_zh = text()
    name_en = text()
    parent = text()
    of = word(get_args(Matter))
    time_class = word(get_args(TimeClass))
    working_time = yes_no()
    evidence_required = yes_no()


class Categories(AnswerShape):
    """Every category of now."""

    groups = fields.List(fields.Nested(CategoryGroup), required=True)
    categories = fields.List(fields.Nested(CategoryLine), required=True)


UnitsPage: Final = page_of(UnitLine)
