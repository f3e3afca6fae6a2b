"""What was measured to go wrong on a broker is not used at all."""

import re

import pytest

from tests.architecture.source import files, named

#: pattern -> why not
NEVER = {
    r"\bexpiration\b *[=:]": "per-message TTL blocks at the head of a queue: 0.5 s came after 6 s",
    r"x-death": "its counts and order differ between broker versions",
    r"\bx-(message-ttl|max-length|delivery-limit|dead-letter-\w+|overflow|expires)\b": (
        "arguments of a queue can't change without a redeclare error: policies can"
    ),
    r"requeue_on_error": "a hot loop: 5,000 redeliveries of one message in 2 s",
    r"nameko\.events": "its handlers ack what raised, and its queue names hold method names",
}


@pytest.mark.parametrize("pattern", sorted(NEVER))
def test_it_is_not_used(pattern: str) -> None:
    users = {
        named(path)
        for path in files("services")
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }
    assert users == set(), NEVER[pattern]
