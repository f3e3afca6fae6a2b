"""Taking a report in, and giving it a category."""

import pytest

from services.common.contracts.events.intake import RequestClassified
from services.common.errors import NotAllowedNow
from services.intake.domain.request_commands import ClassifyRequest
from services.intake.domain.request_rules import decide
from tests.support.examples_intake import (
    COMPLEX_PROMISE_SECONDS,
    DAY_ONE,
    FILING,
    NIGHT_MARKET,
    VILLAGE,
    after,
    forwarded,
    given,
    received,
    reported,
)

CLASSIFIED = RequestClassified(NIGHT_MARKET, "complex")


def test_a_report_without_a_category_waits_at_the_desk() -> None:
    assert decide(given(), reported(), DAY_ONE) == [received()]


def test_a_report_with_a_category_is_forwarded_in_the_same_commit() -> None:
    events = decide(given(), reported(filing=FILING), DAY_ONE)

    assert events == [received(), CLASSIFIED, forwarded()]


def test_the_reporters_group_and_confidence_stand_in_the_event() -> None:
    marks = {"confidential": True, "opposed": True, "cluster_id": "c-1"}

    assert decide(given(), reported(**marks), DAY_ONE) == [received(**marks)]


def test_the_same_request_is_not_received_twice() -> None:
    with pytest.raises(NotAllowedNow) as refusal:
        decide(given(received()), reported(), DAY_ONE)
    assert refusal.value.allowed == ("ClassifyRequest",)


def test_a_category_forwards_and_promises_from_the_moment_it_is_given() -> None:
    events = decide(given(received()), ClassifyRequest(FILING), after(hours=1))

    promised_at = after(hours=1, seconds=COMPLEX_PROMISE_SECONDS)
    assert events == [CLASSIFIED, forwarded(promised_at=promised_at)]


def test_a_category_may_bring_the_place_that_was_missing() -> None:
    without_place = given(received(place_code=None))

    events = decide(without_place, ClassifyRequest(FILING, VILLAGE), DAY_ONE)

    assert events == [CLASSIFIED, forwarded(place_code=VILLAGE)]


def test_a_forwarded_request_keeps_its_category() -> None:
    with pytest.raises(NotAllowedNow) as refusal:
        decide(given(received(), CLASSIFIED, forwarded()), ClassifyRequest(FILING), DAY_ONE)
    assert refusal.value.allowed == ("OpenFollowUp",)


def test_what_was_never_received_gets_no_category() -> None:
    with pytest.raises(NotAllowedNow) as refusal:
        decide(given(), ClassifyRequest(FILING), DAY_ONE)
    assert refusal.value.allowed == ("ReceiveRequest",)
