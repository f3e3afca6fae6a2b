"""What may be done with a request, and which events follow."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, assert_never

from services.common.contracts.events.intake import (
    FollowUpLapsed,
    FollowUpOpened,
    FollowUpRecorded,
    FollowUpTried,
    RequestClassified,
    RequestClosed,
    RequestForwarded,
    RequestReceived,
    RequestReopened,
)
from services.common.contracts.vocabulary import AnsweredBy
from services.common.eventlog.folding import Aggregate
from services.common.steps import check_step
from services.intake.domain.errors import (
    AskedAboutAlready,
    AskedAgainMeanwhile,
    FollowUpMovedOn,
    OnlyTheReporterAnswers,
    SolvedMissing,
)
from services.intake.domain.request import Request, RequestEvent, RequestState, evolve
from services.intake.domain.request_commands import (
    ClassifyRequest,
    Filing,
    OpenFollowUp,
    ReceiveRequest,
    RecordFollowUp,
    RecordFollowUpTry,
    RequestCommand,
)

#: The state machine. An `OpenFollowUp` while one is open begins the next round.
STEPS: Final[Mapping[RequestState, frozenset[type]]] = {
    "unknown": frozenset({ReceiveRequest}),
    "received": frozenset({ClassifyRequest}),
    "forwarded": frozenset({OpenFollowUp}),
    "reopened": frozenset({OpenFollowUp}),
    "awaiting_follow_up": frozenset({OpenFollowUp, RecordFollowUp, RecordFollowUpTry}),
    "closed": frozenset(),
}


def decide(state: Request, command: RequestCommand, at: datetime) -> list[RequestEvent]:
    """Return the events that `command` causes in `state` at `at` (aware UTC, recorded_at).

    Raises:
        OnlyTheReporterAnswers: Whoever else brings an answer, in whatever state.
        NotAllowedNow: The state machine has no such step; it names the commands that it has.
        FollowUpMovedOn: The round that was meant is over.
        SolvedMissing: Something was resolved, and the answer doesn't judge it.
        AskedAboutAlready: A follow-up about this or a later resolution was opened before.
        AskedAgainMeanwhile: The silence ended before the reporter was last asked.
    """
    if isinstance(command, RecordFollowUp):
        _answering_role(command)
    steps = STEPS[state.state]
    check_step(state.state, type(command), steps, steps)
    match command:
        case ReceiveRequest():
            return _received(command, at)
        case ClassifyRequest():
            return _filed(command.filing, command.place_code or state.place_code, at)
        case OpenFollowUp():
            return _asked(state, command)
        case RecordFollowUp():
            return _answered(state, command)
        case RecordFollowUpTry():
            return _tried(state, command)
        case _:
            assert_never(command)


def _received(command: ReceiveRequest, at: datetime) -> list[RequestEvent]:
    received = RequestReceived(
        channel=command.channel,
        kind=command.kind,
        reporter_ref=command.reporter_ref,
        said_ref=command.said_ref,
        confidential=command.confidential,
        opposed=command.opposed,
        place_code=command.place_code,
        cluster_id=command.cluster_id,
    )
    if command.filing is None:
        return [received]
    return [received, *_filed(command.filing, command.place_code, at)]


def _filed(filing: Filing, place_code: str | None, at: datetime) -> list[RequestEvent]:
    return [
        RequestClassified(category=filing.category, time_class=filing.time_class),
        RequestForwarded(
            category=filing.category,
            time_class=filing.time_class,
            district=filing.district,
            promised_at=at + timedelta(seconds=filing.promise_seconds),
            place_code=place_code,
        ),
    ]


def _asked(state: Request, command: OpenFollowUp) -> list[RequestEvent]:
    if 0 < state.latest_judged >= command.judged_resolution:
        raise AskedAboutAlready(judged=state.latest_judged)
    return [
        FollowUpOpened(
            round=state.round + 1,
            reason=command.reason,
            judged_resolution=command.judged_resolution,
            holder=command.holder,
        )
    ]


def _answered(state: Request, command: RecordFollowUp) -> list[RequestEvent]:
    _check_round(state, command.round)
    if command.solved is None and state.judged_resolution > 0:
        raise SolvedMissing
    recorded = FollowUpRecorded(
        round=state.round,
        reached=command.reached,
        by=_answering_role(command),
        solved=command.solved,
        satisfied=command.satisfied,
        said_ref=command.said_ref,
    )
    return [recorded, _verdict(state, command)]


def _verdict(state: Request, command: RecordFollowUp) -> RequestEvent:
    match command.solved:
        case "yes":
            return RequestClosed(round=state.round, outcome="solved")
        case "partly":
            return RequestClosed(round=state.round, outcome="partly")
        case "no" if state.reopened_before:
            return RequestClosed(round=state.round, outcome="unsolved")
        case "no":
            return RequestReopened(round=state.round, judged_resolution=state.judged_resolution)
        case None:  # nothing was resolved: the order goes on, and the reporter is asked again
            return FollowUpLapsed(round=state.round)
        case _:
            assert_never(command.solved)


def _tried(state: Request, command: RecordFollowUpTry) -> list[RequestEvent]:
    _check_round(state, command.round)
    _check_silence(state, command)
    tried = FollowUpTried(round=state.round, try_number=state.tries + 1, by=command.by)
    return [tried] if tried.try_number < command.tries else [tried, _unanswered(state)]


def _unanswered(state: Request) -> RequestEvent:
    """Nobody said whether it is solved. Silence can't close an order that nobody resolved."""
    if state.judged_resolution > 0:
        return RequestClosed(round=state.round, outcome="unanswered")
    return FollowUpLapsed(round=state.round)


def _check_round(state: Request, meant: int | None) -> None:
    if meant is not None and meant != state.round:
        raise FollowUpMovedOn(round=meant, open_round=state.round)


def _check_silence(state: Request, command: RecordFollowUpTry) -> None:
    """Refuse a silence that surely belongs to an earlier question.

    A clock is due after the question that armed it, so one due before the latest question was
    armed by an earlier one, and the latest has a clock of its own: nothing is left unwatched.
    """
    if command.due_at is None or state.asked_at is None:
        return
    if command.due_at <= state.asked_at:
        raise AskedAgainMeanwhile(round=state.round)


def _answering_role(command: RecordFollowUp) -> AnsweredBy:
    match command.role:
        case "reporter":
            return "reporter"
        case "operator":
            return "operator"
        case _:
            raise OnlyTheReporterAnswers(allowed=("operator", "reporter"), role=command.role)


#: Streams `request-<id>` of the log `intake`.
REQUESTS: Final = Aggregate("request", Request(), decide, evolve)
