"""The process of the probe: patched, run and stopped as a service's is."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import logging  # noqa: E402
import os  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402

from services.common.running.process import run_container  # noqa: E402
from tests.integration.common.messaging.probe import Escalation  # noqa: E402

logging.basicConfig(level=logging.INFO)
config = {"AMQP_URI": os.environ["AMQP_URI"], "max_workers": 20}
run_container(ServiceContainer(Escalation, config), started=lambda: logging.info("started"))
