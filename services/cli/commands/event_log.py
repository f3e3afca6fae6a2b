"""`log show`, `log tail`, `log verify`: the logs as they are. Texts stay refs; vaults stay shut."""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from rich.text import Text

from services.cli.spoken import Spoken, no_such
from services.common.contracts.codec import canonical
from services.common.contracts.commit import Commit
from services.common.contracts.event_types import name_of
from services.common.contracts.streams import LOG_OF_CATEGORY, LOGS, category_of, event_id, log_of
from services.common.errors import Corrupt
from services.common.eventlog.ports import LogReader, Unreadable
from services.common.eventlog.verify import Finding, verify
from services.common.observability.visible import visible
from services.operating.commits import (
    actor_text,
    as_json,
    event_line,
    fields_of,
    follow,
    last_positions,
    new_commits,
    short,
)
from services.operating.matters import CATEGORIES, latest_streams, matter_of
from services.operating.naming import Naming, naming_of
from services.operating.reach import Reach, reaching
from services.terminal.console import console, said
from services.terminal.environment import Environment
from services.terminal.languages import both
from services.terminal.progress import bar
from services.terminal.unprepared import Unprepared
from services.terminal.wording import beijing

app = Spoken(
    help=both(
        en="The event logs: show a stream, tail, verify.",
        zh="事件日志：查看事件流、跟踪新提交、校验。",
    )
)
COLOURS: Final = {"intake": "cyan", "dispatch": "green", "escalation": "magenta"}
FOLLOW_EVERY_SECONDS: Final = 0.2
_BARE_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

LogName = Annotated[
    str | None,
    typer.Option(
        "--log",
        metavar="NAME",
        help=both(en=f"Only this log: {', '.join(LOGS)}.", zh=f"只看这个日志：{'、'.join(LOGS)}。"),
    ),
]


Stream = Annotated[
    str,
    typer.Argument(
        metavar="STREAM",
        help=both(
            en="For example workOrder-<id> or clock-<id>.",
            zh="事件流名称，如 workOrder-<id> 或 clock-<id>。",
        ),
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help=both(en="One stored commit a line, as JSON.", zh="每行一条提交，JSON 格式。")
    ),
]
GoOn = Annotated[
    bool,
    typer.Option("--follow", "-f", help=both(en="Go on as commits come.", zh="持续显示新提交。")),
]
Since = Annotated[
    int | None,
    typer.Option(
        metavar="POSITION",
        min=0,
        help=both(
            en="After this position instead of the last lines.",
            zh="从该位置之后开始，而不是只看末尾。",
        ),
    ),
]
Lines = Annotated[
    int,
    typer.Option(
        "--lines",
        "-n",
        metavar="COUNT",
        min=0,
        help=both(en="How many of each log's last commits.", zh="每个日志末尾显示多少条提交。"),
    ),
]


@app.command()
def show(stream: Stream, as_lines: AsJson = False) -> None:
    """Show every commit of a stream: version, position, when, who, why, and the events.

    显示一个事件流的每条提交：版本、位置、时间、操作人、起因和事件。
    """
    if category_of(stream) not in LOG_OF_CATEGORY and not _BARE_ID.fullmatch(stream):
        raise no_such("stream", "事件流", stream, [f"{each}-<id>" for each in LOG_OF_CATEGORY])
    with reaching() as reach:
        logs = reach.stores.readers()
        meant = matter_of(logs, stream) if _BARE_ID.fullmatch(stream) else None
        stream = meant.stream if meant is not None else stream
        category = category_of(stream)
        if category not in LOG_OF_CATEGORY:
            raise no_such("stream", "事件流", stream, latest_streams(logs, CATEGORIES), latest=True)
        reader = logs[log_of(stream)]
        if not _shown(reader, stream, None if as_lines else naming_of(reach)):
            newest = latest_streams({reader.name: reader}, {category})
            raise no_such("stream", "事件流", stream, newest, latest=True)


def _shown(reader: LogReader, stream: str, naming: Naming | None) -> int:
    """Print the commits of a stream, as JSON where nothing is to be named; return how many."""
    found = 0
    try:
        for commit in reader.read(stream):
            found += 1
            _print_json(commit) if naming is None else _print_commit(commit, naming)
    except Corrupt as error:
        raise Unprepared(
            en=f"Commit {found + 1} of {stream} can't be read by this release: {error}.",
            zh=f"本版本无法读取 {stream} 的第 {found + 1} 条提交：{error}。",
        ) from error
    return found


@app.command()
def tail(log: LogName = None, go_on: GoOn = False, since: Since = None, lines: Lines = 20) -> None:
    """Show commits in the order of their positions, one line an event; --follow goes on.

    按位置顺序显示提交，每个事件一行；加 --follow 持续显示。
    """
    _require_log(log)
    with reaching() as reach:
        readers = _chosen(reach, log)
        after = last_positions(readers, lines) if since is None else dict.fromkeys(readers, since)
        try:
            found = follow(readers, after, _pause) if go_on else new_commits(readers, after)
            _print_lines(found, naming_of(reach))
        except KeyboardInterrupt:
            return


@app.command("verify")
def verify_logs(log: LogName = None) -> None:
    """Check that every stored byte is what was written and that nothing is gone; 1 if not.

    校验存储内容与写入时完全一致、没有缺失；否则退出码为 1。
    """
    _require_log(log)
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


def _require_log(log: str | None) -> None:
    if log is not None and log not in LOGS:
        raise no_such("log", "日志", log, LOGS)


def _chosen(reach: Reach, log: str | None) -> Mapping[str, LogReader]:
    readers = reach.stores.readers()
    return dict(readers) if log is None else {log: readers[log]}


def _pause() -> bool:
    time.sleep(FOLLOW_EVERY_SECONDS)
    return False


def _print_lines(found: Iterable[Commit | Unreadable], naming: Naming) -> None:
    for each in found:
        for line in tail_lines(each, naming):
            console.print(line, soft_wrap=True)


def tail_lines(each: Commit | Unreadable, naming: Naming) -> Iterator[Text]:
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
            (event_line(each, index, naming), COLOURS[log]),
        )


def _print_json(commit: Commit) -> None:
    sys.stdout.write(visible(canonical(as_json(commit))) + "\n")


def _print_commit(commit: Commit, naming: Naming) -> None:
    for line in show_lines(commit, naming):
        console.print(line, soft_wrap=True)


def show_lines(commit: Commit, naming: Naming) -> Iterator[Text]:
    """Yield what `log show` prints of a commit."""
    log = log_of(commit.stream)
    at = commit.position
    place = naming.said(en=f"position {at}", zh=f"位置 {at}")
    if at is None:
        place = naming.said(en="no position yet", zh="尚无位置")
    yield Text.assemble(
        (f"{commit.stream}@{commit.version}", f"bold {COLOURS[log]}"),
        f"  {place}  {beijing(commit.draft.recorded_at)}  {actor_text(commit.draft.actor, naming)}",
    )
    cause = commit.cause
    if cause is not None:
        because = naming.said(en="because of", zh="起因")
        yield Text(f"    {because} {cause.stream}@{cause.version}", style="dim")
    for happened in commit.draft.events:
        yield Text(f"  {name_of(happened.event)}", style=COLOURS[log])
        for name, value in fields_of(happened).items():
            yield Text(f"    {name}: {short(naming.named(value))}")
