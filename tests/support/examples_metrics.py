"""Metrics in one process: three logs to write by hand, processors, and both ways to count."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.audit.ledger import Counted, Ledger
from services.audit.month import month_seen
from services.audit.recount import recount_of
from services.common.chart import Chart
from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Cause, Commit, Tip
from services.common.contracts.events.clocks import (
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
)
from services.common.contracts.events.dispatch import (
    RegistryAdopted,
    WorkOrderDispatched,
    WorkOrderResolved,
)
from services.common.contracts.events.escalation import (
    DepartmentCalled,
    DepartmentReportedIn,
    WhistleBlown,
    WhistledOrder,
)
from services.common.contracts.events.intake import FollowUpOpened, FollowUpRecorded
from services.common.contracts.streams import (
    REGISTRY_KINDS,
    call_id,
    call_stream,
    clock_stream,
    log_of,
    registry_stream,
    request_stream,
    whistle_stream,
    work_order_id,
    work_order_stream,
)
from services.common.contracts.vocabulary import FollowUpReason
from services.common.eventlog.charts import LiveChart
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.processors import Processors, processors_of
from services.metrics.books import Books
from services.metrics.figures import (
    THREE_RATES,
    Board,
    board_body,
    charged_in,
    composite_of,
    decimal_text,
    empty_board,
)
from services.metrics.months import Window
from services.metrics.moves import MovedRecords, WatchedCursors
from services.metrics.present_month import Followed
from services.metrics.wiring import READ_MODELS, consumers
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, draft
from tests.support.following import settle
from tests.unit.common.chart import small

JUNE: Final = "2026-06"
DISTRICT: Final = "110112"
NEIGHBOUR: Final = "110112105210"
OTHER_TOWN: Final = "110112119"
OTHER_VILLAGE: Final = "110112119237"
PLANNING: Final = "110112119-planning"
MARKET: Final = "dept-market"
COURT: Final = "dept-court"
CENTRE: Final = "cc-110112"
UNITS: Final = (
    small.unit(DISTRICT, "district"),
    small.unit(TOWN, "town", DISTRICT),
    small.unit(VILLAGE, "village", TOWN),
    small.unit(NEIGHBOUR, "village", TOWN),
    small.unit(OTHER_TOWN, "town", DISTRICT),
    small.unit(OTHER_VILLAGE, "village", OTHER_TOWN),
    small.unit(PLANNING, "section", OTHER_TOWN),
    small.unit(MARKET, "department", DISTRICT, answers_by="amqp"),
    small.unit(COURT, "court", DISTRICT, answers_by="amqp"),
    small.unit(CENTRE, "command_centre", DISTRICT),
    small.unit("deputy-110112", "deputy", DISTRICT),
    small.unit("leader-110112", "leader", DISTRICT),
)
SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
LOGS: Final = ("intake", "dispatch", "escalation")


def tables(**changed: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """Return the small registry, with the units of the story and `changed` by kind."""
    rows = {kind: small.TABLES[registry_stream(kind)] for kind in REGISTRY_KINDS if kind != "units"}
    policies = [
        {**row, "value": 3} if row["name"] == "rate_minimum_answers_count" else row
        for row in rows["policies"]
    ]
    found = {**rows, "units": UNITS, "policies": policies, **changed}
    return {kind: tuple(shares) for kind, shares in found.items()}


class MetricsWorld:
    """Three logs that a test writes, and metrics behind them."""

    def __init__(self) -> None:
        """Start at the first morning of June with the registry adopted."""
        self.time = ManualTime(DAY_ONE)
        self.clock = SteppedClock(self.time.read)
        self.logs = {name: MemoryLog(name, self.clock) for name in LOGS}
        self.documents = MemoryDocuments()
        self.moved = MovedRecords(self.documents)
        self.chart = LiveChart(self.logs["dispatch"])
        self.cursors = WatchedCursors(MemoryCursors())
        self.processors = self._processors()
        self._tips: dict[str, Tip] = {}
        for kind, rows in tables().items():
            self.adopt(kind, rows, SINCE)

    @property
    def books(self) -> Books:
        """What metrics reads from."""
        return Books(self.logs, self.documents, self.chart, self.clock, self.cursors)

    @property
    def followed(self) -> Followed:
        """What the process that follows knows of it."""
        return Followed(self.moved, self.cursors, self._heads)

    def _heads(self) -> Mapping[str, int]:
        return {name: log.head() for name, log in self.logs.items()}

    def adopt(self, kind: Any, rows: Iterable[Mapping[str, Any]], since: datetime) -> None:
        """Adopt a table of the registry, in force from `since`."""
        self.write(registry_stream(kind), RegistryAdopted(kind, since, "sha", tuple(rows)))

    def move_to(self, hours: float) -> None:
        """Move to `hours` after the first morning."""
        self.time.move_to(DAY_ONE + timedelta(hours=hours))

    def write(
        self, stream: str, *events: Any, hours: float | None = None, cause: Cause | None = None
    ) -> Commit:
        """Append one commit, recorded `hours` after the first morning or now, and stamp it."""
        if hours is not None:
            self.move_to(hours)
        log = self.logs[log_of(stream)]
        drafted = draft(stream, *events, recorded_at=self.clock.now(), cause=cause)
        commit = log.append(drafted, self._tips.get(stream, Tip()))
        self._tips[stream] = commit.tip
        log.stamp(10)
        return commit

    def commits(self) -> list[Commit]:
        """Return all commits of the three logs in the order in which they were written."""
        found = [
            commit
            for log in self.logs.values()
            for stamp in log.stamps(0, 100_000)
            for commit in log.read(stamp.stream, stamp.version - 1, stamp.version)
        ]
        return sorted(found, key=lambda each: each.draft.recorded_at)

    def follow(self) -> None:
        """Let every projector follow to the ends of the logs."""
        settle(self.logs, self.processors)

    def rebuild(self) -> None:
        """Make the records anew from the logs."""
        for model in READ_MODELS:
            self.documents.drop(model.name)
        self.cursors = WatchedCursors(MemoryCursors())
        self.processors = self._processors()
        self.follow()

    def _processors(self) -> Processors:
        return processors_of(
            consumers(self.moved),
            logs=self.logs,
            cursors=self.cursors,
            observers=(self.chart.observe,),
        )

    # -- counting ------------------------------------------------------------------------------

    def window(self, month: str = JUNE) -> Window:
        """Return the month as seen now."""
        return self.books.window(month)

    def chart_of(self, month: str = JUNE) -> Chart:
        """Return the chart that the month is counted by."""
        return self.books.chart_of(self.window(month))

    def board(self, unit: str = TOWN, month: str = JUNE) -> Board:
        """Return the figures of a unit from the records, after following."""
        self.follow()
        chart, found = self.chart_of(month), empty_board()
        for share in charged_in(self.books.shares(self.window(month)), chart.subtree(unit)):
            found.add(share, chart.unit(share.unit).tier)
        return found

    def counted(self, unit: str = TOWN, month: str = JUNE) -> dict[str, Counted]:
        """Return the figures of a unit from the records, in the shape of a recount."""
        return {
            name: Counted(found.numerator, found.denominator, found.excluded)
            for name, found in self.board(unit, month).sums.items()
        }

    def recounted(self, unit: str = TOWN, month: str = JUNE) -> Mapping[str, Counted]:
        """Return the figures of a unit straight from the logs."""
        scope = self.chart_of(month).subtree(unit)
        seen = month_seen(month, self.clock.now())
        return recount_of(Ledger(self.logs.values()), scope, seen)

    def bodies(self, unit: str = TOWN, month: str = JUNE) -> dict[str, Any]:
        """Return the figures as JSON shows them."""
        return board_body(self.board(unit, month), self.chart_of(month))

    def composite(self, unit: str = TOWN, month: str = JUNE) -> str | None:
        """Return the composite as JSON shows it."""
        sums = self.board(unit, month).sums
        rates = {name: sums[name].exact for name in THREE_RATES}
        return decimal_text(composite_of(rates, self.chart_of(month)))

    # -- what happens often ----------------------------------------------------------------------

    def dispatched(self, request: str, holder: str = VILLAGE, hours: float | None = 0) -> str:
        """Write the order of a request; return its stream."""
        stream = work_order_stream(work_order_id(request))
        self.write(
            stream,
            WorkOrderDispatched(
                request_id=request,
                category="a.b.market",
                time_class="complex",
                holder=holder,
                first_receiver=holder,
                copied_to=(CENTRE,),
                rule="village-by-place",
                rule_inputs={},
                fallback=False,
                promised_at=DAY_ONE + timedelta(days=15),
            ),
            hours=hours,
        )
        return stream

    def resolved(
        self,
        request: str,
        holder: str,
        hours: float | None,
        resolution: int = 1,
        round: int | None = None,  # noqa: A002  the event's word
    ) -> None:
        """Write that the order was resolved, and that its reporter is asked in `round`."""
        stream = work_order_stream(work_order_id(request))
        event = WorkOrderResolved(request, holder, resolution, "village", "dispatch/result")
        self.write(stream, event, hours=hours)
        self.asked(request, holder, round or resolution, judged=resolution)

    def asked(self, request: str, holder: str, round: int = 1, judged: int = 1) -> None:  # noqa: A002
        """Write that the reporter is asked."""
        reason: FollowUpReason = "resolved" if judged else "promised_date_passed"
        opened = FollowUpOpened(round, reason, judged, holder)
        self.write(request_stream(request), opened)

    def answered(self, request: str, *more: Any, round: int = 1, **said: Any) -> None:  # noqa: A002
        """Write the reporter's answer, all yes and satisfied unless `said`, with `more` events."""
        words = {"reached": "yes", "solved": "yes", "satisfied": "satisfied", **said}
        recorded = FollowUpRecorded(round=round, by="reporter", **words)
        self.write(request_stream(request), recorded, *more)

    def blown(self, whistle: str, *units: str, hours: float | None = 0, town: str = TOWN) -> None:
        """Write a whistle and its calls, with a report-in limit of a day each."""
        event = WhistleBlown(
            work_orders=(WhistledOrder("order", "request"),),
            town=town,
            kind="request",
            place_code=VILLAGE,
            category="a.b.market",
            lead=units[0],
            support=units[1:],
            summary_ref="escalation/summary",
        )
        self.write(whistle_stream(whistle), event, hours=hours)
        for number, unit in enumerate(units, 1):
            self.called(whistle, unit, town)
            self.armed(whistle, number, "report_in", call_of(whistle, unit), unit)

    def called(self, whistle: str, unit: str, town: str = TOWN) -> None:
        """Write one call."""
        event = DepartmentCalled(
            whistle_id=whistle,
            town=town,
            unit=unit,
            lead=False,
            via="amqp",
            kind="request",
            place_code=VILLAGE,
            category="a.b.market",
            summary_ref="escalation/summary",
        )
        self.write(call_of(whistle, unit), event)

    def arrived(self, whistle: str, unit: str, hours: float | None = None) -> str:
        """Write that a unit reported in for the first time; return the event's id."""
        event = DepartmentReportedIn(
            whistle_id=whistle,
            unit=unit,
            mode="on_site",
            first=True,
            lead=False,
            persons=2,
            at=self.clock.now(),
            office_ref="escalation/office",
        )
        return self.write(call_of(whistle, unit), event, hours=hours).facts[0].id

    def armed(
        self,
        clock: str,
        arming: int,
        kind: Any,
        subject: str,
        charged_to: str | None,
        limit_hours: float = 24,
    ) -> None:
        """Write that a clock was armed now."""
        now = self.clock.now()
        event = DeadlineArmed(
            arming=arming,
            kind=kind,
            subject=subject,
            starts_at=now,
            limit_seconds=int(limit_hours * 3600),
            due_at=now + timedelta(hours=limit_hours),
            ladder=(TOWN, CENTRE),
            step_seconds=14_400,
            charged_to=charged_to,
        )
        self.write(clock_stream(clock), event)

    def met(
        self, clock: str, arming: int, kind: Any, subject: str, late: int = 0, by: str = "e"
    ) -> None:
        """Write that a deadline was met, `late` seconds late."""
        self.write(clock_stream(clock), DeadlineMet(arming, kind, subject, by, late))

    def lifted(self, clock: str, arming: int, kind: Any, subject: str) -> None:
        """Write that a deadline was lifted."""
        self.write(clock_stream(clock), DeadlineLifted(arming, kind, subject, "other"))

    def missed(
        self, clock: str, arming: int, kind: Any, subject: str, step: int = 0, late: int = 1
    ) -> None:
        """Write a missed step and where it climbed to."""
        now = self.clock.now()
        self.write(
            clock_stream(clock),
            DeadlineMissed(arming, kind, subject, step, now, late),
            DeadlineEscalated(arming, kind, subject, step + 1, CENTRE, now),
        )


def call_of(whistle: str, unit: str) -> str:
    """Return the stream of a whistle's call to a unit."""
    return call_stream(call_id(whistle, unit))
