"""No field of a report gets lost between the door and the command."""

from typing import Any

from services.common.contracts.commit import Actor
from services.common.desk import Asking
from services.intake.handlers import Report, receive_request
from services.intake.schemas import ReceiveRequestBody
from tests.support.examples_intake import NIGHT_MARKET
from tests.support.intake_world import REPORT, IntakeWorld


class ReadReport(dict[str, Any]):
    """A report that notes which of its fields somebody reads."""

    def __init__(self, *loaded: Any) -> None:
        super().__init__(*loaded)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


def loaded() -> dict[str, Any]:
    found: dict[str, Any] = ReceiveRequestBody().load({**REPORT, "category": NIGHT_MARKET})
    return found


def test_report_has_exactly_the_fields_of_its_schema() -> None:
    assert set(Report.__annotations__) == set(ReceiveRequestBody().load_fields) == set(loaded())


def test_every_field_of_a_report_is_read_on_the_way_into_its_command(world: IntakeWorld) -> None:
    report = ReadReport(loaded())
    receive_request(world.desk, report, Asking(Actor("reporter"), "k" * 16, "c-1"))  # type: ignore[arg-type]
    assert report.read == set(Report.__annotations__)
