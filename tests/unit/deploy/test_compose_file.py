"""What holds for every container: least rights, limits, health, and nothing seen from outside."""

from typing import Any

import pytest

from services.local.service_table import HTTP_PORTS
from tests.unit.deploy.compose import COMPOSE, DEMO, DEPLOY, JOBS, OURS, read, secrets_of, services

EVERY = {**services(), **{f"demo {name}": each for name, each in services(DEMO).items()}}
WHOLE = {name: each for name, each in EVERY.items() if "image" in each}
LASTING = {name: each for name, each in services().items() if name not in JOBS}


@pytest.mark.parametrize("name", WHOLE)
def test_a_container_writes_nowhere_and_gains_no_rights(name: str) -> None:
    service = WHOLE[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", WHOLE)
def test_only_the_set_up_is_root_and_it_has_no_network(name: str) -> None:
    service = WHOLE[name]
    root = str(service.get("user", "10001")).startswith("0")
    assert root == (name == "setup")
    assert ("cap_add" in service) == root
    assert (service.get("network_mode") == "none") == root


@pytest.mark.parametrize("name", WHOLE)
def test_a_container_is_limited_in_memory_processors_and_processes(name: str) -> None:
    assert set(WHOLE[name]["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}


@pytest.mark.parametrize("name", WHOLE)
def test_logs_are_json_and_end_somewhere(name: str) -> None:
    logging = WHOLE[name]["logging"]
    assert logging["driver"] == "json-file"
    assert set(logging["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_started_again_and_looked_at_often_only_at_the_start(name: str) -> None:
    service = LASTING[name]
    assert service["restart"] == "unless-stopped"
    health = service["healthcheck"]
    assert (health["interval"], health["start_interval"]) == ("30s", "1s")


def test_nothing_is_published_but_to_this_machine_and_the_database_not_at_all() -> None:
    for service in EVERY.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "ports" not in services()["mongo"]
    assert services()["mongo"]["networks"] == ["backend"]
    assert read(COMPOSE)["networks"]["backend"] == {"internal": True}


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_only_on_servers_that_are_ready_and_prepared(name: str) -> None:
    assert services()[name]["depends_on"] == {
        "prepare": {"condition": "service_completed_successfully"},
        "mongo": {"condition": "service_healthy"},
        "rabbitmq": {"condition": "service_healthy"},
    }


@pytest.mark.parametrize("name", OURS)
def test_a_service_gets_its_own_users_and_what_it_needs_besides(name: str) -> None:
    besides = set() if name == "metrics" else {"master_key"}
    assert secrets_of(services()[name]) == {f"mongodb_{name}", f"amqp_{name}"} | besides


def test_root_of_the_database_and_all_passwords_are_for_the_preparing_job_alone() -> None:
    for name, service in EVERY.items():
        root = {"users", "mongodb_root"} & secrets_of(service)
        assert bool(root) == (name == "prepare"), name
        assert ("mongo_root_password" in secrets_of(service)) == (name == "mongo")


def test_only_who_plays_or_watches_the_story_signs_tokens() -> None:
    signing = {name for name, each in EVERY.items() if "signing_key" in secrets_of(each)}
    assert signing == {
        f"demo {name}"
        for name in ("reporters", "villages", "towns", "leaders", "sections", "audience")
    }


@pytest.mark.parametrize("name", WHOLE)
def test_no_image_is_latest_or_named_by_digest(name: str) -> None:
    image = WHOLE[name]["image"]
    assert "@sha256:" not in image
    assert not image.rstrip("}").endswith(":latest")


def test_services_listen_and_are_scraped_on_the_ports_everybody_knows() -> None:
    scraped = {
        each["job_name"]: each["dns_sd_configs"][0]["port"]
        for each in read(DEPLOY / "prometheus" / "prometheus.yml")["scrape_configs"]
    }
    listening = {
        name: int(services()[name]["environment"]["HTTP_ADDRESS"].rpartition(":")[2])
        for name in OURS
    }
    assert listening == scraped == HTTP_PORTS


def test_the_broker_reads_its_definitions_where_they_are_put() -> None:
    target = services()["rabbitmq"]["secrets"][0]["target"]
    config = (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text(encoding="utf-8")
    assert f"load_definitions = /run/secrets/{target}\n" in config


def test_the_demo_changes_nothing_of_a_service_but_its_clock() -> None:
    scaled: dict[str, Any] = {"environment": {"CLOCK": "scaled", "CLOCK_RATE": "1800"}}
    assert {name: services(DEMO)[name] for name in (*OURS, "cli")} == dict.fromkeys(
        (*OURS, "cli"), scaled
    )
