"""The process of metrics. Patches before anything else is imported."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from services.common.config import MetricsSettings  # noqa: E402
from services.common.running.process import run  # noqa: E402
from services.metrics.dependencies import build  # noqa: E402
from services.metrics.service import MetricsService  # noqa: E402

run(MetricsService, MetricsSettings, build)
