"""What intake answers: schemas for the reference; nothing is dumped by them."""

from typing import Final, get_args

from marshmallow import fields

from services.common.contracts.vocabulary import (
    AnsweredBy,
    Channel,
    FollowUpReason,
    Reached,
    RequestKind,
    RequestOutcome,
    Satisfied,
    Solved,
    TimeClass,
)
from services.common.http.reference.answers import (
    AnswerShape,
    maybe,
    page_of,
    text,
    time,
    whole,
    word,
    yes_no,
)
from services.intake.domain.request import RequestState

_STATES: Final = [each for each in get_args(RequestState) if each != "unknown"]


class ReceivedRequest(AnswerShape):
    """The receipt; the secret is for reporters and operators alone."""

    id = text()
    code = text()
    secret = maybe()
    promised_at = time(required=False)


class RequestAfter(AnswerShape):
    """A request after a command."""

    id = text()
    state = word(_STATES)
    round = whole()
    outcome = word(get_args(RequestOutcome), required=False)
    promised_at = time(required=False)


class UnitNamed(AnswerShape):
    """A unit; one that is no more has its code alone."""

    code = text()
    name_zh = maybe()
    name_en = maybe()


class OpenQuestion(AnswerShape):
    """Whether the reporter is asked, and about what."""

    open = yes_no()
    round = whole(required=False)
    resolved = fields.Boolean()


class ReceiptStatus(AnswerShape):
    """Where a request is: nothing personal, no place, no text."""

    status = text()
    status_zh = text()
    status_en = text()
    follow_up = fields.Nested(OpenQuestion, required=True)
    promised_at = time(required=False)
    holder = fields.Nested(UnitNamed)
    outcome = word(get_args(RequestOutcome), required=False)


class FollowUpRound(AnswerShape):
    """A round of the follow-up, without its answer."""

    round = whole()
    reason = word(get_args(FollowUpReason))
    judged_resolution = whole()
    holder = text()
    opened_at = time()
    tries = whole()


class FollowUpAnswer(AnswerShape):
    """The reporter's own word."""

    round = whole()
    reached = word(get_args(Reached))
    by = word(get_args(AnsweredBy))
    solved = word(get_args(Solved), required=False)
    satisfied = word(get_args(Satisfied), required=False)
    said = fields.String(allow_none=True)


class AnsweredRound(FollowUpRound):
    """A round, with its answer if there is one."""

    answered_at = time(required=False)
    answer = fields.Nested(FollowUpAnswer)


class RequestLine(AnswerShape):
    """A request in the desk's list: no texts, no people."""

    id = text()
    state = word(_STATES)
    since = time()
    received_at = time()
    channel = word(get_args(Channel))
    kind = word(get_args(RequestKind))
    category = maybe()
    time_class = word(get_args(TimeClass), required=False)
    place_code = maybe()
    promised_at = time(required=False)
    confidential = yes_no()
    opposed = yes_no()
    cluster_id = maybe()
    outcome = word(get_args(RequestOutcome), required=False)
    version = whole()
    follow_up = fields.Nested(FollowUpRound)


class MaskedReporter(AnswerShape):
    """Who reported, masked; or a mark that it is hidden or was erased."""

    name = maybe()
    phone = maybe()
    address = maybe()
    hidden = fields.Boolean()
    erased = fields.Boolean()


class OrderOfRequest(AnswerShape):
    """The request's order, as far as intake tells it."""

    id = text()
    holder = fields.Nested(UnitNamed, required=True)
    stage = fields.String(required=True, allow_none=True)


class RequestSeen(RequestLine):
    """One request as the desk sees it."""

    class Meta(AnswerShape.Meta):
        """Of a line, all but what only a list has."""

        exclude = ("since", "follow_up")

    district = maybe()
    reporter = fields.Nested(MaskedReporter, required=True)
    said = fields.String(required=True, allow_none=True)
    said_withheld = yes_no()
    follow_ups = fields.List(fields.Nested(AnsweredRound), required=True)
    work_order = fields.Nested(OrderOfRequest, required=True, allow_none=True)


RequestsPage: Final = page_of(RequestLine)
