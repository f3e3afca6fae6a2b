"""`dead list | show | replay | drop`: dead letters and parked streams in one table."""

from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from services.cli.spoken import Spoken, no_such
from services.operating.broker.dead import DeadLetters
from services.operating.reach import Reach, reaching
from services.operating.trouble import (
    Buried,
    HeldStream,
    Trouble,
    advice,
    commit_text,
    dead_letters,
    follow_again,
    follow_now,
    named,
    parked_streams,
)
from services.operating.wirings import processors_of_service
from services.terminal.console import confirm, console, said
from services.terminal.environment import Environment
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared
from services.terminal.wording import beijing

app = Spoken(
    help=both(
        en="What nobody could handle: look, replay, drop.",
        zh="无法处理的内容：查看、重放、删除。",
    )
)
FROM_THE_LIST: Final = both(en="As 'dead list' names it.", zh="dead list 中显示的编号。")
LONGEST_REASON: Final = 100
Which = Annotated[str, typer.Argument(metavar="ID", help=FROM_THE_LIST)]


@app.command("list")
def list_all() -> None:
    """List dead letters and parked streams; exit 0 also when there are some.

    列出死信和停放的事件流；有内容时退出码也为 0。
    """
    with reaching() as reach:
        found: list[Trouble] = [*parked_streams(reach), *dead_letters(reach)]
        if not found:
            console.print(said(reach.environment, en="Nothing is dead.", zh="没有死信。"))
            return
        console.print(_table(reach.environment, found))


@app.command()
def show(which: Which) -> None:
    """Show one: why, the message or the commit, and what to do.

    查看一项：原因、消息或提交，以及处理办法。
    """
    with reaching() as reach:
        for found in _found(reach, which):
            for line in _told(reach, found):
                console.print(line, soft_wrap=True)


@app.command()
def replay(
    which: Annotated[str, typer.Argument(metavar="ID|STREAM", help=FROM_THE_LIST)],
    here: Annotated[
        bool,
        typer.Option(
            "--here",
            help=both(
                en="Don't leave it to the running service: do its work now.",
                zh="不交给运行中的服务，立即在此处理。",
            ),
        ),
    ] = False,
) -> None:
    """Put a dead letter into its queue again, or let a parked stream be followed again.

    把死信重新投递到原队列，或恢复跟进停放的事件流。
    """
    with reaching() as reach:
        found = named(reach, which)
        if not found:
            raise _nothing(reach, which)
        for each in found:
            _replay(reach, each, here=here)


@app.command()
def drop(
    which: Which,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help=both(en="Don't ask.", zh="不再询问。"))
    ] = False,
) -> None:
    """Remove a dead letter for good. A parked stream can't be dropped: the log is the truth.

    永久删除一封死信。停放的事件流不可删除：日志即事实。
    """
    with reaching() as reach:
        for found in _found(reach, which):
            if isinstance(found, HeldStream):
                raise Unprepared(
                    en=f"{found.stream} is a stream, and the log is the truth: it can be "
                    "replayed, not dropped.",
                    zh=f"{found.stream} 是事件流，日志不可删除：只能重放。",
                )
            question = said(
                reach.environment,
                en=f"Remove dead letter {found.id} of {found.service} for good?",
                zh=f"永久删除 {found.service} 的死信 {found.id}？",
            )
            if not yes:
                confirm(question)
            DeadLetters(reach.amqp_uri, found.service).drop(found.id)
            console.print(said(reach.environment, en="Removed.", zh="已删除。"))


def _found(reach: Reach, which: str) -> list[Trouble]:
    found = named(reach, which)
    if not found:
        raise _nothing(reach, which)
    return found


def _nothing(reach: Reach, which: str) -> Unprepared:
    there: list[Trouble] = [*parked_streams(reach), *dead_letters(reach)]
    known = [each.id for each in there]
    return no_such("dead letter or parked stream", "死信和停放的事件流", which, known)


def _table(environment: Environment, found: list[Trouble]) -> Table:
    table = Table(
        said(environment, en="id", zh="编号"),
        said(environment, en="what", zh="类别"),
        said(environment, en="at", zh="位置"),
        said(environment, en="of", zh="内容"),
        said(environment, en="why", zh="原因"),
    )
    for each in found:
        table.add_row(each.id, *_row(environment, each))
    return table


