"""Escalation's table of entry points: raises, whistles, calls, standing duties, clocks.

What a called unit says here it may say by AMQP as well (`replies`); the commands are the same.
"""

from typing import Any, Final, cast

from services.common.desk import Desk
from services.common.eventlog.deciding import Outcome
from services.common.http.call import Answer, Caller, HttpCall
from services.common.http.entrypoint import route
from services.common.http.headers import etag
from services.common.http.health import HealthRoutes, Vitals
from services.common.http.reference.routes import ReferenceRoutes
from services.common.http.reference.telling import tells
from services.common.messaging.departments import DepartmentLine, DepartmentReply
from services.common.messaging.doorbells import Doorbells
from services.common.messaging.replies import replies
from services.common.running.providers import given, given_ear, given_tasks
from services.common.work.background import Background
from services.escalation import answers, reference, schemas
from services.escalation.calls import handlers as calls
from services.escalation.calls import views as call_views
from services.escalation.calls.replies import answer_and_tell
from services.escalation.clocks import views as clock_views
from services.escalation.duties import handlers as duties
from services.escalation.duties import views as duty_views
from services.escalation.officers import Officer, officer_of
from services.escalation.raises import handlers as raises
from services.escalation.raises import views as raise_views
from services.escalation.whistles import handlers as whistles
from services.escalation.whistles import views as whistle_views
from services.escalation.whistles.handlers import WhistleForm

TOWN: Final = ("town_officer", "section_officer")
LEADERS: Final = ("town_leader", "town_deputy")
UNIT: Final = ("department_officer", "village_officer", "section_officer", "town_officer")
READERS: Final = (*UNIT, *LEADERS, "grid_steward", "command_centre", "auditor", "admin")
#: Of the whole installation: an emergency is phoned by whoever is there.
PHONE_LIST_READERS: Final = ("command_centre", "auditor", "admin")
RAISE: Final = "/v1/raises/<id>"
WHISTLE: Final = "/v1/whistles/<id>"
CALL: Final = "/v1/calls/<id>"
DUTY: Final = "/v1/duties/<id>"


