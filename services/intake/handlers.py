"""One function a command: what came in and the chart's facts become a command; then carry it out.

Nothing here publishes. Texts are sealed before the commit: who reports under the reporter key,
what is said under the request key.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

from services.common.chart import Chart
from services.common.contracts.codec import canonical
from services.common.contracts.streams import derived, request_stream
from services.common.contracts.vocabulary import Channel, Reached, RequestKind, Satisfied, Solved
from services.common.desk import Asking, Desk
from services.common.errors import NotFound
from services.common.eventlog.deciding import Outcome
from services.common.eventlog.loading import load, load_until
from services.common.vault.names import reporter_key, request_key
from services.intake import receipts
from services.intake.domain.errors import OnlyTheDeskGroups, ReceiptRefused
from services.intake.domain.request import Request
from services.intake.domain.request_commands import (
    ClassifyRequest,
    Filing,
    ReceiveRequest,
    RecordFollowUp,
    RecordFollowUpTry,
)
from services.intake.domain.request_rules import REQUESTS
from services.intake.domain.roles import REPORTER

Answered = Outcome[Request]
_SAID: Final = "said"
_REPORTER: Final = "reporter"


class Report(TypedDict):
    """A report as `ReceiveRequestBody` loads it."""

    channel: Channel
    kind: RequestKind
    said: str
    reporter: Mapping[str, str]  #: name, phone, address, each if told
    category: str | None
    place_code: str | None
    confidential: bool
    opposed: bool
    cluster_id: Any  #: a UUID, or None


def request_id_of(asking: Asking) -> str:
    """Return the id of the request that `asking` begins: the same person and key, the same id."""
    return derived("request", asking.asker, asking.key)


def receive_request(desk: Desk, report: Report, asking: Asking) -> Answered:
    """Receive a report; with a category, classify and forward it at once.

    Raises:
        UnknownPlace, UnknownCategory: The chart of now has none of that code.
        OnlyTheDeskGroups: Somebody without a token groups requests.
        KeyUsedForAnotherRequest: The key began another request.
    """
    grouped = report["opposed"] or report["cluster_id"] is not None
    if grouped and asking.actor.role == REPORTER:
        raise OnlyTheDeskGroups
    chart = desk.chart.at(desk.clock.now())
    request_id = request_id_of(asking)

    def reported() -> ReceiveRequest:
        district = _district(chart, report["place_code"])
        category = report["category"]
        filing = _filing(chart, category, district) if category is not None else None
        return _reported(desk, request_id, report, filing, asking)

    key = reporter_key(request_id)
    return _carry_out_unless_done(desk, request_id, reported, asking, chart, key, begins=True)


def _reported(
    desk: Desk, request_id: str, report: Report, filing: Filing | None, asking: Asking
) -> ReceiveRequest:
    desk.vault.keys.create_all_if_absent(reporter_key(request_id), request_key(request_id))
    reporter_ref, said_ref = desk.seal_all(
        request_stream(request_id),
        asking,
        [
            (reporter_key(request_id), _REPORTER, canonical(dict(report["reporter"]))),
            (request_key(request_id), _SAID, report["said"]),
        ],
    )
    cluster_id = report["cluster_id"]
    return ReceiveRequest(
        channel=report["channel"],
        kind=report["kind"],
        reporter_ref=reporter_ref,
        said_ref=said_ref,
        confidential=report["confidential"],
        opposed=report["opposed"],
        place_code=report["place_code"],
        cluster_id=None if cluster_id is None else str(cluster_id),
        filing=filing,
    )


def classify_request(
    desk: Desk, request_id: str, asking: Asking, *, category: str, place_code: str | None
) -> Answered:
    """Give a request its category, which forwards it.

    Raises:
        NotFound, UnknownPlace, UnknownCategory, NotAllowedNow.
    """
    request = known(desk, request_id)
    chart = desk.chart.at(desk.clock.now())

    def filed() -> ClassifyRequest:
        filing = _filing(chart, category, _district(chart, place_code or request.place_code))
        return ClassifyRequest(filing, place_code)

    key = request_key(request_id)
    return _carry_out_unless_done(desk, request_id, filed, asking, chart, key)


def record_follow_up(
    desk: Desk,
    request_id: str,
    asking: Asking,
    *,
    reached: Reached,
    solved: Solved | None,
    satisfied: Satisfied | None,
    said: str | None,
    round: int | None,  # noqa: A002  the field's own name
) -> Answered:
    """Record the reporter's word. Whoever calls this has checked receipt or role.

    Raises:
        NotFound, NotAllowedNow, FollowUpMovedOn, OnlyTheReporterAnswers.
    """
    _check_begun(desk, request_id)
    command = RecordFollowUp(
        role=asking.actor.role,
        reached=reached,
        solved=solved,
        satisfied=satisfied,
        said_ref=None
        if said is None
        else desk.seal(request_key(request_id), request_stream(request_id), asking, _SAID, said),
        round=round,
    )
    return _carry_out(desk, request_id, command, asking)


def record_follow_up_try(
    desk: Desk,
    request_id: str,
    asking: Asking,
    *,
    round: int | None,  # noqa: A002  the field's own name
) -> Answered:
    """Count an operator's call that nobody answered.

    Raises:
        NotFound, NotAllowedNow, FollowUpMovedOn.
    """
    _check_begun(desk, request_id)
    chart = desk.chart.at(desk.clock.now())
    tries = chart.policy("follow_up_tries_count")
    command = RecordFollowUpTry("operator", tries, round)
    return _carry_out(desk, request_id, command, asking, chart)


def known(desk: Desk, request_id: str) -> Request:
    """Return the request as it stands.

    Raises:
        NotFound: There is none.
    """
    request = load(desk.log, REQUESTS, request_stream(request_id), desk.known).state
    if request.state == "unknown":
        raise NotFound(what=request_id)
    return request


def _check_begun(desk: Desk, request_id: str) -> None:
    """Check that there is such a request, which can't change any more.

    Raises:
        NotFound: There is none.
    """
    stream = request_stream(request_id)
    found = load_until(desk.log, REQUESTS, stream, desk.known, lambda each: each.state != "unknown")
    if found.state == "unknown":
        raise NotFound(what=request_id)


def check_receipt(desk: Desk, request_id: str, secret: str) -> None:
    """Check that `secret` is the one of the request's receipt.

    Raises:
        ReceiptRefused: It isn't, or there is no such request: which of both is not told.
    """
    try:
        _check_begun(desk, request_id)
    except NotFound as error:
        raise ReceiptRefused from error
    receipts.check_secret(desk, request_id, secret)


def _carry_out(
    desk: Desk, request_id: str, command: Any, asking: Asking, chart: Chart | None = None
) -> Answered:
    stream, key = request_stream(request_id), request_key(request_id)
    versions = chart.versions if chart is not None else None
    return desk.carry_out(REQUESTS, stream, command, asking, key_name=key, chart=versions)


def _carry_out_unless_done(
    desk: Desk,
    request_id: str,
    prepare: Callable[[], Any],
    asking: Asking,
    chart: Chart,
    key_name: str,
    *,
    begins: bool = False,
) -> Answered:
    stream, versions = request_stream(request_id), chart.versions
    return desk.carry_out_unless_done(
        REQUESTS, stream, prepare, asking, key_name=key_name, chart=versions, begins=begins
    )


def _filing(chart: Chart, category: str, district: str) -> Filing:
    """Return what the chart says of `category` now.

    Raises:
        UnknownCategory: There is none.
    """
    time_class = chart.category(category).time_class
    promise_seconds = chart.policies.promise_seconds(time_class)
    return Filing(category, time_class, district, promise_seconds)


def _district(chart: Chart, place_code: str | None) -> str:
    """Return the district of a place; the home district where nobody knows the place.

    Raises:
        UnknownPlace: There is no such place.
    """
    if place_code is None:
        return chart.policies.text("home_district_code")
    return chart.place(place_code).district
