"""The rights on a mongod that asks for passwords: each user does its work and no more."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from services.common import registry_files
from services.common.contracts.commit import Actor
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.dispatch.handlers import adopt
from services.local.servers.database import Database
from services.operating.store_rights import USERS
from services.operating.store_users import apply_users, form_replica_set
from services.terminal.environment import SHIPPED_REGISTRY
from tests.integration.deploy.guarding import answers, connected

PASSWORDS = {user: f"password-of-{user}" for user in USERS}
UNAUTHORIZED = 13


@pytest.fixture(autouse=True, scope="module")
def users(guarded: Database) -> None:
    """Every user in place."""
    with connected(guarded, "root", "root") as root:
        form_replica_set(root, f"127.0.0.1:{guarded.port}")
        apply_users(root, PASSWORDS)


def refused(action: Any) -> bool:
    try:
        action()
    except OperationFailure as fault:
        return fault.code == UNAUTHORIZED
    return False


def test_a_service_makes_its_log_and_nobody_else_writes_it(guarded: Database) -> None:
    with connected(guarded, "intake", PASSWORDS["intake"]) as intake:
        create_indexes(intake["log_intake"])
        intake["log_intake"]["commits"].insert_one({"stream": "request-1", "version": 1})
    with connected(guarded, "dispatch", PASSWORDS["dispatch"]) as dispatch:
        commits = dispatch["log_intake"]["commits"]
        assert commits.count_documents({"stream": "request-1"}) == 1
        assert refused(lambda: commits.insert_one({"stream": "request-2", "version": 1}))
        assert refused(lambda: commits.update_one({}, {"$set": {"body": ""}}))


@pytest.mark.parametrize("user", USERS)
def test_nobody_removes_from_a_log(guarded: Database, user: str) -> None:
    with connected(guarded, user, PASSWORDS[user]) as client:
        for log in ("intake", "dispatch", "escalation"):
            commits = client[f"log_{log}"]["commits"]
            assert refused(lambda commits=commits: commits.delete_many({}))
            assert refused(commits.drop)


@pytest.mark.parametrize("user", [user for user in USERS if user != "intake"])
def test_nobody_but_intake_reads_a_reporters_key(guarded: Database, user: str) -> None:
    with connected(guarded, user, PASSWORDS[user]) as client:
        assert refused(client["keys"]["reporter"].find_one)


def test_a_right_that_is_no_longer_given_is_gone_after_the_next_preparation(
    guarded: Database,
) -> None:
    with connected(guarded, "root", "root") as root:
        root.admin.command(
            "grantPrivilegesToRole",
            "shaobao-metrics",
            privileges=[{"resource": {"db": "keys", "collection": "request"}, "actions": ["find"]}],
        )
        with connected(guarded, "metrics", PASSWORDS["metrics"]) as metrics:
            assert metrics["keys"]["request"].find_one() is None
        assert apply_users(root, PASSWORDS) == ()
        with connected(guarded, "metrics", PASSWORDS["metrics"]) as metrics:
            assert refused(metrics["keys"]["request"].find_one)


def test_a_replica_set_is_made_once(guarded: Database) -> None:
    with connected(guarded, "root", "root") as root:
        assert not form_replica_set(root, f"127.0.0.1:{guarded.port}")


def test_a_password_that_changed_is_set_again(guarded: Database) -> None:
    with connected(guarded, "root", "root") as root:
        apply_users(root, {**PASSWORDS, "metrics": "another"})
        with connected(guarded, "metrics", "another") as metrics:
            assert answers(metrics)
            assert metrics["log_intake"]["commits"].find_one({"stream": "none"}) is None
        apply_users(root, PASSWORDS)


def test_the_command_line_adopts_the_registry_with_the_rights_it_has(guarded: Database) -> None:
    """What replaying needs is enough: it may insert into a log, and make no index."""
    tables = registry_files.load(SHIPPED_REGISTRY).values()
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    with connected(guarded, "dispatch", PASSWORDS["dispatch"]) as dispatch:
        create_indexes(dispatch["log_dispatch"])
    with connected(guarded, "cli", PASSWORDS["cli"]) as operator:
        log = MongoLog("dispatch", operator["log_dispatch"])
        adopted = adopt(log, tables, Actor("admin", person="li"), moment)
        assert len(adopted) == len(tables)
        assert adopt(log, tables, Actor("admin", person="li"), moment) == ()
