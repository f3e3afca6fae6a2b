"""Load, decide, append on a real MongoDB: repeated and racing at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from pymongo.database import Database

from services.common.contracts.commit import Actor, Tip
from services.common.eventlog.deciding import Errand, KeyUsedForAnotherRequest, carry_out
from services.common.eventlog.loading import load
from services.common.eventlog.mongo import Row, client
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.ports import StreamConflict
from tests.support.examples import DAY_ONE, draft, noted
from tests.support.waiting import PATIENCE_SECONDS
from tests.unit.common.eventlog.toy import NOTES, STREAM, Note

REQUESTS = 6


def errand(word: str, key: str) -> Errand:
    """Return an errand that notes a word."""
    return Errand(
        stream=STREAM,
        command=Note((f"n/{word}",)),
        command_id=key,
        actor=Actor("village_officer"),
        correlation="c-1",
        at=DAY_ONE,
        fingerprint=f"mac-of-{word}",
    )


def at_once(uri: str, name: str, errand_of: Callable[[int], Errand]) -> list[object]:
    """Carry out errands in threads, each with a client; return versions or what was raised."""
    together = Barrier(REQUESTS)

    def one(number: int) -> object:
        with client(uri) as connected:
            log = MongoLog("dispatch", connected[name])
            list(log.read(STREAM))
            together.wait(timeout=PATIENCE_SECONDS)
            try:
                outcome = carry_out(log, NOTES, errand_of(number))
            except (StreamConflict, KeyUsedForAnotherRequest) as error:
                return type(error)
        return outcome.commit.version if outcome.commit else 0

    with ThreadPoolExecutor(REQUESTS) as pool:
        return list(pool.map(one, range(REQUESTS)))


@pytest.fixture
def log(database: Database[Row]) -> MongoLog:
    return MongoLog("dispatch", database)


def test_one_request_sent_many_times_at_once_is_one_commit_and_one_answer(
    mongodb_uri: str, database: Database[Row], log: MongoLog
) -> None:
    for _ in range(5):
        answers = at_once(mongodb_uri, database.name, lambda _: errand("a", "same-key"))
        assert answers == [1] * REQUESTS
    assert [each.version for each in log.read(STREAM)] == [1]


def test_writers_racing_for_a_stream_get_a_version_each_or_are_told(
    mongodb_uri: str, database: Database[Row], log: MongoLog
) -> None:
    words = "abc"
    answers = at_once(mongodb_uri, database.name, lambda n: errand(words[n % 3], f"key-{n}"))
    commits = list(log.read(STREAM))
    assert [each.version for each in commits] == list(range(1, len(commits) + 1))
    assert sorted(load(log, NOTES, STREAM).state.held) == sorted(
        set(load(log, NOTES, STREAM).state.held)
    ), "decided on a state that was gone"
    written = [each for each in answers if isinstance(each, int) and each]
    assert len(set(written)) == len(written) == len(commits)


def test_whichever_index_a_retry_violates_the_command_id_is_looked_up_first(
    log: MongoLog,
) -> None:
    """A repetition at the old tip violates both unique indexes; one of them is reported."""
    first = log.append(draft(STREAM, noted("a"), command_id="k"), Tip())
    with pytest.raises(StreamConflict):
        log.append(draft(STREAM, noted("a"), command_id="k"), Tip())
    with pytest.raises(StreamConflict):
        log.append(draft(STREAM, noted("a"), command_id="k"), first.tip)
    assert carry_out(log, NOTES, replace(errand("a", "k"), fingerprint=None)).repeated
