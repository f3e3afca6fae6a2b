"""The process of intake. Patches before anything else is imported."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from services.common.config import IntakeSettings  # noqa: E402
from services.common.running.process import run  # noqa: E402
from services.intake.dependencies import build  # noqa: E402
from services.intake.service import IntakeService  # noqa: E402

run(IntakeService, IntakeSettings, build)
