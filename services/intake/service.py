"""Intake's table of entry points."""

from datetime import datetime
from typing import Any, Final, cast

from services.common.asking import asking_of, officer_in
from services.common.contracts.codec import time_text
from services.common.contracts.commit import Actor
from services.common.contracts.events.intake import RequestForwarded
from services.common.desk import Asking, Desk
from services.common.http.call import Answer, Caller, HttpCall
from services.common.http.entrypoint import route
from services.common.http.headers import etag
from services.common.http.health import HealthRoutes, Vitals
from services.common.http.reference.routes import ReferenceRoutes
from services.common.http.reference.telling import tells
from services.common.messaging.doorbells import Doorbells
from services.common.running.providers import given, given_ear, given_tasks
from services.common.work.background import Background
from services.intake import answers, handlers, receipts, reference, views
from services.intake.domain.errors import KeyGuessable, OnlyTheReporterAnswers
from services.intake.domain.roles import (
    OPERATOR,
    REPORTER,
    gets_secret,
    may_answer,
    reporting_role,
)
from services.intake.handlers import Answered
from services.intake.schemas import (
    ClassifyRequestBody,
    ReceiveRequestBody,
    RecordFollowUpBody,
    RequestsQuery,
    RoundBody,
)

READERS: Final = frozenset({OPERATOR, "command_centre", "auditor", "admin"})
REQUEST: Final = "/v1/requests/<request_id>"
UNGUESSABLE: Final = 16  #: characters of a key that strangers share no account for


class IntakeService(HealthRoutes, ReferenceRoutes):
    """Requests, their receipts and their follow-ups."""

    name = "intake"
    examples = reference.EXAMPLES
    desk: Desk = given("desk")
    vitals: Vitals = given("vitals")  # type: ignore[misc]  # a provider in the process
    tasks = Background(given_tasks)
    doorbells = Doorbells(given_ear)

    @route("POST", "/v1/requests", body=ReceiveRequestBody)
    @tells("受理诉求", answers.ReceivedRequest, refuses=reference.REPORTING, status=201)
    def receive(self, call: HttpCall) -> Answer:
        """ReceiveRequest: the reporter without a token, a steward, an officer, an operator."""
        asking = _asking(call, reporting_role(_roles(call), call.body["channel"]))
        if asking.actor.role == REPORTER and len(asking.key) < UNGUESSABLE:
            raise KeyGuessable(at_least=UNGUESSABLE)
        return _received(self.desk, asking, handlers.receive_request(self.desk, call.body, asking))

    @route("POST", f"{REQUEST}/classification", body=ClassifyRequestBody, roles={OPERATOR})
    @tells("诉求分类", answers.RequestAfter, refuses=reference.CLASSIFYING)
    def classify(self, call: HttpCall) -> Answer:
        """ClassifyRequest, which forwards it."""
        request_id, asking = call.path["request_id"], _asking(call, OPERATOR)
        done = handlers.classify_request(self.desk, request_id, asking, **call.body)
        return _told(request_id, done)

    @route("POST", f"{REQUEST}/follow-up", body=RecordFollowUpBody, roles={REPORTER, OPERATOR})
    @tells("回访作答", answers.RequestAfter, refuses=reference.ANSWERING)
    def record_follow_up(self, call: HttpCall) -> Answer:
        """RecordFollowUp: whoever has the receipt's secret, or an operator by name."""
        request_id, asking = call.path["request_id"], _answering(self.desk, call)
        done = handlers.record_follow_up(self.desk, request_id, asking, **call.body)
        return _told(request_id, done)

    @route("POST", f"{REQUEST}/follow-up-tries", body=RoundBody, roles={OPERATOR})
    @tells("回访未接通", answers.RequestAfter, refuses=reference.TRYING)
    def record_follow_up_try(self, call: HttpCall) -> Answer:
        """RecordFollowUpTry: an operator called and nobody answered."""
        request_id, asking = call.path["request_id"], _asking(call, OPERATOR)
        done = handlers.record_follow_up_try(self.desk, request_id, asking, **call.body)
        return _told(request_id, done)

    @route("GET", "/v1/receipts/<code>")
    @tells("凭码查询", answers.ReceiptStatus, refuses=reference.LOOKING_UP)
    def receipt(self, call: HttpCall) -> Answer:
        """Where a request is, for whoever has its code."""
        return Answer(200, views.receipt(self.desk, call.path["code"]))

    @route("GET", REQUEST, roles=READERS)
    @tells("诉求详情", answers.RequestSeen, refuses=reference.READING)
    def request(self, call: HttpCall) -> Answer:
        """One request, as it stands at this moment."""
        caller = cast(Caller, call.caller)
        body, version = views.request_seen(self.desk, call.path["request_id"], caller)
        return Answer(200, body, etag(version))

    @route("GET", "/v1/requests", query=RequestsQuery, roles=READERS)
    @tells("诉求列表", answers.RequestsPage)
    def requests(self, call: HttpCall) -> Answer:
        """The desk's list, e.g. of those that wait for a category or for a follow-up call."""
        return Answer(200, views.requests(self.desk, call.query))


def _roles(call: HttpCall) -> frozenset[str]:
    """Return the caller's roles; whoever comes without a token is a reporter."""
    return call.caller.roles if call.caller is not None else frozenset({REPORTER})


def _asking(call: HttpCall, role: str) -> Asking:
    """Return who asks. A reporter's account is personal data: it stays out of the log."""
    return asking_of(call, Actor(REPORTER) if role == REPORTER else officer_in(call, role))


def _answering(desk: Desk, call: HttpCall) -> Asking:
    """Return who brings the reporter's word.

    Raises:
        ReceiptRefused: The secret is wrong.
        OnlyTheReporterAnswers: No secret, and no operator or one who handles orders too.
    """
    if call.receipt is not None:
        handlers.check_receipt(desk, call.path["request_id"], call.receipt)
        return _asking(call, REPORTER)
    if not may_answer(_roles(call)):
        raise OnlyTheReporterAnswers(allowed=(OPERATOR, REPORTER))
    return _asking(call, OPERATOR)


def _received(desk: Desk, asking: Asking, done: Answered) -> Answer:
    """Return the receipt: the same again for a repeated report, whatever has happened since."""
    request_id = handlers.request_id_of(asking)
    receipt = receipts.receipt_of(desk.vault, request_id)
    body = {"id": request_id, "code": receipt.code, **_promise(_promised_in(done))}
    if gets_secret(asking.actor.role):
        body["secret"] = receipt.secret
    headers = {"Location": f"/v1/requests/{request_id}", **etag(done.version)}
    return Answer(201, body, headers)


def _told(request_id: str, done: Answered) -> Answer:
    """Return the request after a command."""
    body = {"id": request_id, "state": done.state.state, "round": done.state.round}
    if done.state.outcome is not None:
        body["outcome"] = done.state.outcome
    return Answer(200, {**body, **_promise(done.state.promised_at)}, etag(done.version))


def _promise(promised_at: datetime | None) -> dict[str, Any]:
    return {} if promised_at is None else {"promised_at": time_text(promised_at)}


def _promised_in(done: Answered) -> datetime | None:
    """Return the date that the commit itself promised."""
    events = [fact.event for fact in done.commit.facts] if done.commit is not None else []
    dates = [event.promised_at for event in events if isinstance(event, RequestForwarded)]
    return dates[0] if dates else None
