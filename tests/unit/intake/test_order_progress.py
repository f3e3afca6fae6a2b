"""What a reporter sees of the order."""

from typing import Any

import pytest

from services.common.contracts.events.dispatch import (
    ProgressNoted,
    WorkOrderAcknowledged,
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderConcluded,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderReopened,
    WorkOrderResolved,
    WorkOrderWhistled,
)
from services.intake.domain.order_progress import OrderProgress, progress_of
from tests.support.examples_intake import CENTRE, DAY_ONE, NIGHT_MARKET, TOWN, VILLAGE

DISPATCHED = WorkOrderDispatched(
    "r", NIGHT_MARKET, "complex", VILLAGE, VILLAGE, (CENTRE,), "by-place", {}, False, DAY_ONE
)
HANDED_OVER = WorkOrderHandedOver("r", VILLAGE, TOWN, "raise", 60)


def test_nobody_holds_what_was_not_dispatched() -> None:
    assert progress_of([]) == OrderProgress()


@pytest.mark.parametrize(
    ("event", "holder", "stage"),
    [
        (WorkOrderAcknowledged("r", VILLAGE), VILLAGE, "in_progress"),
        (WorkOrderAdvisedBack("r", TOWN, "a"), VILLAGE, "in_progress"),
        (HANDED_OVER, TOWN, "in_progress"),
        (WorkOrderWhistled("r", "h", "request"), VILLAGE, "joint_action"),
        (WorkOrderConcluded("r", "h", "solved"), VILLAGE, "in_progress"),
        (WorkOrderResolved("r", VILLAGE, 1, "village", "ref"), VILLAGE, "resolved"),
        (WorkOrderReopened("r", TOWN, 1), TOWN, "dispatched"),
        (WorkOrderClosed("r", "solved"), VILLAGE, "closed"),
        (ProgressNoted("r", VILLAGE, "ref"), VILLAGE, "dispatched"),
        (object(), VILLAGE, "dispatched"),
    ],
)
def test_the_holder_and_the_stage_follow_the_order(event: Any, holder: str, stage: Any) -> None:
    assert progress_of([DISPATCHED, event]) == OrderProgress(holder, stage)
