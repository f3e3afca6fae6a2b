"""The table of commands. `./shaobao` and the image's `cli` both end here."""

import sys
from typing import NoReturn

import typer
from rich.text import Text
from typer.exceptions import TyperException

from services.cli.commands import demo, installing, looking, operator, running, testing, token
from services.cli.spoken import Spoken
from services.cli.wrong_usage import usage_words
from services.terminal import environment as environments
from services.terminal.console import complaints, said
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared, WrongWord

app = Spoken(
    name="shaobao",
    help=both(
        en="Shaobao: work orders for towns that whistle and departments that report in, from a "
        "complaint to a figure.",
        zh="哨报：接诉即办、吹哨报到的工单系统，从一件诉求到一项指标。",
    ),
)

app.command()(demo.demo)
app.command()(running.up)
app.command()(running.down)
app.command()(running.restart)
app.command()(looking.status)
app.command()(looking.logs)
app.command()(running.reset)
app.command()(token.token)
operator.register(app)
app.command()(installing.setup)
app.command()(installing.prepare)
app.command("test", context_settings=testing.PASS_ON, options_metavar="[WORD]...")(
    testing.run_tests
)


def main() -> None:
    """Run the command named on the command line; say in one sentence what is missing.

    Ends with the command's code; 2 after a wrong word, 1 where something is missing.
    """
    try:
        code = app(prog_name="shaobao", standalone_mode=False)
    except Unprepared as lack:
        _complain(lack)
    except typer.Abort:
        _complain(Unprepared(en="Nothing was done.", zh="已取消，未作改动。"))
    except TyperException as error:
        en, zh = usage_words(error)
        if en:  # without a word the help page was the answer
            _complain(WrongWord(en=en, zh=zh))
        sys.exit(WrongWord.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(lack: Unprepared) -> NoReturn:
    sentence = Text(said(environments.read(), en=lack.en, zh=lack.zh))
    complaints.print(sentence, soft_wrap=True)
    sys.exit(lack.exit_code)