def _row(environment: Environment, found: Trouble) -> tuple[str | Text, ...]:
    if isinstance(found, Buried):
        letter = found.letter
        what = said(environment, en="dead letter", zh="死信")
        return what, Text(letter.queue), Text(letter.routing_key), Text(letter.reason)
    what = said(environment, en="parked", zh="停放")
    of = f"{found.stream}@{found.held.version}"
    return what, Text(found.consumer), Text(of), Text(found.held.reason[:LONGEST_REASON])


def _told(reach: Reach, found: Trouble) -> list[str | Text]:
    en, zh = advice(found)
    chinese = reach.environment.chinese
    lines = _letter(found, chinese) if isinstance(found, Buried) else _parked(reach, found)
    return [*map(Text, lines), Text(said(reach.environment, en=en, zh=zh), style="bold")]


def _letter(found: Buried, chinese: bool) -> list[str]:
    letter = found.letter
    if chinese:
        return [
            f"{found.id}  {found.service} 的死信",
            f"队列：{letter.queue}",
            f"路由键：{letter.routing_key}",
            f"消息编号：{letter.message_id}",
            f"原因：{letter.reason}",
            f"正文（{letter.content_type}，{len(letter.body)} 字节）：",
            letter.body.decode("utf-8", errors="backslashreplace"),
        ]
    return [
        f"{found.id}  dead letter of {found.service}",
        f"queue: {letter.queue}",
        f"routing key: {letter.routing_key}",
        f"message id: {letter.message_id}",
        f"reason: {letter.reason}",
        f"body ({letter.content_type}, {len(letter.body)} bytes):",
        letter.body.decode("utf-8", errors="backslashreplace"),
    ]


def _parked(reach: Reach, found: HeldStream) -> list[str]:
    held = found.held
    body = commit_text(reach, found)
    again = beijing(held.retry_at) if held.retry_at is not None else "-"
    if reach.environment.chinese:
        return [
            f"{found.id}  {found.consumer} 停放了 {found.stream}",
            f"提交：{found.stream}@{held.version}",
            f"自 {beijing(held.since)}（北京时间）起",
            f"原因：{held.reason}",
            f"等待：{held.hangs_on or '-'}",
            f"自动重试（北京时间）：{again}",
            f"内容：{body or '日志中没有'}",
        ]
    return [
        f"{found.id}  {found.stream} is parked for {found.consumer}",
        f"commit: {found.stream}@{held.version}",
        f"since: {beijing(held.since)} (UTC+8)",
        f"reason: {held.reason}",
        f"waits for: {held.hangs_on or '-'}",
        f"tried again by itself (UTC+8): {again}",
        f"body: {body or 'not in the log'}",
    ]


def _replay(reach: Reach, found: Trouble, *, here: bool) -> None:
    if isinstance(found, Buried):
        DeadLetters(reach.amqp_uri, found.service).replay(found.id)
        console.print(
            said(
                reach.environment,
                en=f"{found.id} is in {found.letter.queue} again.",
                zh=f"{found.id} 已重新投递到 {found.letter.queue}。",
            )
        )
    elif here:
        _replay_here(reach, found)
    else:
        _replay_there(reach, found)


def _replay_there(reach: Reach, found: HeldStream) -> None:
    streams = ", ".join(follow_again(reach, found))
    if not streams:
        _followed(reach, found)
        return
    console.print(
        said(
            reach.environment,
            en=f"{found.consumer} follows again: {streams}. The running service catches up "
            "within seconds; 'dead list' shows it if it fails again.",
            zh=f"{found.consumer} 恢复跟进：{streams}。运行中的服务将在数秒内补上；"
            "若再次失败，dead list 会显示。",
        ),
        soft_wrap=True,
    )


def _replay_here(reach: Reach, found: HeldStream) -> None:
    try:
        processor = processors_of_service(reach, found.service)[found.consumer]
    except KeyError as error:
        raise Unprepared(
            en=f"Only another release of {found.service} has {found.consumer}: replay it there.",
            zh=f"只有其他版本的 {found.service} 才有 {found.consumer}：请用该版本执行。",
        ) from error
    held = follow_now(processor, found.stream)
    if held is not None:
        raise Unprepared(
            en=f"{found.stream} is held again, at version {held.version}: {held.reason}",
            zh=f"{found.stream} 仍无法处理，停在版本 {held.version}：{held.reason}",
        )
    _followed(reach, found)


def _followed(reach: Reach, found: HeldStream) -> None:
    console.print(
        said(
            reach.environment,
            en=f"{found.consumer} has followed {found.stream} as far as it follows the others.",
            zh=f"{found.consumer} 已跟进 {found.stream}，与其他事件流同步。",
        )
    )
