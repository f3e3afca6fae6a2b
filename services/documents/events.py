"""`docs/events.md`, made from the contracts: python -m services.documents.events"""

from collections.abc import Iterable, Iterator
from typing import Final, get_args

from services.common.contracts import events, vocabulary
from services.common.contracts.event_types import ANY, REGISTER, EventType
from services.common.contracts.forms import EVENT_FORMS
from services.common.contracts.streams import LOG_OF_CATEGORY
from services.documents.shapes import (
    WORDS,
    Field,
    fields_of,
    inner_shapes,
    said_of,
)
from services.terminal.environment import CHECKOUT

PATH: Final = CHECKOUT / "docs" / "events.md"
HEAD: Final = """\
# Events

Generated from `services/common/contracts` by `python -m services.documents.events`; \
a test says that it is current. Don't edit it.

Every event is in a *commit*: all events of one decision, one document in its service's log. The \
commit says who (`actor`), when (`recorded_at`; `occurred_at` of each event is what was said), why \
(`cause`, if it is a reaction) and by which tables (`chart`); events don't repeat these. The id of \
an event is `<stream>@<version of the commit>.<index>`.

`*_ref` names a text in the writing service's vault; `*_at` is UTC, written \
`2026-06-01T01:12:00.000000Z`; `*_seconds` are whole seconds; units and places are codes. No event \
holds free text: each text is of one of the [kinds](#kinds-of-text) below. A field \
marked *may be absent* is left out rather than null. Readers pass over fields and types that they \
don't know. A version that is newer than the reader holds the stream until the reader is upgraded; \
older versions are led to the present one by upcasters.

On the bus each event is a CloudEvents 1.0 message in structured JSON on the exchange \
`<service>.events`, routing key = type: `id`, `source`, `type`, `subject` (the stream), `time`, \
`dataschema` (`/schemas/<type>/<version>`), `streamversion`, `eventindex`, `eventcount`, \
`position`, `correlationid`, `causationid`, and `data` unless the message would pass 64 KiB. \
The log is the truth: who binds no queue gets no message, and a queue that is full misses what it \
refuses. An outside subscriber binds as a user of its own, which an administrator of the broker \
makes by hand: [an outside subscriber](../deploy/rabbitmq/README.md#an-outside-subscriber). The \
users of services and departments are not for that. Services don't read these: they hear \
doorbells on `logs.bells` and read the logs.
"""
HEAD_OF_FORMS: Final = (
    "The form is checked where an event is made, not where it is read: what was written before "
    "there was a rule stays readable."
)
STREAMS: Final = {
    "request": "a request 诉求",
    "workOrder": "a work order 工单",
    "registry": "a table of the registry: `registry-units`, `-categories`, `-duties`, "
    "`-catalogue`, `-policies`",
    "raise": "a raise 上报",
    "whistle": "a whistle 哨",
    "call": "a call of one unit in a whistle 报到",
    "duty": "a standing duty",
    "clock": "the clocks of a request, a whistle or a standing duty, under the same id",
    ANY: "any stream",
}

assert events.__all__, "importing the events fills the register"  # noqa: S101  an import's proof


def document() -> str:
    """Return the whole document."""
    parts = [HEAD, *_overview(), *_streams(), *_inner(), *_words(), *_forms()]
    return "\n".join(parts) + "\n"


def _overview() -> Iterator[str]:
    yield "| event | version | stream | published by | read by |"
    yield "|---|---|---|---|---|"
    for each in _in_order():
        said = said_of(each)
        link = f"[{each.name}](#{each.name.lower()})"
        stream = _stream(each.category)
        yield f"| {link} | {each.version} | `{stream}` | {said.published_by} | {said.read_by} |"
    yield ""


def _in_order() -> list[EventType]:
    """Return the types by stream, in the order in which the contracts tell them."""
    order = [*LOG_OF_CATEGORY, ANY]
    return sorted(REGISTER.values(), key=lambda each: order.index(each.category))


def _stream(category: str) -> str:
    return "any" if category == ANY else f"{category}-<id>"


def _streams() -> Iterator[str]:
    for category, about in STREAMS.items():
        owner = LOG_OF_CATEGORY.get(category)
        yield f"## `{_stream(category)}`: {about}"
        yield ""
        yield f"In the log of {owner}.\n" if owner else "In the log of the stream's owner.\n"
        for each in _in_order():
            if each.category == category:
                yield from _event(each)


def _event(found: EventType) -> Iterator[str]:
    said = said_of(found)
    yield f"### {found.name}"
    yield ""
    yield f"Version {found.version}. {said.text}"
    yield ""
    yield f"Published by: {said.published_by}. Read by: {said.read_by}."
    yield ""
    yield from _table(fields_of(found.shape))


def _table(rows: Iterable[Field]) -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for each in rows:
        absent = "" if each.required else "; may be absent"
        yield f"| `{each.name}` | {each.type} | {each.meaning}{absent} |"
    yield ""


def _inner() -> Iterator[str]:
    yield "## Shapes inside events"
    yield ""
    shapes = {
        inner.__name__: inner for each in REGISTER.values() for inner in inner_shapes(each.shape)
    }
    for name in sorted(shapes):
        yield f"### {name}"
        yield ""
        yield (shapes[name].__doc__ or "").strip()
        yield ""
        yield from _table(fields_of(shapes[name]))


def _words() -> Iterator[str]:
    yield "## Words"
    yield ""
    yield "[The glossary](glossary.md) says what each means."
    yield ""
    for name in sorted(WORDS.values()):
        values = get_args(getattr(vocabulary, name))
        yield f"### {name}"
        yield ""
        yield ", ".join(f"`{each}`" for each in values)
        yield ""


def _forms() -> Iterator[str]:
    yield "## Kinds of text"
    yield ""
    yield HEAD_OF_FORMS
    yield ""
    yield "| kind | what is allowed | for example |"
    yield "|---|---|---|"
    for each in EVENT_FORMS:
        example = f"`{each.example}`" if each.example else ""
        yield f"| {each.name} | {each.allowed} | {example} |"
    yield ""


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
