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
    ParkedStream,
    Trouble,
    advice,
    commit_text,
    dead_letters,
    follow_again,
    follow_at_once,
    named,
    parked_streams,
)
from services.operating.wirings import bell_of_service
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
        if not found and not _asked_again(reach, which):
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
            if isinstance(found, ParkedStream):
                raise Unprepared(
                    en=f"{found.parked.stream} is a stream, and the log is the truth: it can be "
                    "replayed, not dropped.",
                    zh=f"{found.parked.stream} 是事件流，日志不可删除：只能重放。",
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
    parked = found.parked
    what = said(environment, en="parked", zh="停放")
    of = f"{parked.stream}@{parked.version}"
    return what, Text(found.consumer), Text(of), Text(parked.reason[:LONGEST_REASON])


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


def _parked(reach: Reach, found: ParkedStream) -> list[str]:
    parked = found.parked
    body = commit_text(reach, found)
    if reach.environment.chinese:
        return [
            f"{found.id}  {found.consumer} 停放了 {parked.stream}",
            f"提交：{parked.stream}@{parked.version}",
            f"自 {beijing(parked.at)}（北京时间）起，其间门铃响了 {parked.rung} 次",
            f"原因：{parked.reason}",
            f"等待：{parked.hangs_on or '-'}",
            f"内容：{body or '日志中没有'}",
        ]
    return [
        f"{found.id}  {parked.stream} is parked for {found.consumer}",
        f"commit: {parked.stream}@{parked.version}",
        f"since: {beijing(parked.at)} (UTC+8), {parked.rung} doorbells meanwhile",
        f"reason: {parked.reason}",
        f"waits for: {parked.hangs_on or '-'}",
        f"body: {body or 'not in the log'}",
    ]


def _asked_again(reach: Reach, stream: str) -> bool:
    """Let a stream that is not parked be looked at again; say whether anybody follows it."""
    asked = follow_at_once(reach, stream)
    for consumer in asked:
        console.print(
            said(
                reach.environment,
                en=f"{stream} is not parked; {consumer} looks at it again.",
                zh=f"{stream} 未停放；{consumer} 将重新检查。",
            )
        )
    return bool(asked)


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
        streams = ", ".join(follow_again(reach, found))
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


def _replay_here(reach: Reach, found: ParkedStream) -> None:
    follower = bell_of_service(reach, found.service).named(found.consumer)
    stream = found.parked.stream
    follower.replay(stream)
    row = follower.checkpoints.of([stream])[stream]
    if row.parked is not None:
        raise Unprepared(
            en=f"{stream} is parked again: {row.parked.reason}",
            zh=f"{stream} 再次停放：{row.parked.reason}",
        )
    console.print(
        said(
            reach.environment,
            en=f"{found.consumer} has followed {stream} up to version {row.version}.",
            zh=f"{found.consumer} 已跟进 {stream} 至版本 {row.version}。",
        )
    )
