"""A service in one process whose every answer is held against its own reference.

Whatever a test asks for, what comes back must stand in the OpenAPI document: its status, its
fields and no others, the slug of a refusal, the headers; and what was accepted must be allowed.
"""

import json
from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator, FormatChecker
from werkzeug.test import Client, run_wsgi_app
from werkzeug.wrappers import Request

from services.common.http.errors import MethodNotAllowed, NoSuchRoute
from services.common.http.problems import PROBLEM_TYPE
from services.common.http.reference.document import document_of, path_of
from services.common.http.reference.telling import operations_of
from services.common.http.routes import Bound, RouteTable
from services.common.http.wsgi import application

#: Open on purpose: the facts of a refusal, and a document.
OPEN_SHAPES = ("Problem", "Document")
JSON = "application/json"


def client_of(service_cls: Any, **parts: Any) -> Client:
    """Return a client of the service; `parts` as for `application`."""
    return Client(Described(service_cls, application(service_cls, **parts)))


class Described:
    """A WSGI application that raises AssertionError where answer and reference disagree."""

    def __init__(self, service_cls: Any, served: Any) -> None:
        self._served = served
        self._reference = reference_of(service_cls)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer as the service does, and look at the answer."""
        request = Request(environ)
        sent = request.get_data()
        environ["wsgi.input"] = BytesIO(sent)
        found, status, headers = run_wsgi_app(self._served, environ)
        body = b"".join(found)
        self._reference.check(request, sent, int(status.split()[0]), headers, body)
        start_response(status, list(headers))
        return [body]


class Reference:
    """A service's document, asked for one route."""

    def __init__(self, service_cls: Any) -> None:
        self._document = document(service_cls)
        self._strict = strict(service_cls)
        self._validators: dict[str, Draft202012Validator] = {}
        self._table = RouteTable(
            Bound(each.spec, path_of(each)) for each in operations_of(service_cls)
        )

    def check(self, request: Request, sent: bytes, status: int, headers: Any, body: bytes) -> None:
        """Check one answer; an OPTIONS is CORS alone."""
        if request.method == "OPTIONS":
            return
        try:
            bound, _ = self._table.find(request.method, request.path)
        except (NoSuchRoute, MethodNotAllowed):
            assert status in (404, 405)
            return
        operation = self._document["paths"][bound.target][request.method.lower()]
        said = f"{request.method} {bound.target} {status} {body[:2000].decode('utf-8', 'replace')}"
        self._check_answer(operation, status, headers, body, said)
        if status < 400:
            self._check_request(operation, request, sent, said)

    def _check_answer(
        self, operation: Any, status: int, headers: Any, body: bytes, said: str
    ) -> None:
        responses = operation["responses"]
        response = self._whole(responses.get(str(status), responses["default"]))
        media = headers["Content-Type"]
        assert media in response["content"] or "*/*" in response["content"], said
        content = response["content"].get(media)
        if media == PROBLEM_TYPE:
            slug = json.loads(body)["type"].removeprefix("/problems/")
            assert slug in (*content["examples"], "internal-error"), f"{slug} is not told: {said}"
        if media in (JSON, PROBLEM_TYPE):
            self._validate(content["schema"], json.loads(body), said)
        for name in ("ETag", "Location", "Retry-After", "WWW-Authenticate"):
            assert (name in headers) == (name in response["headers"]), f"{name}: {said}"

    def _check_request(self, operation: Any, request: Request, sent: bytes, said: str) -> None:
        if "requestBody" in operation:
            self._validate(
                operation["requestBody"]["content"][JSON]["schema"], json.loads(sent), said
            )
        told = [self._whole(each) for each in operation["parameters"]]
        queries = {each["name"] for each in told if each["in"] == "query"}
        if queries:
            given = {name for name, _ in parse_qsl(request.query_string.decode())}
            assert given <= queries, said
        needed = {each["name"] for each in told if each["in"] == "header" and each.get("required")}
        assert all(name in request.headers for name in needed), said

    def _whole(self, found: Any) -> Any:
        """Return what a reference leads to."""
        while "$ref" in found:
            _, kind, name = found["$ref"].removeprefix("#/").split("/")
            found = self._document["components"][kind][name]
        return found

    def _validate(self, schema: Any, value: Any, said: str) -> None:
        faults = [
            f"{each.json_path}: {each.message}"
            for each in self._validator(schema).iter_errors(value)
        ]
        assert faults == [], f"{faults}: {said}"

    def _validator(self, schema: Any) -> Draft202012Validator:
        """Return what checks a reference to one of the document's schemas, made once."""
        ref = schema["$ref"]
        if ref not in self._validators:
            whole = {"$ref": ref, "components": self._strict["components"]}
            self._validators[ref] = Draft202012Validator(whole, format_checker=FormatChecker())
        return self._validators[ref]


@cache
def reference_of(service_cls: Any) -> Reference:
    """Return the reference, made once a run."""
    return Reference(service_cls)


@cache
def document(service_cls: Any) -> Any:
    """Return the document, made once a run."""
    return document_of(service_cls)


@cache
def strict(service_cls: Any) -> Any:
    """Return the document with every answer closed: a field that isn't told is a fault."""
    found = deepcopy(document(service_cls))
    for name, shape in found["components"]["schemas"].items():
        if name not in OPEN_SHAPES and "properties" in shape:
            shape.setdefault("additionalProperties", False)
    return found
