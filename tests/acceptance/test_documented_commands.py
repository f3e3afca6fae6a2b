"""What docs/first-order.md, the READMEs and the reference promise, on running services."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.common.http.reference.document import document_of
from services.documents.api import SERVICES
from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.terminal.environment import CHECKOUT
from tests.support.documented import answers, commands, run
from tests.support.installation import Installation, installed

_MARKED = re.compile(r"<!-- first order: begin -->\n(.*?)<!-- first order: end -->", re.DOTALL)
#: The real one where there is one; the stand-in everywhere, so that nothing is left out.
CURLS = [False, *([True] if shutil.which("curl") else [])]


@pytest.fixture(scope="module")
def here(
    server_folder: Path, private_broker: Broker, private_database: Database
) -> Iterator[Installation]:
    """Four services, up and ready."""
    with installed(server_folder / "documented", private_broker, private_database) as found:
        yield found


def block_of(readme: str) -> str:
    [marked] = _MARKED.findall((CHECKOUT / readme).read_text(encoding="utf-8"))
    return commands(marked)


@pytest.mark.story
@pytest.mark.parametrize("real_curl", CURLS, ids=lambda real: "curl" if real else "stand-in")
@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_order_reaches_the_village(
    here: Installation, tmp_path: Path, readme: str, real_curl: bool
) -> None:
    receipt, listed = answers(run(block_of(readme), here, tmp_path / "r", real_curl=real_curl))
    assert receipt["id"] in [each["request_id"] for each in listed["items"]]


@pytest.mark.story
@pytest.mark.parametrize("real_curl", CURLS, ids=lambda real: "curl" if real else "stand-in")
def test_the_first_order_goes_from_a_complaint_to_its_end(
    here: Installation, tmp_path: Path, real_curl: bool
) -> None:
    script = commands((CHECKOUT / "docs" / "first-order.md").read_text(encoding="utf-8"))
    output = run(script, here, tmp_path / "reader", real_curl=real_curl)
    receipt, seen, *told, judged, looked_up = answers(output)
    assert {"id", "code", "secret", "promised_at"} <= set(receipt)
    assert seen["holder"] == "110112105209"
    assert seen["request_id"] == receipt["id"]
    assert len(told) == 3, "acknowledged, contacted, resolved"
    assert (judged["state"], judged["outcome"]) == ("closed", "solved")
    assert (looked_up["status"], looked_up["outcome"]) == ("closed", "solved")


@pytest.mark.story
def test_every_service_shows_its_reference_over_the_wire(here: Installation) -> None:
    for service in SERVICES:
        address = here.services[service.name].address
        told = httpx.get(f"{address}/openapi.json", trust_env=False)
        assert told.json() == document_of(service)
        shown = httpx.get(f"{address}/docs", trust_env=False)
        assert (shown.status_code, shown.headers["Content-Type"]) == (
            200,
            "text/html; charset=utf-8",
        )
        viewer = httpx.get(f"{address}/docs/swagger-ui-bundle.js", trust_env=False)
        assert len(viewer.content) > 1_000_000


def test_both_readmes_give_the_same_commands() -> None:
    assert block_of("README.md") == block_of("README.zh-CN.md")
