"""One world a test."""

import pytest

from tests.support.intake_world import IntakeWorld


@pytest.fixture
def world() -> IntakeWorld:
    return IntakeWorld()
