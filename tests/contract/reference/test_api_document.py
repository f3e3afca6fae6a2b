"""`docs/api.md` says what the services' own reference says."""

import pytest

from services.common.http.reference.document import path_of
from services.common.http.reference.telling import operations_of
from services.documents.api import PATH, SERVICES, document


def test_the_document_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == document(), "run: python -m services.documents.api"


@pytest.mark.parametrize(
    "route",
    [f"`{each.spec.method} {path_of(each)}`" for one in SERVICES for each in operations_of(one)],
)
def test_every_route_stands_in_it(route: str) -> None:
    assert f"| {route} |" in document()


def test_the_headers_that_every_call_needs_come_before_the_first_route() -> None:
    head = document().partition("## intake\n")[0]
    for header in ("Authorization: Bearer", "Authorization: Receipt", "Idempotency-Key",
                   "If-Match", "X-Correlation-ID"):  # fmt: skip
        assert header in head
