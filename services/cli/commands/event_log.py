"""`log show`, `log tail`, `log verify`: the logs as they are. Texts stay refs; vaults stay shut."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from rich.text import Text

from services.cli.environment import Environment
from services.cli.operating.commits import (
    Unreadable,
    actor_text,
    as_json,
    event_line,
    fields_of,
    follow,
    last_positions,
    new_commits,
    short,
)
from services.cli.operating.progress import bar
from services.cli.operating.reach import Reach, reaching
from services.cli.operating.wording import beijing
from services.cli.terminal import console, said
from services.cli.unprepared import Unprepared
from services.common.contracts.codec import canonical
from services.common.contracts.commit import Commit
from services.common.contracts.event_types import name_of
from services.common.contracts.streams import LOG_OF_CATEGORY, LOGS, category_of, event_id, log_of
from services.common.errors import Corrupt
from services.common.eventlog.ports import LogReader
from services.common.eventlog.verify import Finding, verify
from services.common.observability.visible import visible

app = typer.Typer(help="The event logs: show a stream, tail, verify.", no_args_is_help=True)
COLOURS: Final = {"intake": "cyan", "dispatch": "green", "escalation": "magenta"}
FOLLOW_EVERY_SECONDS: Final = 0.2

LogName = Annotated[
    str | None, typer.Option("--log", help=f"Only this log: {', '.join(LOGS)}.", metavar="NAME")
]


@app.command()
def show(
    stream: Annotated[str, typer.Argument(help="For example workOrder-<id> or clock-<id>.")],
    as_lines: Annotated[
        bool, typer.Option("--json", help="One stored commit a line, as JSON.")
    ] = False,
) -> None:
    """Show every commit of a stream: version, position, when, who, why, and the events."""
    with reaching() as reach:
        reader = _reader_of(reach, stream)
        found = 0
        try:
            for commit in reader.read(stream):
                found += 1
                _print_json(commit) if as_lines else _print_commit(commit, reader.name)
        except Corrupt as error:
            raise Unprepared(
                en=f"Commit {found + 1} of {stream} can't be read by this release: {error}.",
                zh=f"本版本无法读取 {stream} 的第 {found + 1} 条提交：{error}。",
            ) from error
    if not found:
        raise Unprepared(en=f"There is no stream {stream}.", zh=f"没有名为 {stream} 的事件流。")


@app.command()
def tail(
    log: LogName = None,
    go_on: Annotated[bool, typer.Option("--follow", "-f", help="Go on as commits come.")] = False,
    since: Annotated[
        int | None, typer.Option(help="After this position instead of the last lines.", min=0)
    ] = None,
    lines: Annotated[
        int, typer.Option("--lines", "-n", help="How many of each log's last commits.", min=0)
    ] = 20,
) -> None:
    """Show commits in the order of their positions, one line an event; Ctrl-C ends it."""
    with reaching() as reach:
        readers = _chosen(reach, log)
        after = last_positions(readers, lines) if since is None else dict.fromkeys(readers, since)
        try:
            _print_lines(follow(readers, after, _pause) if go_on else new_commits(readers, after))
        except KeyboardInterrupt:
            return


@app.command("verify")
def verify_logs(log: LogName = None) -> None:
    """Check that every stored byte is what was written and that nothing is gone; 1 if not."""
    with reaching() as reach:
        findings = [
            (name, finding) for name in _chosen(reach, log) for finding in _verified(reach, name)
        ]
        for name, finding in findings:
            console.print(Text(f"{name}: {finding.where}: {finding.what}", style="red"))
        if findings:
            raise typer.Exit(1)
        names = ", ".join(_chosen(reach, log))
        console.print(
            said(
                reach.environment,
                en=f"Whole: every commit is what was written, and none is missing ({names}).",
                zh=f"完整：每条提交都与写入时一致，没有缺失（{names}）。",
            )
        )


def _verified(reach: Reach, name: str) -> list[Finding]:
    with _verifying(reach.environment, name) as progress:
        return list(verify(reach.stores.log(name), progress))


@contextmanager
def _verifying(environment: Environment, name: str) -> Iterator[Callable[[int, int], None]]:
    what = said(environment, en=f"Verifying {name}", zh=f"正在校验 {name}")
    with bar(what, said(environment, en="commits", zh="条提交")) as move:
        yield move


def _reader_of(reach: Reach, stream: str) -> LogReader:
    if category_of(stream) not in LOG_OF_CATEGORY:
        kinds = ", ".join(f"{each}-..." for each in LOG_OF_CATEGORY)
        raise Unprepared(
            en=f"'{stream}' is no stream: streams are named {kinds}.",
            zh=f"“{stream}”不是事件流：事件流的名称为 {kinds}。",
        )
    return reach.stores.readers()[log_of(stream)]


def _chosen(reach: Reach, log: str | None) -> Mapping[str, LogReader]:
    readers = reach.stores.readers()
    if log is None:
        return dict(readers)
    if log not in readers:
        raise Unprepared(
            en=f"There is no log '{log}': the logs are {', '.join(LOGS)}.",
            zh=f"没有名为“{log}”的日志：日志有 {'、'.join(LOGS)}。",
        )
    return {log: readers[log]}


def _pause() -> bool:
    time.sleep(FOLLOW_EVERY_SECONDS)
    return False


def _print_lines(found: Iterable[Commit | Unreadable]) -> None:
    for each in found:
        for line in tail_lines(each):
            console.print(line, soft_wrap=True)


def tail_lines(each: Commit | Unreadable) -> Iterator[Text]:
    """Yield what `log tail` prints of a commit: position, log, time, event id, event."""
    if isinstance(each, Unreadable):
        stamp = each.stamp
        yield Text(f"{stamp.position:>7} {stamp.stream}@{stamp.version} {each.why}", style="red")
        return
    log = log_of(each.stream)
    for index in range(len(each.draft.events)):
        yield Text.assemble(
            (f"{each.position or 0:>7} ", "dim"),
            (f"{log:<10} ", COLOURS[log]),
            f"{beijing(each.draft.recorded_at)} ",
            (f"{event_id(each.stream, each.version, index)} ", "dim"),
            (event_line(each, index), COLOURS[log]),
        )


def _print_json(commit: Commit) -> None:
    sys.stdout.write(visible(canonical(as_json(commit))) + "\n")


def _print_commit(commit: Commit, log: str) -> None:
    for line in show_lines(commit, log):
        console.print(line, soft_wrap=True)


def show_lines(commit: Commit, log: str) -> Iterator[Text]:
    """Yield what `log show` prints of a commit."""
    place = f"position {commit.position}" if commit.position is not None else "no position yet"
    yield Text.assemble(
        (f"{commit.stream}@{commit.version}", f"bold {COLOURS[log]}"),
        f"  {place}  {beijing(commit.draft.recorded_at)}  {actor_text(commit.draft.actor)}",
    )
    cause = commit.cause
    if cause is not None:
        yield Text(f"    because of {cause.stream}@{cause.version}", style="dim")
    for happened in commit.draft.events:
        yield Text(f"  {name_of(happened.event)}", style=COLOURS[log])
        for name, value in fields_of(happened).items():
            yield Text(f"    {name}: {short(value)}")
