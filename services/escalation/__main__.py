"""The process of escalation. Patches before anything else is imported."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from services.common.config import EscalationSettings  # noqa: E402
from services.common.running.process import run  # noqa: E402
from services.escalation.dependencies import build  # noqa: E402
from services.escalation.service import EscalationService  # noqa: E402

run(EscalationService, EscalationSettings, build)
