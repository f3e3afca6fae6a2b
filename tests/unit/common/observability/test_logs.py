"""One JSON object a line, whoever logs; and nothing in it that shouldn't be."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.common.observability.logs import configure_logging, in_log_context

NOTHING: dict[str, str] = {}


class Lines:
    """What was logged."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def one(self) -> dict[str, Any]:
        (line,) = self.all()
        return line


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logging.getLogger("made.before")
    found = Lines()
    configure_logging("intake", "INFO", found.stream)
    yield found
    root.handlers[:], root.level = before
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_a_line_says_when_who_what_and_where(lines: Lines) -> None:
    structlog.stdlib.get_logger("a.b").info("request_received", stream="request-1", count=2)
    line = lines.one()
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "request_received",
        "level": "info",
        "logger": "a.b",
        "service": "intake",
        "stream": "request-1",
        "count": 2,
    }


def test_loggers_of_libraries_made_before_come_out_the_same_way(lines: Lines) -> None:
    logging.getLogger("made.before").warning("lost %s of %d", "channel", 3)
    line = lines.one()
    assert (line["event"], line["level"], line["logger"], line["service"]) == (
        "lost channel of 3",
        "warning",
        "made.before",
        "intake",
    )


def test_correlation_and_causation_are_in_every_line_inside(lines: Lines) -> None:
    with in_log_context(correlation="walk-1", causation="request-1@1.0"):
        logging.getLogger("nameko").info("inside")
        structlog.stdlib.get_logger().info("inside too")
    structlog.stdlib.get_logger().info("outside")
    first, second, third = lines.all()
    for line in (first, second):
        assert (line["correlation"], line["causation"]) == ("walk-1", "request-1@1.0")
    assert not {"correlation", "causation"} & set(third)


@pytest.mark.parametrize("name", ["structlog", "logging"])
def test_an_exception_comes_with_its_trace(lines: Lines, name: str) -> None:
    logger = structlog.stdlib.get_logger() if name == "structlog" else logging.getLogger("x")
    try:
        NOTHING["which one"]
    except KeyError:
        logger.exception("broke")
    assert "KeyError: 'which one'" in lines.one()["exception"]
    assert "Traceback" in lines.one()["exception"]


def test_below_the_level_nothing_is_written(lines: Lines) -> None:
    structlog.stdlib.get_logger().debug("hidden")
    logging.getLogger("amqp").info("hidden")
    assert lines.all() == []


def test_errors_that_an_entry_point_tells_itself_are_not_told_twice(lines: Lines) -> None:
    containers = logging.getLogger("nameko.containers")
    containers.warning("(expected) error handling worker %s: %s", "w", "no")
    containers.error("error handling worker %s: %s", "w", "no")
    assert lines.one()["event"] == "error handling worker w: no"


def test_chinese_stays_readable(lines: Lines) -> None:
    structlog.stdlib.get_logger().info("张湾村")
    assert "张湾村" in lines.stream.getvalue(), "no \\u5f20"
    assert lines.one()["event"] == "张湾村"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret", "abcdef"),
        ("client_secret", "abcdef"),
        ("authorization", "abcdef"),
        ("phone", 13800138000),
        ("reporter_name", "王某某"),
        ("address", "某街 1 号"),
        ("said", "楼上吵"),
        ("person", "p-1"),
        ("master_key", "abcdef"),
        ("token", "abcdef"),
        ("body", {"text": "abcdef"}),
    ],
)
def test_names_that_hold_secrets_or_people_are_masked(
    lines: Lines, name: str, value: object
) -> None:
    structlog.stdlib.get_logger().info("x", **{name: value, "inner": {name: value}})
    line = lines.one()
    assert line[name] == "***"
    assert line["inner"] == {name: "***"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("amqp://guest:pass@host:5672/", "amqp://***@host:5672/"),
        ("sent Bearer abc.def-1 on", "sent Bearer *** on"),
        ("Authorization: Receipt s3cret", "Authorization: Receipt ***"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln", "token ***"),
        ("call 13800138000 now", "call *** now"),
        ("call +86 138-0013-8000 now", "call *** now"),
        ("id 11010519491231002X", "id ***"),
        ("-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----", "***"),
    ],
)
def test_texts_that_look_like_secrets_or_people_are_masked(
    lines: Lines, text: str, left: str
) -> None:
    logging.getLogger("x").info("%s", text)
    assert lines.one()["event"] == left


@pytest.mark.parametrize(
    "text",
    [
        "request-018f3c9a-1380-7138-8000-113800138000@5.0",
        "110112105209",
        "2026-11-22T01:22:25.123456Z",
        "http://127.0.0.1:8001/health",
    ],
)
def test_ids_places_times_and_addresses_stay(lines: Lines, text: str) -> None:
    structlog.stdlib.get_logger().info("x", stream=text)
    assert lines.one()["stream"] == text


def test_a_secret_in_an_exception_is_masked(lines: Lines) -> None:
    try:
        NOTHING["mongodb://user:un-guessable@host"]
    except KeyError:
        structlog.stdlib.get_logger().exception("x")
    assert "un-guessable" not in lines.stream.getvalue()


def test_what_a_caller_wrote_moves_no_terminal_and_makes_no_second_line(lines: Lines) -> None:
    said = "a\x1b[2J\x9b\u2028\x85\u202eb"
    structlog.stdlib.get_logger("x").info("asked", kind=said)
    assert lines.one()["kind"] == said
    assert lines.stream.getvalue().rstrip("\n").isprintable()
