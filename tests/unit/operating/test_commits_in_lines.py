"""How commits, spans and password files read."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymongo.errors import OperationFailure

from services.cli.commands.event_log import show_lines, tail_lines
from services.common.chart.units import fold_units
from services.common.clock import ClockMode
from services.common.contracts.codec import Undecodable
from services.common.contracts.commit import Actor, Cause, Draft, Happened, Tip, sealed
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.dispatch import WorkOrderAcknowledged
from services.common.eventlog.ports import SourceBehind, Stamp, StoreAway, Unreadable
from services.common.messaging.wire import BrokerAway
from services.common.running.business_time import AnotherClock
from services.operating.broker.dead import NoSuchDeadLetter
from services.operating.broker.users import PasswordFiles, address_for, vhost_of
from services.operating.commits import short
from services.operating.naming import Naming
from services.operating.reach import known_settings, reaching
from services.terminal.environment import read
from services.terminal.unprepared import Unprepared
from services.terminal.wording import beijing, span

PLAIN = Naming(chinese=False, units={})
NINE = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
UNITS = fold_units(
    (
        {"code": "d", "kind": "district", "name_zh": "区", "answers_by": "http"},
        {"code": "110112108203", "kind": "village", "name_zh": "王各庄", "parent": "d",
         "answers_by": "http"},
    ),
    "2026-06-01",
).units  # fmt: skip
COMMIT = sealed(
    Draft(
        stream="workOrder-1",
        command_id="c",
        actor=Actor(role="village_officer", person="li", unit="110112108203"),
        correlation="k",
        recorded_at=NINE,
        events=(
            Happened(WorkOrderAcknowledged("1", "110112108203"), NINE),
            Happened(UnknownEvent("FromTomorrow", 3, {"note": "x" * 200}), NINE),
        ),
        cause=Cause("request-1", 4),
    ),
    Tip(),
)


def test_a_commit_shows_who_when_why_and_every_field() -> None:
    lines = [line.plain for line in show_lines(COMMIT, PLAIN)]
    assert lines[0] == (
        "workOrder-1@1  no position yet  2026-06-01 09:00:00  village_officer li of 110112108203"
    )
    assert lines[1].strip() == "because of request-1@4"
    assert "  WorkOrderAcknowledged" in lines
    assert "    unit: 110112108203" in lines
    assert "  FromTomorrow" in lines
    assert lines[-1].endswith("(200 characters)")


def test_a_commit_names_its_units_and_speaks_the_reader_s_language() -> None:
    lines = [line.plain for line in show_lines(COMMIT, Naming(chinese=True, units=UNITS))]
    assert lines[0].endswith("尚无位置  2026-06-01 09:00:00  王各庄 110112108203 村社区干部 li")
    assert lines[1].strip() == "起因 request-1@4"
    assert "    unit: 王各庄 110112108203" in lines


def test_a_tail_has_one_line_an_event() -> None:
    lines = [line.plain for line in tail_lines(COMMIT, PLAIN)]
    assert len(lines) == 2
    assert "dispatch" in lines[0]
    assert "workOrder-1@1.0 WorkOrderAcknowledged request_id=1" in lines[0]


def test_an_unreadable_commit_has_a_line_too() -> None:
    stamp = Stamp(7, "workOrder-1", 2, "h", NINE)
    error = Undecodable(kind="Commit", why="broken")
    line = next(tail_lines(Unreadable(stamp, error), PLAIN))
    assert line.plain.split() == ["7", "workOrder-1@2", *f"Undecodable: {error}".split()]


def test_long_values_are_cut_and_say_so() -> None:
    assert short("x" * 130) == "x" * 120 + "... (130 characters)"
    assert short({"b": 1, "a": [True]}) == '{"a":[true],"b":1}'


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "0 s", "0 秒"),
        (59, "59 s", "59 秒"),
        (7_200, "2 h", "2 小时"),
        (93_784, "1 d 2 h", "1 天 2 小时"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: int, en: str, zh: str) -> None:
    assert span(seconds, chinese=False) == en
    assert span(seconds, chinese=True) == zh


def test_times_are_beijing_s() -> None:
    assert beijing(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "2027-01-01 00:00:00"


def test_passwords_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    files = PasswordFiles(tmp_path / "departments")
    first = files.of(["dept-court", "dept-market"])
    assert files.of(["dept-market", "dept-court"]) == first
    assert len(set(first.values())) == 2
    mode = (files.folder / "dept-court").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_password_may_stand_in_an_address(tmp_path: Path) -> None:
    (tmp_path / "dept-court").write_text("amqps://dept-court:secret@rabbitmq/\n")
    assert PasswordFiles(tmp_path).of(["dept-court"]) == {"dept-court": "secret"}


def test_a_folder_that_cannot_hold_passwords_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unprepared, match="file"):
        PasswordFiles(tmp_path / "file").of(["dept-court"])


def test_an_address_names_the_user_and_keeps_the_rest() -> None:
    found = address_for("amqp://admin:x@127.0.0.1:5690/%2Fown", "dept-court", {"dept-court": "s"})
    assert found == "amqp://dept-court:s@127.0.0.1:5690/%2Fown"
    assert (vhost_of(found), vhost_of("amqp://h/"), vhost_of("amqp://h")) == ("/own", "/", "/")


def test_what_is_named_hides_what_was_started_also_as_a_file(tmp_path: Path) -> None:
    table = tmp_path / "services" / "table.json"
    table.parent.mkdir()
    row = {
        "name": "intake",
        "command": ["true"],
        "environment": {
            "MONGODB_URI": "mongodb://old/",
            "AMQP_URI": "amqp://old/",
            "CLOCK": "scaled",
        },
        "port": 1,
    }
    table.write_text(json.dumps([row]))
    named = {"SHAOBAO_HOME": str(tmp_path), "MONGODB_URI": "mongodb://new/", "AMQP_URI_FILE": "/f"}
    environment = read({"SHAOBAO_HOME": str(tmp_path)})
    found = known_settings(environment, named)
    assert found["MONGODB_URI"] == "mongodb://new/"
    assert found["CLOCK"] == "scaled"
    assert "AMQP_URI" not in found


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StoreAway(why="refused, Timeout: 5s, topology"), "database doesn't answer"),
        (BrokerAway(why="gone"), "broker doesn't answer"),
        (SourceBehind(stream="registry-units"), "can't be done just now"),
        (NoSuchDeadLetter(service="intake", key="abc"), "intake has no dead letter abc"),
        (AnotherClock(kept=ClockMode("scaled", 60), wanted=ClockMode()), "scaled clock of rate 60"),
        (OperationFailure("not authorized on keys, full error: x", 13), "run it as the service"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence_in_both_languages(
    error: Exception, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHAOBAO_HOME", str(tmp_path))
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/")
    with pytest.raises(Unprepared) as lack, reaching():
        raise error
    assert says in lack.value.en
    assert "topology" not in lack.value.en
    assert lack.value.zh
