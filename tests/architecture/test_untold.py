"""What a change leaves untold fails here, once and with the file to edit.

It fails in many tests besides: every service in memory writes its reference, every example of a
figure is counted twice.
"""

from collections.abc import Iterator

from marshmallow import Schema

from services.audit.ledger import Ledger
from services.audit.month import month_seen
from services.audit.recount import recount_of
from services.common.contracts.event_types import REGISTER
from services.common.http.reference.meanings import meaning_of
from services.dispatch.service import DispatchService
from services.documents.shapes import fields_of
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.metrics.figures import FIGURES
from services.metrics.service import MetricsService
from tests.support.examples import DAY_ONE

SERVICES = (IntakeService, DispatchService, EscalationService, MetricsService)


def below(schema: type[Schema]) -> Iterator[type[Schema]]:
    """Yield every schema of the product: whatever the services' tables import."""
    for each in schema.__subclasses__():
        if each.__module__.startswith("services."):
            yield each
        yield from below(each)


def missing(schema: type[Schema]) -> Iterator[str]:
    for field in schema._declared_fields:
        try:
            meaning_of(schema.__name__, field)
        except KeyError as error:
            yield error.args[0]


def test_every_field_of_a_body_or_an_answer_has_a_meaning() -> None:
    schemas = set(below(Schema))
    assert len(schemas) > 10 * len(SERVICES)
    assert sorted(told for each in schemas for told in missing(each)) == []


def test_every_field_of_an_event_has_a_meaning() -> None:
    for each in REGISTER.values():
        assert fields_of(each.shape), each.name


def test_every_figure_is_recounted() -> None:
    recounted = set(recount_of(Ledger(()), (), month_seen("2026-06", DAY_ONE)))
    assert set(FIGURES) - recounted == set(), "count it in services/audit/recount.py, too"
    assert recounted - set(FIGURES) == set(), "there is no such figure in services/metrics/figures"
