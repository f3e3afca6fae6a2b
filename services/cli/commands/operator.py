"""The operator's commands on an installation: logs, read models, dead letters, clocks, rights."""

import typer

from services.cli.commands import dead, event_log, explain, kpi, rebuild
from services.cli.commands.apply import apply, plan


def register(app: typer.Typer) -> None:
    """Put the operator's commands into the table of commands."""
    app.add_typer(event_log.app, name="log")
    app.add_typer(dead.app, name="dead")
    app.add_typer(explain.app, name="explain")
    app.add_typer(kpi.app, name="kpi")
    app.command()(rebuild.rebuild)
    app.command()(plan)
    app.command()(apply)
