"""Doorbells say which log has grown, and nothing that anybody could take for the log."""

import pytest

from services.common.contracts.codec import Undecodable, parsed
from services.common.contracts.doorbell import Doorbell, advanced, appended, doorbell


@pytest.mark.parametrize("bell", [advanced("dispatch", 41), appended("dispatch", "an id")])
def test_a_doorbell_is_read_from_bytes_and_from_text_as_it_was_written(bell: Doorbell) -> None:
    assert doorbell(bell.body) == doorbell(bell.body.decode()) == bell
    assert bell.log == "dispatch"


def test_what_is_sent_is_a_cloud_event_and_carries_no_data() -> None:
    assert parsed(advanced("dispatch", 41).body.decode()) == {
        "specversion": "1.0",
        "id": "dispatch@41",
        "source": "/shaobao/dispatch",
        "type": "log.advanced",
        "position": 41,
    }


def test_that_something_was_appended_says_nothing_of_where_the_log_ends() -> None:
    assert appended("dispatch", "an id").position == 0


EVENT = b'{"type":"ProgressNoted","source":"/shaobao/dispatch","id":"x","position":1}'


@pytest.mark.parametrize(
    "body",
    [
        EVENT, b"\xff\xfe", b"", b"[]", b"{}", b"[" * 50_000,
        b'{"type":"log.advanced","source":"/shaobao/dispatch","id":"x","position":"1"}',
        b'{"type":"log.advanced","source":"/shaobao/dispatch","id":"x"}',
    ],
)  # fmt: skip
def test_bytes_that_are_no_doorbell_can_not_be_decoded(body: bytes) -> None:
    with pytest.raises(Undecodable):
        doorbell(body)
