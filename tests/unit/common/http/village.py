"""A small service to try the edge with: a list that is open, an order that takes roles."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from marshmallow import Schema, fields, validate
from werkzeug.test import Client

from services.common.errors import NotAllowedNow, Refused, Transient
from services.common.http.call import Answer, HttpCall
from services.common.http.entrypoint import route
from services.common.http.headers import etag
from services.common.http.host import HttpHost
from services.common.http.messages import BothTongues
from services.common.http.tokens import TokenVerifier, issue
from services.common.http.wsgi import application

SIGNING_KEY = Ed25519PrivateKey.generate()
VERIFIER = TokenVerifier({"town": SIGNING_KEY.public_key()})


class BrokenDatabase(Transient):
    """A store that is away."""


class Told(Refused):
    """A refusal with facts named like fixed members."""

    slug = "told"
    status = 412
    zh = "版本是 {version}。"
    en = "The version is {version}."


class Entry(Schema):
    """One entry of a note."""

    phone = fields.String(required=True, validate=validate.Length(min=3, max=5))


class Note(Schema):
    """A body with an inner list."""

    text = fields.String(
        required=True,
        validate=validate.Length(
            max=9, error=BothTongues("最多 {max} 字。", "At most {max} long.")
        ),
    )
    entries = fields.List(fields.Nested(Entry), load_default=list)


class Filter(Schema):
    """A query with a number and a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    unit = fields.List(fields.String(), load_default=list)


class VillageService:
    """The routes under test. `answers` stands where a dependency provider would."""

    name = "village"
    answers: Any = None

    @route("GET", "/v1/notes", query=Filter)
    def notes(self, call: HttpCall) -> Answer:
        return Answer(200, dict(call.query))

    @route("POST", "/v1/notes", body=Note)
    def write_note(self, call: HttpCall) -> Answer:
        body = {"loaded": call.body, "key": call.key, "correlation": call.correlation_id}
        return Answer(201, body, etag(1))

    @route("POST", "/v1/orders/<order_id>/resolution", roles={"village_officer", "town_officer"})
    def resolve(self, call: HttpCall) -> Answer:
        caller = call.caller
        assert caller is not None
        return Answer(
            200, {"order": call.path["order_id"], "unit": caller.unit, "if_match": call.if_match}
        )

    @route("POST", "/v1/requests/<request_id>/follow-up", roles={"reporter", "operator"})
    def follow_up(self, call: HttpCall) -> Answer:
        return Answer(200, {"receipt": call.receipt, "caller": call.caller is not None})

    @route("GET", "/v1/trouble/<kind>")
    def trouble(self, call: HttpCall) -> Answer:
        match call.path["kind"]:
            case "transient":
                raise BrokenDatabase(retry_after_seconds=7, uri="mongodb://u:p@host")
            case "refused":
                raise NotAllowedNow(command="Resolve", state="raised", allowed=["b", "a"])
            case "told":
                raise Told(version=3, status="mine", type="mine")
            case "unsayable":
                return Answer(200, {"value": object()})
            case "sentence":
                raise NotAllowedNow(command="the state is missing")
            case _:
                raise RuntimeError("secret of the house")

    @route("GET", "/v1/bytes")
    def raw(self, _call: HttpCall) -> Answer:
        return Answer(200, b"a,b", {"Content-Type": "text/csv"})


def client(**host: Any) -> Any:
    """Return a client of the service in this process."""
    served = application(VillageService, http=HttpHost(tokens=VERIFIER, **host))
    return Client(served)


def bearer(*roles: str, unit: str = "110112105209") -> dict[str, str]:
    """Return the header of somebody with `roles`."""
    token = issue(SIGNING_KEY, "town", "p-1", roles, unit=unit)
    return {"Authorization": f"Bearer {token}"}
