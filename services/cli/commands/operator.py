"""The operator's commands on an installation: logs, read models, dead letters, clocks, rights."""

import typer

from services.cli.commands import event_log


def register(app: typer.Typer) -> None:
    """Put the operator's commands into the table of commands."""
    app.add_typer(event_log.app, name="log")
