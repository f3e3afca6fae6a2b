"""A request 诉求: its state, and how events move it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

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
from services.common.contracts.vocabulary import RequestOutcome

RequestState = Literal[
    "unknown", "received", "forwarded", "awaiting_follow_up", "reopened", "closed"
]
RequestEvent = (
    RequestReceived
    | RequestClassified
    | RequestForwarded
    | FollowUpOpened
    | FollowUpTried
    | FollowUpLapsed
    | FollowUpRecorded
    | RequestReopened
    | RequestClosed
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the rules need to know of a request; everything else is a read model."""

    state: RequestState = "unknown"
    place_code: str | None = None
    promised_at: datetime | None = None  #: told to the reporter, never moved
    round: int = 0  #: of the newest follow-up
    tries: int = 0  #: in this round
    asked_at: datetime | None = None  #: when the reporter was last asked: opened or tried
    judged_resolution: int = 0  #: what this round asks about, 0 = nothing resolved yet
    latest_judged: int = 0  #: the highest resolution ever asked about
    reopened_before: bool = False  #: the one reopening by itself is used up
    outcome: RequestOutcome | None = None


def evolve(state: Request, event: RequestEvent, at: datetime) -> Request:
    """Return `state` after `event`, which was recorded at `at` (aware UTC)."""
    match event:
        case RequestReceived():
            return replace(state, state="received", place_code=event.place_code)
        case RequestForwarded():
            return _forwarded(state, event)
        case RequestClosed():
            return replace(state, state="closed", outcome=event.outcome)
        case RequestClassified() | FollowUpRecorded():
            return state
        case _:
            return _followed_up(state, event, at)


def _forwarded(state: Request, event: RequestForwarded) -> Request:
    return replace(
        state, state="forwarded", place_code=event.place_code, promised_at=event.promised_at
    )


def _followed_up(
    state: Request,
    event: FollowUpOpened | FollowUpTried | FollowUpLapsed | RequestReopened,
    at: datetime,
) -> Request:
    match event:
        case FollowUpOpened():
            return _asked(state, event, at)
        case FollowUpTried():
            return replace(state, tries=event.try_number, asked_at=at)
        case FollowUpLapsed():
            return replace(state, state="forwarded")
        case RequestReopened():
            return replace(state, state="reopened", reopened_before=True)
        case _:
            assert_never(event)


def _asked(state: Request, event: FollowUpOpened, at: datetime) -> Request:
    return replace(
        state,
        state="awaiting_follow_up",
        round=event.round,
        tries=0,
        asked_at=at,
        judged_resolution=event.judged_resolution,
        latest_judged=max(state.latest_judged, event.judged_resolution),
    )
