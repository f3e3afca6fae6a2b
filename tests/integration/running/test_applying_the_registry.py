"""`plan` and `apply` beside services that run: what changes is told, adopted, and followed."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app as entry
from services.cli.commands.apply import EXIT_TO_DO
from services.common.contracts.commit import Actor
from services.common.contracts.streams import registry_stream
from services.common.eventlog.verify import verify
from services.demo import cast
from services.demo.api import Api, Problem
from services.terminal.console import console
from services.terminal.environment import SHIPPED_REGISTRY
from services.terminal.unprepared import Unprepared
from tests.integration.running.test_start_and_stop import WITHIN_SECONDS, running
from tests.support.installation import Installation
from tests.support.registry_folder import append, replace
from tests.support.waiting import eventually

NEW_VILLAGE = "110112105299"
HELD = "110112105209"


@pytest.fixture
def registry(laid_out: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry's files of an operator at a terminal, who can reach the installation."""
    folder = Path(shutil.copytree(SHIPPED_REGISTRY, tmp_path / "registry"))
    for name, value in {
        "SHAOBAO_HOME": str(tmp_path / "home"),
        "SHAOBAO_OPERATOR": "li",
        "MONGODB_URI": laid_out.database.uri,
        "DATABASE_PREFIX": laid_out.prefix,
        "AMQP_URI": laid_out.broker.uri,
        "AMQP_MANAGEMENT_URI": laid_out.broker.management_uri,
        "REGISTRY_DIR": str(folder),
        "CLOCK": "stepped",
        "LC_ALL": "zh_CN.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(console, "_width", 400)
    return folder


def said(*words: str) -> tuple[int, str]:
    """Return the exit code and what the terminal shows."""
    done = CliRunner().invoke(entry.app, list(words))
    if isinstance(done.exception, Unprepared):
        return 1, done.exception.zh
    assert isinstance(done.exception, SystemExit | None), done.output
    return done.exit_code, done.output


def name_of(api: Api, code: str) -> str | None:
    """Return the name that dispatch knows a unit by; None: it knows no such unit."""
    try:
        return str(api.get("dispatch", f"/v1/units/{code}")["name_zh"])
    except Problem as problem:
        if problem.status == 404:
            return None
        raise


def figures_of(api: Api, code: str) -> int:
    """Return the status with which metrics answers for a unit."""
    try:
        api.get("metrics", f"/v1/kpis/{code}/2026-06", cast.AUDITOR)
    except Problem as problem:
        return problem.status
    return 200


def adoptions(laid_out: Installation, kind: str) -> list[Actor]:
    commits = laid_out.stores.readers()["dispatch"].read(registry_stream(kind))
    return [commit.draft.actor for commit in commits]


def changed(folder: Path) -> None:
    """Change the files: a unit begins, one ends, one is renamed, a policy and a duty move."""
    append(folder, "divisions.csv", f"{NEW_VILLAGE},110112105,新张村委会,village")
    replace(folder, "divisions.csv", f"{HELD},110112105,张湾村委会,village\n", "")
    replace(folder, "departments.yaml", f'  "{HELD}": Zhangwan Village\n', "")
    replace(folder, "divisions.csv", "西定福庄村委会", "定福庄村委会")
    replace(folder, "policies.yaml", "name: dispatch_limit_seconds, value: 600",
            "name: dispatch_limit_seconds, value: 900")  # fmt: skip


def test_services_that_run_follow_an_applied_registry_and_are_not_restarted(
    laid_out: Installation, registry: Path
) -> None:
    assert said("apply")[0] == 0
    assert said("plan") == (0, "登记册：改动 0 项\n消息服务器：改动 0 项\n")
    with running(laid_out, "dispatch", "metrics") as api:
        assert adoptions(laid_out, "units") == [Actor("admin", person="li")]
        orders = laid_out.stores.view("dispatch")["open_work_orders"]
        orders.insert_one({"_id": "x", "revision": 1, "body": {"holder": HELD, "open": True}})
        changed(registry)

        code, output = said("plan")

        assert code == EXIT_TO_DO
        assert f"单位 新张村委会 {NEW_VILLAGE}：新增 张家湾镇 110112105" in output
        assert f"单位 张湾村委会 {HELD}：删除" in output
        assert "更名 西定福庄村委会 -> 定福庄村委会" in output
        assert "政策参数 dispatch_limit_seconds：value 600 -> 900" in output
        assert f"张湾村委会 {HELD} 终止时仍承办 1 件未结工单" in output
        assert name_of(api, NEW_VILLAGE) is None
        assert said("apply")[0] == 0
        eventually(
            lambda: (
                (name_of(api, NEW_VILLAGE), name_of(api, HELD), figures_of(api, NEW_VILLAGE))
                == ("新张村委会", None, 200)
            ),
            awaited="dispatch and metrics to follow",
            within_seconds=WITHIN_SECONDS,
        )
        assert said("plan")[0] == said("apply")[0] == 0
    assert [len(adoptions(laid_out, kind)) for kind in ("units", "policies", "duties")] == [2, 2, 1]
    assert list(verify(laid_out.stores.log("dispatch"), lambda _done, _of: None)) == []


def test_a_registry_with_faults_is_not_adopted_and_every_fault_is_named(
    laid_out: Installation, registry: Path
) -> None:
    line = append(registry, "policies.yaml", "  - {name: x, value: 0.5}")
    append(registry, "duties.yaml", "\t- tab")
    for command in ("plan", "apply"):
        code, output = said(command)
        assert code == 1
        assert f"policies.yaml:{line}: 不允许小数，请加引号或改用整数" in output
        assert "YAML 语法有误：含制表符，请用空格缩进" in output
    assert adoptions(laid_out, "units") == []
