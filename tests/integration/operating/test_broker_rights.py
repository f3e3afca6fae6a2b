"""`apply` on a broker of its own: departments can do what they must, and nothing else."""

from pathlib import Path

import pytest
from amqp.exceptions import AccessRefused
from typer.testing import CliRunner

from services.cli import app as entry
from services.cli.commands.apply import EXIT_TO_DO
from services.common.messaging.declare import restore_departments
from services.common.messaging.wire import connected
from services.local.secret_files import Secrets
from services.local.servers.backing import Addresses
from services.local.servers.broker import Broker
from services.operating.broker.management import Management
from services.operating.broker.users import address_for, apply_broker
from services.operating.registry.tables import answering_by_amqp, registry_of
from services.terminal.unprepared import Unprepared

REGISTRY = Path(__file__).resolve().parents[3] / "deploy" / "registry"


@pytest.fixture
def addresses(private_broker: Broker) -> Addresses:
    return Addresses(private_broker.uri, "mongodb://nowhere/", private_broker.management_uri)


def test_departments_get_users_and_escalation_alone_makes_their_queues(
    addresses: Addresses, tmp_path: Path
) -> None:
    """Queues made here would look whole to escalation, and open calls would stay unsent."""
    departments = answering_by_amqp(registry_of(REGISTRY))
    passwords = apply_broker(addresses, Secrets(tmp_path), departments)
    assert sorted(passwords) == departments
    assert apply_broker(addresses, Secrets(tmp_path), departments) == passwords
    with Management(str(addresses.management_uri)) as management:
        queues = {each["name"] for each in management.get("queues", "/")}
        assert "escalation.replies" in queues
        assert not any(name.startswith("departments.") for name in queues)
    resent: list[str] = []
    assert restore_departments(addresses.amqp_uri, ["dept-court", "dept-market"], resent.append)
    assert resent == ["dept-court", "dept-market"]
    apply_broker(addresses, Secrets(tmp_path), departments)
    court = address_for(addresses.amqp_uri, "dept-court", passwords)
    with connected(court) as connection:
        assert connection.channel().basic_get("departments.dept-court.calls") is None
        with pytest.raises(AccessRefused):
            connection.channel().basic_get("departments.dept-market.calls")


@pytest.mark.usefixtures("named")
def test_the_command_says_what_it_changed_and_then_that_nothing_is_left(
    private_broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMQP_URI", private_broker.uri)
    monkeypatch.setenv("AMQP_MANAGEMENT_URI", private_broker.management_uri)
    with connected(private_broker.uri) as connection:
        connection.channel().queue_declare("intake.inbox", durable=True, auto_delete=False)
    planned = CliRunner().invoke(entry.app, ["plan"])
    assert planned.exit_code == EXIT_TO_DO
    assert "retired queue intake.inbox" in planned.output
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "停用的队列 intake.inbox" in CliRunner().invoke(entry.app, ["plan"]).output
    monkeypatch.delenv("LC_ALL")
    assert "unit: first adoption" in planned.output
    folder = tmp_path / "home" / "secrets" / "departments"
    assert not folder.exists(), "a plan makes nothing"
    first = CliRunner().invoke(entry.app, ["apply"])
    assert first.exit_code == 0, first.output
    assert "user Tongzhou Court dept-court" in first.output
    assert "5 tables adopted" in first.output
    second = CliRunner().invoke(entry.app, ["apply"])
    assert "0 tables adopted, 0 changes" in second.output
    assert CliRunner().invoke(entry.app, ["plan"]).exit_code == 0
    assert (folder / "dept-court").stat().st_mode & 0o077 == 0
    monkeypatch.delenv("AMQP_MANAGEMENT_URI")
    refused = CliRunner().invoke(entry.app, ["apply"])
    assert isinstance(refused.exception, Unprepared)
    assert "AMQP_MANAGEMENT_URI" in refused.exception.en
