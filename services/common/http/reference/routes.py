"""`/openapi.json` and `/docs`: a mixin for every service's class. Both are open and made once."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Final, cast

from marshmallow import Schema

from services.common.http.call import Answer, HttpCall
from services.common.http.entrypoint import route
from services.common.http.reference import viewer
from services.common.http.reference.answers import Document
from services.common.http.reference.document import document_of
from services.common.http.reference.telling import tells

#: A release changes them, and nothing else does.
_KEPT: Final = {"Cache-Control": "public, max-age=300"}


@cache
def document_bytes(service_cls: Any) -> bytes:
    """Return the document of a service as it goes out."""
    return json.dumps(document_of(service_cls), ensure_ascii=False).encode()


class ReferenceRoutes:
    """Mix into a service class and give it `examples`: one of each body and answer."""

    examples: ClassVar[Mapping[type[Schema], Any]]

    @route("GET", "/openapi.json")
    @tells("接口定义", Document)
    def openapi(self, _call: HttpCall) -> Answer:
        """This document."""
        body = document_bytes(cast(Any, type(self)))  # mypy: a class is hashable
        return Answer(200, body, {**_KEPT, "Content-Type": "application/json"})

    @route("GET", "/docs")
    @tells("接口页面", media="text/html; charset=utf-8")
    def docs(self, _call: HttpCall) -> Answer:
        """A page that shows it, and tries calls."""
        return _page(viewer.index())

    @route("GET", "/docs/<name>")
    @tells("接口页面的文件", media="*/*")
    def docs_file(self, call: HttpCall) -> Answer:
        """A file of that page."""
        return _page(viewer.file(call.path["name"]))


def _page(page: viewer.ViewerFile) -> Answer:
    headers = {
        **_KEPT,
        "Content-Type": page.media,
        "Content-Security-Policy": viewer.CONTENT_SECURITY_POLICY,
    }
    return Answer(200, page.content, headers)
