"""Metrics' table of entry points. It only reads."""

from typing import Final, cast

from services.common.http.call import Answer, Caller, HttpCall
from services.common.http.entrypoint import route
from services.common.http.health import HealthRoutes, Vitals
from services.common.http.reference.routes import ReferenceRoutes
from services.common.http.reference.telling import tells
from services.common.messaging.doorbells import Doorbells
from services.common.running.providers import given, given_ear, given_tasks
from services.common.work.background import Background
from services.metrics import answers, reference, views
from services.metrics.books import Books
from services.metrics.schemas import SharesQuery

#: Everybody with a unit, as far as that unit reaches; reporters have none.
READERS: Final = frozenset({
    "operator", "grid_steward", "village_officer", "section_officer", "town_officer",
    "town_leader", "town_deputy", "department_officer", "command_centre", "auditor", "admin",
})  # fmt: skip
MONTH: Final = "/v1/kpis/<unit>/<month>"


class MetricsService(HealthRoutes, ReferenceRoutes):
    """Figures of units and months, each opening into its events; `/metrics` for dashboards."""

    name = "metrics"
    examples = reference.EXAMPLES
    books: Books = given("books")
    vitals: Vitals = given("vitals")  # type: ignore[misc]  # a provider in the process
    tasks = Background(given_tasks)
    doorbells = Doorbells(given_ear)

    @route("GET", MONTH, roles=READERS)
    @tells("一月的指标", answers.MonthOfUnit, refuses=reference.MONTHS)
    def month(self, call: HttpCall) -> Answer:
        """Every figure of a unit and a month."""
        unit, month = call.path["unit"], call.path["month"]
        return Answer(200, views.month(self.books, unit, month, cast(Caller, call.caller)))

    @route("GET", f"{MONTH}/<figure>", query=SharesQuery, roles=READERS)
    @tells("指标的构成", answers.SharesOfFigure, refuses=reference.FIGURES_OPENED)
    def figure(self, call: HttpCall) -> Answer:
        """What one figure is made of, down to the ids of events."""
        caller = cast(Caller, call.caller)
        return Answer(200, views.figure(self.books, call.path, call.query, caller))
