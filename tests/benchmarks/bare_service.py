"""A service that takes what intake takes and keeps nothing: same HTTP layer, same schema.

python -m tests.benchmarks.bare_service HOST:PORT
"""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import sys  # noqa: E402
import uuid  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402
from prometheus_client import CollectorRegistry  # noqa: E402

from services.common.http.call import Answer, HttpCall  # noqa: E402
from services.common.http.entrypoint import route  # noqa: E402
from services.common.http.host import SERVING, HttpHost, HttpServing  # noqa: E402
from services.common.observability.logs import configure_logging  # noqa: E402
from services.common.observability.metrics import PlatformMetrics  # noqa: E402
from services.intake.schemas import ReceiveRequestBody  # noqa: E402


class BareService:
    """Answers like intake."""

    name = "bare"

    @route("POST", "/v1/requests", body=ReceiveRequestBody)
    def receive(self, call: HttpCall) -> Answer:
        """Check the body and answer."""
        receipt = {"id": str(uuid.uuid4()), "code": "ABCD-EFGH", "secret": "s" * 43}
        return Answer(201, {**receipt, "said": len(call.body["said"])})


def main(address: str) -> None:
    """Serve until killed."""
    configure_logging("bare", "INFO")
    host, _, port = address.rpartition(":")
    edge = HttpHost(observer=PlatformMetrics(CollectorRegistry(), "bare"))
    serving = HttpServing((host, int(port)), edge)
    container = ServiceContainer(BareService, {"max_workers": 16, SERVING: serving})
    container.start()
    container.wait()


if __name__ == "__main__":
    main(sys.argv[1])
