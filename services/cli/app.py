"""The table of commands. `./shaobao` and the image's `cli` both end here."""

import sys

import typer

from services.cli import environment as environments
from services.cli.commands import demo, installing, looking, operator, running, testing, token
from services.cli.terminal import complaints, said
from services.cli.unprepared import Unprepared

app = typer.Typer(
    name="shaobao",
    help="哨报 Shaobao: 吹哨报到 work orders, from a complaint to a KPI.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command()(demo.demo)
app.command()(running.up)
app.command()(running.down)
app.command()(looking.status)
app.command()(looking.logs)
app.command()(running.reset)
app.command()(token.token)
operator.register(app)
app.command()(installing.setup)
app.command()(installing.prepare)
app.command("test", context_settings=testing.PASS_ON)(testing.run_tests)


def main() -> None:
    """Run the command named on the command line; say in one sentence what is missing."""
    try:
        app(prog_name="shaobao")
    except Unprepared as lack:
        complaints.print(said(environments.read(), en=lack.en, zh=lack.zh), soft_wrap=True)
        sys.exit(1)
