"""Marshmallow's schemas as JSON Schema 2020-12, by apispec, with what each field means."""

from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields

from services.common.http.reference.meanings import meaning_of


class _Converter(OpenAPIConverter):
    """apispec's, with descriptions, patterns that a browser reads too, and no `default: null`."""

    def field2property(self, field: fields.Field[Any]) -> dict[str, Any]:
        """Return the JSON Schema of one field."""
        found: dict[str, Any] = super().field2property(field)
        if "pattern" in found:
            found["pattern"] = _anchored(found["pattern"])
        if found.get("default", "") is None:
            del found["default"]
        if field.name and isinstance(field.parent, Schema):
            found["description"] = meaning_of(type(field.parent).__name__, field.name)
        return found


class Shapes(MarshmallowPlugin):
    """apispec's plugin; a component is named after its schema's class, as it stands."""

    Converter = _Converter

    def __init__(self) -> None:
        """Name components."""
        super().__init__(schema_name_resolver=name_of)


def name_of(schema: Any) -> str:
    """Return the name of a schema (class or object) among the document's components."""
    found: type = schema if isinstance(schema, type) else type(schema)
    return found.__name__


def _anchored(pattern: str) -> str:
    r"""Return `pattern` as ECMA-262 has it: marshmallow's begins at the start, `\Z` is `$`."""
    return "^" + pattern.removeprefix("^").replace(r"\Z", "$")
