"""JSON logs on stderr, one object a line, from structlog and from `logging` alike.

Members: `time` (UTC), `level`, `logger`, `event`, `service`, and where they are known
`correlation` and `causation`. Secrets and personal data never: names that hold them are masked,
and texts are searched for what looks like them (redaction.py).
"""

import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

from services.common.observability.redaction import redacted
from services.common.observability.visible import visible


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route all logging of this process into JSON lines on `stream` (default stderr).

    Call it once, first thing in an entry script. Loggers that exist already keep working:
    disabling them is how nameko's handler errors get lost.
    """
    shared = _shared_processors(service)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _leave_out_what_nobody_shows()
    logging.captureWarnings(True)
    logging.config.dictConfig(_configuration(shared, level, stream or sys.stderr))


def _leave_out_what_nobody_shows() -> None:
    """Don't find out for each line in which file, thread and process it was written.

    The switches are logging's own, for who logs much: a line costs a tenth of a request.
    """
    logging._srcfile = None  # noqa: SLF001  so documented
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _shared_processors(service: str) -> list[Any]:
    def name_service(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
        return {"service": service, **line}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
        name_service,
    ]


def _configuration(shared: list[Any], level: str, stream: TextIO) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _redact,
                    structlog.processors.JSONRenderer(_line, ensure_ascii=False, default=str),
                ],
            }
        },
        "filters": {"unexpected": {"()": _UnexpectedOnly}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["unexpected"],
                "stream": stream,
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        # Both print every message or heartbeat at their lower levels.
        "loggers": {"amqp": {"level": "WARNING"}, "pymongo": {"level": "WARNING"}},
    }


class _UnexpectedOnly(logging.Filter):
    """Drops nameko's lines about errors that an entry point has declared as its own to tell."""

    def filter(self, record: logging.LogRecord) -> bool:
        declared = record.name == "nameko.containers" and str(record.msg).startswith("(expected)")
        return not declared


def _line(value: Any, **options: Any) -> str:
    """Return the JSON of `value`; nothing in it acts on the terminal that shows it."""
    return visible(json.dumps(value, **options))


def _redact(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
    return {name: redacted(name, value) for name, value in line.items()}


@contextmanager
def in_log_context(**values: str) -> Iterator[None]:
    """Add `values` (correlation, causation) to every line logged inside, in this greenlet."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
