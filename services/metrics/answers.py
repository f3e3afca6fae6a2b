"""What metrics answers: schemas for the reference; nothing is dumped by them."""

from typing import get_args

from marshmallow import fields

from services.common.chart.units import Tier
from services.common.http.reference.answers import (
    AnswerShape,
    maybe,
    text,
    texts,
    time,
    whole,
    word,
)


def _numbers() -> fields.Dict:
    """Return whole numbers by name."""
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class Sum(AnswerShape):
    """What adds up: a count has no denominator, no data has no value."""

    numerator = fields.Integer(required=True, allow_none=True)
    denominator = fields.Integer(required=True, allow_none=True)
    excluded = whole()
    value = fields.String(required=True, allow_none=True)
    few_answers = fields.Boolean()
    greatest = fields.Integer(allow_none=True)


class Figure(Sum):
    """One figure, in parts where it has some; `events` opens it."""

    events = text()
    parts = fields.Dict(keys=fields.String(), values=fields.Nested(Sum))
    weights_permille = fields.Dict(keys=fields.String(), values=fields.Integer())


class _Terms(AnswerShape):
    unit = text()
    month = text()
    starts_at = time()
    ends_at = time()
    seen_at = time()
    policy_version = whole()
    chart = _numbers()
    minimum_answers = whole()


class MonthOfUnit(_Terms):
    """Every figure of a unit and a month, and up to where of the logs it was counted."""

    name_zh = text()
    name_en = text()
    tier = word(get_args(Tier))
    as_of = _numbers()
    behind = _numbers()
    troubled_streams = _numbers()
    figures = fields.Dict(keys=fields.String(), values=fields.Nested(Figure), required=True)


class Share(AnswerShape):
    """What one matter adds to a figure, with the ids of its events."""

    figure = text()
    subject = text()
    unit = text()
    numerator = whole()
    denominator = whole()
    excluded = whole()
    events = texts()
    part = maybe()


class SharesOfFigure(_Terms):
    """A page of what a figure is made of."""

    figure = text()
    items = fields.List(fields.Nested(Share), required=True)
    next_cursor = maybe()
