"""What the demo shows at its end, and what it leaves somebody to try."""

import re
from datetime import UTC, datetime
from pathlib import Path

from services.audit.names import FIGURES_ZH
from services.cli.commands.demo import figures_line
from services.common.http.tokens import TokenVerifier, public_keys
from services.local.secret_files import Secrets
from services.metrics.figures import COMPOSITE, FIGURES


def test_every_figure_is_shown_under_a_chinese_name() -> None:
    assert set(FIGURES_ZH) == {*FIGURES, COMPOSITE}
    assert all(re.search(r"[\u4e00-\u9fff]", name) for name in FIGURES_ZH.values())


def test_the_line_opens_the_month_that_beijing_s_business_clock_shows(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    metrics = "http://127.0.0.1:9004"
    line = figures_line(secrets, metrics, datetime(2026, 11, 30, 16, tzinfo=UTC))
    found = re.fullmatch(r"curl -H 'Authorization: Bearer (\S+)' (\S+)", line)
    assert found is not None
    assert found[2] == f"{metrics}/v1/kpis/110112105/2026-12"
    caller = TokenVerifier(public_keys(secrets.public_keys)).caller(found[1])
    assert caller.roles == {"auditor"}
