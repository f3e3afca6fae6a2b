"""The process of dispatch. Patches before anything else is imported."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from services.common.config import DispatchSettings  # noqa: E402
from services.common.running.process import run  # noqa: E402
from services.dispatch.dependencies import build  # noqa: E402
from services.dispatch.service import DispatchService  # noqa: E402

run(DispatchService, DispatchSettings, build)