class EscalationService(HealthRoutes, ReferenceRoutes):
    """Who is asked, who is called out, and whose clock runs."""

    name = "escalation"
    examples = reference.EXAMPLES
    desk: Desk = given("desk")
    vitals: Vitals = given("vitals")  # type: ignore[misc]  # a provider in the process
    tasks = Background(given_tasks)
    doorbells = Doorbells(given_ear)
    line: DepartmentLine = given("line")

    @replies
    def on_reply(self, reply: DepartmentReply) -> None:
        """A department replied: carry it out, and tell what became of it before it is acked."""
        answer_and_tell(self.desk, self.line, reply)

    # -- raises ------------------------------------------------------------------------------------

    @route("POST", f"{RAISE}/acceptance", roles=TOWN)
    @tells("接办上报", answers.StatusAfter, refuses=reference.ANSWERING_RAISE)
    def accept_raise(self, call: HttpCall) -> Answer:
        """AcceptRaise, by the unit asked."""
        return _told(call, raises.accept_raise(self.desk, *_asked(call, TOWN)))

    @route("POST", f"{RAISE}/advice", body=schemas.AdviceBody, roles=TOWN)
    @tells("指导退回", answers.StatusAfter, refuses=reference.ANSWERING_RAISE)
    def advise_back(self, call: HttpCall) -> Answer:
        """AdviseBack, by the unit asked."""
        return _told(call, raises.advise_back(self.desk, *_asked(call, TOWN), **call.body))

    @route("GET", RAISE, roles=READERS)
    @tells("上报详情", answers.RaiseSeen, refuses=reference.READING)
    def get_raise(self, call: HttpCall) -> Answer:
        """One raise."""
        return _one(raise_views.raise_view(self.desk, call.path["id"], _caller(call)))

    @route("GET", "/v1/raises", query=schemas.OfUnitQuery, roles=READERS)
    @tells("上报列表", answers.RaisesPage, refuses=reference.LISTING)
    def list_raises(self, call: HttpCall) -> Answer:
        """The raises of a unit."""
        return Answer(200, raise_views.raises_of(self.desk, _caller(call), call.query))

    # -- whistles ----------------------------------------------------------------------------------

    @route("POST", "/v1/whistles", body=schemas.WhistleBody, roles=TOWN)
    @tells("吹哨", answers.StatusAfter, refuses=reference.BLOWING, status=201)
    def blow_whistle(self, call: HttpCall) -> Answer:
        """BlowWhistle, by the town that holds the orders."""
        form = WhistleForm(**call.body)
        new, done = whistles.blow_whistle(self.desk, officer_of(call, TOWN), form)
        location = {"Location": f"/v1/whistles/{new}", **etag(done.version)}
        return Answer(201, _state(new, done), location)

    @route("POST", f"{WHISTLE}/approval", roles=LEADERS)
    @tells("批准吹哨", answers.StatusAfter, refuses=reference.APPROVING)
    def approve_whistle(self, call: HttpCall) -> Answer:
        """ApproveWhistle, by the town's leader or deputy."""
        return _told(call, whistles.approve_whistle(self.desk, *_asked(call, LEADERS)))

    @route("POST", f"{WHISTLE}/rejection", body=schemas.ReasonBody, roles=LEADERS)
    @tells("驳回吹哨", answers.StatusAfter, refuses=reference.ON_WHISTLE)
    def reject_whistle(self, call: HttpCall) -> Answer:
        """RejectWhistle, by the town's leader or deputy."""
        asked = _asked(call, LEADERS)
        return _told(call, whistles.reject_whistle(self.desk, *asked, **call.body))

    @route("POST", f"{WHISTLE}/withdrawal", body=schemas.ReasonBody, roles=TOWN)
    @tells("撤回吹哨", answers.StatusAfter, refuses=reference.ON_WHISTLE)
    def withdraw_whistle(self, call: HttpCall) -> Answer:
        """WithdrawWhistle, by the town."""
        asked = _asked(call, TOWN)
        return _told(call, whistles.withdraw_whistle(self.desk, *asked, **call.body))

    @route("POST", f"{WHISTLE}/release", body=schemas.ReleaseBody, roles=TOWN)
    @tells("放行单位", answers.StatusAfter, refuses=reference.RELEASING)
    def release_units(self, call: HttpCall) -> Answer:
        """ReleaseUnits, by the town."""
        return _told(call, whistles.release_units(self.desk, *_asked(call, TOWN), **call.body))

    @route("POST", f"{WHISTLE}/conclusion", body=schemas.ConclusionBody, roles=TOWN)
    @tells("办结哨单", answers.StatusAfter, refuses=reference.CONCLUDING)
    def conclude_whistle(self, call: HttpCall) -> Answer:
        """ConcludeWhistle, by the town."""
        asked = _asked(call, TOWN)
        return _told(call, whistles.conclude_whistle(self.desk, *asked, **call.body))

    @route("GET", WHISTLE, roles=READERS)
    @tells("哨单详情", answers.WhistleSeen, refuses=reference.READING)
    def get_whistle(self, call: HttpCall) -> Answer:
        """One whistle with its calls: the joint case."""
        return _one(whistle_views.whistle_view(self.desk, call.path["id"], _caller(call)))

    @route("GET", "/v1/whistles", query=schemas.OfTownQuery, roles=READERS)
    @tells("哨单列表", answers.WhistlesPage, refuses=reference.LISTING)
    def list_whistles(self, call: HttpCall) -> Answer:
        """The whistles of a town."""
        return Answer(200, whistle_views.whistles_of(self.desk, _caller(call), call.query))

    # -- calls: the called unit --------------------------------------------------------------------

    @route("POST", f"{CALL}/receipt", body=schemas.ReceiptBody, roles=UNIT)
    @tells("收到呼叫", answers.StatusAfter, refuses=reference.BY_CALLED_UNIT)
    def receive_call(self, call: HttpCall) -> Answer:
        """ReceiveCall, by the called unit."""
        return _told(call, calls.receive_call(self.desk, *_asked(call, UNIT), **call.body))

    @route("POST", f"{CALL}/acceptance", body=schemas.AcceptanceBody, roles=UNIT)
    @tells("接受呼叫", answers.StatusAfter, refuses=reference.BY_CALLED_UNIT)
    def accept_call(self, call: HttpCall) -> Answer:
        """AcceptCall, by the called unit."""
        return _told(call, calls.accept_call(self.desk, *_asked(call, UNIT), **call.body))

    @route("POST", f"{CALL}/refusal", body=schemas.ReasonBody, roles=UNIT)
    @tells("拒绝呼叫", answers.StatusAfter, refuses=reference.BY_CALLED_UNIT)
    def refuse_call(self, call: HttpCall) -> Answer:
        """RefuseCall, by the called unit."""
        return _told(call, calls.refuse_call(self.desk, *_asked(call, UNIT), **call.body))

    @route("POST", f"{CALL}/report-ins", body=schemas.ReportInBody, roles=UNIT)
    @tells("报到", answers.StatusAfter, refuses=reference.BY_CALLED_UNIT)
    def report_in(self, call: HttpCall) -> Answer:
        """ReportIn, by the called unit."""
        return _told(call, calls.report_in(self.desk, *_asked(call, UNIT), **call.body))

    @route("POST", f"{CALL}/progress-notes", body=schemas.NoteBody, roles=UNIT)
    @tells("反馈进展", answers.StatusAfter, refuses=reference.BY_CALLED_UNIT)
    def note_progress(self, call: HttpCall) -> Answer:
        """NoteCallProgress, by the called unit."""
        return _told(call, calls.note_call_progress(self.desk, *_asked(call, UNIT), **call.body))

    @route("POST", f"{CALL}/completion", body=schemas.NoteBody, roles=UNIT)
    @tells("完成本单位事项", answers.StatusAfter, refuses=reference.BY_CALLED_UNIT)
    def complete_call(self, call: HttpCall) -> Answer:
        """CompleteCall, by the called unit."""
        return _told(call, calls.complete_call(self.desk, *_asked(call, UNIT), **call.body))

    @route("POST", f"{CALL}/whistle-rating", body=schemas.WhistleRatingBody, roles=UNIT)
    @tells("部门评镇", answers.StatusAfter, refuses=reference.RATING_WHISTLE)
    def rate_whistle(self, call: HttpCall) -> Answer:
        """RateWhistle, by the called unit."""
        return _told(call, calls.rate_whistle(self.desk, *_asked(call, UNIT), **call.body))

    # -- calls: the town ---------------------------------------------------------------------------

    @route("POST", f"{CALL}/insistence", roles=TOWN)
    @tells("坚持呼叫", answers.StatusAfter, refuses=reference.BY_TOWN)
    def insist_on_call(self, call: HttpCall) -> Answer:
        """InsistOnCall, by the town."""
        return _told(call, calls.insist_on_call(self.desk, *_asked(call, TOWN)))

    @route("POST", f"{CALL}/excuse", roles=TOWN)
    @tells("免除", answers.StatusAfter, refuses=reference.BY_TOWN)
    def excuse_department(self, call: HttpCall) -> Answer:
        """ExcuseDepartment, by the town."""
        return _told(call, calls.excuse_department(self.desk, *_asked(call, TOWN)))

    @route("POST", f"{CALL}/rating", body=schemas.DepartmentRatingBody, roles=TOWN)
    @tells("镇评部门", answers.StatusAfter, refuses=reference.RATING_UNIT)
    def rate_department(self, call: HttpCall) -> Answer:
        """RateDepartment, by the town."""
        return _told(call, calls.rate_department(self.desk, *_asked(call, TOWN), **call.body))

    @route("GET", CALL, roles=READERS)
    @tells("呼叫详情", answers.CallSeen, refuses=reference.READING)
    def get_call(self, call: HttpCall) -> Answer:
        """One call with its texts: `texts_url` of the messages points here."""
        return _one(call_views.call_view(self.desk, call.path["id"], _caller(call)))

    @route("GET", "/v1/calls", query=schemas.OfUnitQuery, roles=READERS)
    @tells("呼叫列表", answers.CallsPage, refuses=reference.LISTING)
    def list_calls(self, call: HttpCall) -> Answer:
        """The calls of a unit."""
        return Answer(200, call_views.calls_of(self.desk, _caller(call), call.query))

    @route("GET", "/v1/phone-list", query=schemas.PhoneListQuery, roles=PHONE_LIST_READERS)
    @tells("待电话通知", answers.CallsPage)
    def list_to_phone(self, call: HttpCall) -> Answer:
        """The calls that a person shall phone about, for the duty desk."""
        return Answer(200, call_views.phone_list(self.desk, call.query))

    # -- standing duties ---------------------------------------------------------------------------

    @route("POST", f"{DUTY}/check-ins", body=schemas.CheckInBody, roles=UNIT)
    @tells("巡查打卡", answers.StatusAfter, refuses=reference.CHECKING_IN)
    def check_in_duty(self, call: HttpCall) -> Answer:
        """CheckInDuty, by the duty's unit."""
        return _told(call, duties.check_in_duty(self.desk, *_asked(call, UNIT), **call.body))

    @route("GET", DUTY, roles=READERS)
    @tells("巡查详情", answers.DutySeen, refuses=reference.READING)
    def get_duty(self, call: HttpCall) -> Answer:
        """One standing duty."""
        return _one(duty_views.duty_view(self.desk, call.path["id"], _caller(call)))

    @route("GET", "/v1/duties", query=schemas.OfUnitQuery, roles=READERS)
    @tells("巡查列表", answers.DutiesPage, refuses=reference.LISTING)
    def list_duties(self, call: HttpCall) -> Answer:
        """The standing duties of a unit."""
        return Answer(200, duty_views.duties_of(self.desk, _caller(call), call.query))

    # -- clocks ------------------------------------------------------------------------------------

    @route("GET", "/v1/clocks", query=schemas.ClocksQuery, roles=READERS)
    @tells("计时", answers.ClocksSeen, refuses=reference.READING)
    def get_clocks(self, call: HttpCall) -> Answer:
        """The clocks of the matter that a stream belongs to."""
        subject = call.query["subject"]
        return _one(clock_views.clocks_view(self.desk, subject, _caller(call)))

    @route("GET", "/v1/escalations", query=schemas.EscalationsQuery, roles=READERS)
    @tells("响铃与提醒", answers.RingsPage, refuses=reference.LISTING)
    def list_escalations(self, call: HttpCall) -> Answer:
        """What rings for a unit, or reminds it."""
        return Answer(200, clock_views.escalations_of(self.desk, _caller(call), call.query))


def _caller(call: HttpCall) -> Caller:
    """Return who calls: every route here has roles, so there is somebody."""
    return cast(Caller, call.caller)


def _asked(call: HttpCall, roles: tuple[str, ...]) -> tuple[str, Officer]:
    """Return what is meant and who asks."""
    return call.path["id"], officer_of(call, roles)


def _state(subject: str, done: Outcome[Any]) -> dict[str, Any]:
    return {"id": subject, "status": done.state.status, "version": done.version}


def _told(call: HttpCall, done: Outcome[Any]) -> Answer:
    return Answer(200, _state(call.path["id"], done), etag(done.version))


def _one(found: tuple[dict[str, Any], int]) -> Answer:
    body, version = found
    return Answer(200, body, etag(version))
