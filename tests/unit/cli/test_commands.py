"""What the person at the terminal gets to read, and the exit codes of scripts."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app as entry
from services.cli.commands import demo, running
from services.local.installation import Installation
from services.local.servers import ports
from services.local.servers.backing import BackingServers
from services.local.service_table import Service, save
from services.local.supervisor import Supervision
from services.terminal import environment as environments
from services.terminal.environment import SHIPPED_REGISTRY
from services.terminal.unprepared import Unprepared
from tests.support.checkout import free_base
from tests.support.registry_folder import append


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AMQP_URI", "MONGODB_URI", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHAOBAO_HOME", str(tmp_path))
    return tmp_path


def said(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(entry.app, list(words), input=typed)
    if isinstance(done.exception, Unprepared):
        raise done.exception
    return done.exit_code, done.output


def test_status_of_nothing_is_stopped_and_fails_a_script() -> None:
    code, output = said("status")
    assert code == 1
    assert output.count("stopped") == 2
    assert "'./shaobao up' starts everything" in output


def test_status_names_a_service_that_ran_last_as_stopped(home: Path) -> None:
    port = ports.choose(None)
    table = Supervision(home).table_file
    table.parent.mkdir()
    save(table, [Service(name="intake", command=("true",), environment={}, port=port)])
    code, output = said("status")
    assert code == 1
    assert str(port) in output
    assert output.count("stopped") == 3


def test_what_is_being_stopped_after_a_move_is_said_and_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([True, True, True, False])
    monkeypatch.setattr(Supervision, "leaving", property(lambda _: next(looks)))
    assert "what ran in it is being stopped" in said("status")[1]
    Installation(environments.read()).refuse_a_second()
    assert next(looks, "none left") == "none left"
    assert list(home.iterdir()) == []


def test_what_still_runs_in_a_moved_folder_is_stopping(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervision = Supervision(home)
    supervision.folder.mkdir()
    save(supervision.table_file, [Service("intake", ("true",), {}, ports.choose(None))])
    supervision.process("intake").spawn(["sleep", "60"], env={}, log=home / "log")
    try:
        assert "starting" in said("status")[1]
        monkeypatch.setattr(Supervision, "leaving", property(lambda _: True))
        output = said("status")[1]
    finally:
        supervision.process("intake").kill()
    assert "stopping" in output
    assert "starting" not in output


def test_logs_before_the_first_start_say_what_to_do() -> None:
    with pytest.raises(Unprepared, match="up"):
        said("logs")


@pytest.fixture
def spoken(home: Path) -> Supervision:
    """Two services that said something once."""
    found = Supervision(home)
    found.folder.mkdir()
    save(found.table_file, [Service(name, ("true",), {}, 1) for name in ("intake", "metrics")])
    found.log_of("intake").write_text("2026-06-01T01:00 a\n2026-06-01T03:00 c\n", encoding="utf-8")
    found.log_of("metrics").write_text("2026-06-01T02:00 b\n", encoding="utf-8")
    return found


@pytest.mark.usefixtures("spoken")
def test_logs_can_be_of_one_service_and_its_last_lines_only() -> None:
    def letters(*words: str) -> list[str]:
        code, output = said("logs", *words)
        assert code == 0
        return [line[-1] for line in output.splitlines()]

    assert letters() == ["a", "b", "c"]
    assert letters("intake") == ["a", "c"]
    assert letters("-n", "2") == ["b", "c"]
    assert letters("-n", "0") == []


@pytest.mark.usefixtures("spoken")
def test_a_log_of_nobody_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Unprepared, match="intake, dispatch, escalation, metrics, keeper"):
        said("logs", "foo")


def test_a_restart_where_nothing_runs_says_how_to_start() -> None:
    with pytest.raises(Unprepared, match="up"):
        said("restart", "intake")


@pytest.mark.parametrize(
    "words",
    [
        ("up", "--clock", "foo"),
        ("up", "--rate", "5"),
        ("up", "--clock", "scaled", "--rate", "0"),
        ("up", "--clock", "scaled", "--rate", "-5"),
        ("up", "--port-base", "70000"),
        ("demo", "--port-base", "65535"),
    ],
)
def test_a_bad_flag_is_refused_before_anything_and_leaves_nothing_behind(
    words: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHAOBAO_HOME", str(home / "new"))
    with pytest.raises(Unprepared):
        said(*words)
    assert list(home.iterdir()) == []


def test_down_where_nothing_ran_says_so(home: Path) -> None:
    code, output = said("down")
    assert code == 0
    assert f"Nothing ran in {home}" in output.replace("\n", "")


@pytest.mark.usefixtures("spoken")
def test_following_logs_ends_well_when_somebody_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_c(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("services.cli.commands.looking.time.sleep", ctrl_c)
    code, output = said("logs", "--follow")
    assert (code, len(output.splitlines())) == (0, 3)


def test_another_clock_than_last_time_is_refused_before_anything_starts(home: Path) -> None:
    table = Supervision(home).table_file
    table.parent.mkdir()
    ran = {"CLOCK": "scaled", "CLOCK_RATE": "1800"}
    save(table, [Service("intake", ("true",), ran, 1)])
    before = sorted(home.rglob("*"))
    for words in (("--clock", "real"), ("--clock", "scaled", "--rate", "60")):
        with pytest.raises(Unprepared, match="a scaled clock of rate 1800 for good"):
            said("up", *words)
    assert sorted(home.rglob("*")) == before


def test_reset_deletes_nothing_without_a_yes(home: Path) -> None:
    (home / "secrets").mkdir()
    code, _ = said("reset", typed="n\n")
    assert code == 1
    assert (home / "secrets").exists()


def test_reset_with_a_yes_deletes_the_data_and_keeps_unpacked_packages(home: Path) -> None:
    for name in ("secrets", "packages", "services"):
        (home / name).mkdir()
    (home / "demo").touch()  # what is made next is no demo's, and no demo may delete it
    assert said("reset", "--yes")[0] == 0
    assert [each.name for each in home.iterdir()] == ["packages"]


@pytest.mark.parametrize("words", [("up",), ("demo",), ("setup", "{secrets}")])
def test_a_registry_with_faults_is_told_before_anything_is_made_or_started(
    words: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(SHIPPED_REGISTRY, home / "registry"))
    line = append(folder, "duties.yaml", "  - {category: a.b.c}")
    for module in (running, demo):
        monkeypatch.setattr(module, "SHIPPED_REGISTRY", folder)
    secrets = home / "elsewhere"
    base = ("--port-base", str(free_base()))
    options = ("--registry", str(folder)) if words[0] == "setup" else base
    with pytest.raises(Unprepared) as told:
        said(*(word.format(secrets=secrets) for word in words), *options)
    assert f"duties.yaml:{line}: a.b.c: first_holder is missing" in told.value.en
    assert f"duties.yaml:{line}: a.b.c: first_holder 缺失" in told.value.zh
    assert [each.name for each in home.iterdir()] == ["registry"]


def test_stopping_what_does_not_run_is_no_error() -> None:
    assert said("down")[0] == 0


@pytest.mark.parametrize(
    ("name", "uri"),
    [("AMQP_URI", "amqp://u:p@127.0.0.1:{port}/"), ("MONGODB_URI", "mongodb://127.0.0.1:{port}/")],
)
def test_a_named_server_that_does_not_answer_is_said_without_its_password(
    name: str, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = "?serverSelectionTimeoutMS=100" if name == "MONGODB_URI" else ""
    monkeypatch.setenv(name, uri.format(port=ports.choose(None)) + options)
    servers = BackingServers(environments.read())
    start = servers.start_broker if name == "AMQP_URI" else servers.start_database
    with pytest.raises(Unprepared) as lack:
        start()
    assert name in lack.value.en
    assert name in lack.value.zh
    assert "u:p" not in lack.value.en


def test_a_lack_is_printed_as_one_sentence_in_the_terminal_s_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setattr("sys.argv", ["shaobao", "logs"])
    with pytest.raises(SystemExit) as end:
        entry.main()
    assert end.value.code == 1
    assert "还没有日志" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [("log", "tail"), ("plan",), ("dead", "list"), ("kpi", "recount", "x"), ("rebuild", "metrics")],
    ids=" ".join,
)
def test_a_command_reaches_no_installation_but_its_own(
    words: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stopped here remembers a port, on which another one may answer by now."""
    (home / "database").mkdir()
    (home / "database" / "identity.json").write_text('{"port": 27190}', encoding="utf-8")
    save(home / "services" / "table.json", [])
    monkeypatch.setattr("services.operating.reach.stores_of", lambda _: pytest.fail("it looked"))
    with pytest.raises(Unprepared, match=f"Nothing runs in {home}: './shaobao up' starts it"):
        said(*words)
