"""The document and the page that shows it, as they are served."""

import hashlib
import re
from typing import Any

import pytest

from services.common.http.host import HttpHost
from services.common.http.reference import viewer
from services.dispatch.service import DispatchService
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.metrics.service import MetricsService
from tests.support.described import client_of, document

SERVICES = (IntakeService, DispatchService, EscalationService, MetricsService)
#: sha256 of the files of Swagger UI 5.31.0 as its makers published them.
PUBLISHED = {
    "swagger-ui-bundle.js": "93b7b0862a80e2786f85b560be7693c2344354ffa7e7e224f850a54349724c31",
    "swagger-ui.css": "9e576f8322132c76949da47f9bb53c891373c303ea3a761ff548ffc9de50a98c",
}


@pytest.fixture(params=SERVICES, ids=lambda each: each.name)
def service(request: pytest.FixtureRequest) -> Any:
    return request.param


def get(service: Any, path: str) -> Any:
    """Ask as somebody without a token."""
    return client_of(service, http=HttpHost()).get(path)


def test_the_document_is_read_without_a_token_and_may_be_kept(service: Any) -> None:
    answer = get(service, "/openapi.json")
    assert answer.status_code == 200
    assert answer.json == document(service)
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_the_page_loads_nothing_from_elsewhere(service: Any) -> None:
    answer = get(service, "/docs")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert "//" not in re.sub("<!doctype html>", "", answer.text), "no other host"
    assert re.findall(r"<script(?! src=)|\son\w+=|style=", answer.text) == [], "no inline script"
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy


def test_every_file_that_the_page_asks_for_is_served(service: Any) -> None:
    asked = re.findall(r'(?:src|href)="([^"]+)"', get(service, "/docs").text)
    assert len(asked) >= 5
    for each in asked:
        answer = get(service, f"/{each}")
        assert answer.status_code == 200, each
        assert answer.data, each
        assert answer.headers["Cache-Control"].startswith("public"), each


@pytest.mark.parametrize("name", ["nothing.js", "..", "%2e%2e%2findex.html", "index.html"])
def test_no_other_file_is_served(name: str) -> None:
    assert get(DispatchService, f"/docs/{name}").status_code == 404


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_viewer_is_the_one_that_its_makers_published(name: str) -> None:
    """People paste tokens into it: a package that changed the files would be met here."""
    assert hashlib.sha256(viewer.file(name).content).hexdigest() == PUBLISHED[name]
