"""`rebuild`: read models anew from the logs, while everything goes on."""

import os
import time
from typing import Annotated

import typer

from services.cli.spoken import no_such
from services.common.contracts.streams import SERVICES
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Projector
from services.operating.reach import Reach, reaching
from services.operating.rebuilding.crew import Crew, CrewReport, Fallen, SliceErrand
from services.operating.rebuilding.kept import KeptDocuments
from services.operating.rebuilding.saving import Begun, Rebuilds
from services.operating.rebuilding.slicing import SAVED_EVERY_SECONDS
from services.operating.rebuilding.tallying import Tally
from services.operating.trouble import follow_again, held_streams
from services.operating.wirings import projectors_of
from services.terminal.console import complaints, console, said
from services.terminal.languages import both
from services.terminal.progress import bar

What = Annotated[
    str,
    typer.Argument(
        metavar="SERVICE[.READ_MODEL]",
        help=both(
            en="For example metrics, or dispatch.open_work_orders.",
            zh="例如 metrics 或 dispatch.open_work_orders。",
        ),
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=both(
            en="How many work at once; as many as there are cores if not said.",
            zh="同时工作的进程数；不指定时与处理器核数相同。",
        ),
    ),
]
SaveEvery = Annotated[
    float,
    typer.Option(
        min=0,
        metavar="SECONDS",
        help=both(
            en="How often each process saves how far it is: so much may have to be done again.",
            zh="各进程每隔多少秒保存一次进度；中断后最多重做这么多。",
        ),
    ),
]
Anew = Annotated[
    bool,
    typer.Option(
        "--anew",
        help=both(
            en="Begin anew, also where an interrupted rebuild could go on.",
            zh="从头开始，不接续被中断的重建。",
        ),
    ),
]


def rebuild(
    what: What,
    processes: Processes = None,
    save_every: SaveEvery = SAVED_EVERY_SECONDS,
    anew: Anew = False,
) -> None:
    """Rebuild read models from the logs; the service may run, and its lists stay full.

    One that was interrupted goes on where it was saved if the same words are given again within a
    day and by the same release.

    由日志重建读模型；服务可继续运行，其列表不会变空。

    若被中断，一天之内用同一版本再次执行同一命令，即从已保存的进度继续。
    """
    service = what.partition(".")[0]
    if service not in SERVICES:
        raise no_such("service", "服务", service, SERVICES)
    with reaching() as reach:
        report = _rebuilt(reach, what, processes or os.cpu_count() or 1, save_every, anew)
    if report.tally.unreadable or report.fallen:
        raise typer.Exit(1)


def _rebuilt(reach: Reach, what: str, at_once: int, save_every: float, anew: bool) -> CrewReport:
    """Rebuild, go on where an earlier one was saved, and say what was done."""
    began = time.monotonic()
    service, models = what.partition(".")[0], _wanted(reach, what)
    names = tuple(each.model.name for each in models)
    rebuilds = Rebuilds(reach.stores.view(service), names)
    begun = rebuilds.begin(what, at_once, anew=anew)
    _say_where_it_begins(reach, begun)
    errands = [
        SliceErrand(service, names, begun.token, number, begun.slices, save_every)
        for number in range(begun.slices)
        if number not in begun.done
    ]
    try:
        report = _run(reach, what, errands, at_once)
    finally:  # cut short, too, it may have written
        kept = KeptDocuments(reach.stores.view(service))
        for each in models:
            kept.start_again(each.name)
    for unreadable in begun.done.values():
        report.tally.unreadable |= unreadable
    if not report.fallen:
        rebuilds.end(what, begun)
        _go_on_where_held(reach, models, report.tally)
    _report(reach, report, seconds=time.monotonic() - began)
    return report


def _wanted(reach: Reach, what: str) -> list[Projector]:
    service, _, model = what.partition(".")
    models = projectors_of(reach, service, MemoryDocuments())
    found = [each for each in models if not model or each.model.name == model]
    if not found:
        names = [f"{service}.{projector.model.name}" for projector in models]
        raise no_such("read model", "读模型", what, names)
    return found


def _run(reach: Reach, what: str, errands: list[SliceErrand], at_once: int) -> CrewReport:
    with bar(
        said(reach.environment, en=f"Rebuilding {what}", zh=f"正在重建 {what}"),
        said(reach.environment, en="commits", zh="条提交"),
    ) as move:
        return Crew(errands, at_once, move).run()


def _go_on_where_held(reach: Reach, models: list[Projector], tally: Tally) -> None:
    """Let the service follow what it had held and what could be read now.

    What hangs on another stream is taken up with that.
    """
    consumers = {each.name for each in models}
    for found in held_streams(reach):
        waits = found.held.hangs_on is not None or found.stream in tally.unreadable
        if found.consumer in consumers and not waits:
            follow_again(reach, found)


# -- what is said ----------------------------------------------------------------------------------


def _say_where_it_begins(reach: Reach, begun: Begun) -> None:
    if not begun.resumed:
        return
    done, of = len(begun.done), begun.slices
    console.print(
        said(
            reach.environment,
            en=f"An interrupted rebuild goes on where it was saved: {done} of {of} slices were "
            "done. With --anew it begins anew.",
            zh=f"从已保存的进度继续被中断的重建：{of} 个分片中已完成 {done} 个。"
            "加 --anew 则从头开始。",
        ),
        soft_wrap=True,
    )


def _report(reach: Reach, report: CrewReport, *, seconds: float) -> None:
    tally = report.tally
    rate = tally.events / seconds if seconds else 0.0
    console.print(
        said(
            reach.environment,
            en=f"{tally.documents:,} documents from {tally.events:,} events in {seconds:.1f} s "
            f"({rate:,.0f} events/s): {tally.written:,} written, {tally.removed:,} removed, the "
            "others were right already.",
            zh=f"{seconds:.1f} 秒内由 {tally.events:,} 个事件得到 {tally.documents:,} 份文档"
            f"（每秒 {rate:,.0f} 个事件）：改写 {tally.written:,} 份，删除 {tally.removed:,} 份，"
            "其余原本正确。",
        ),
        soft_wrap=True,
    )
    for stream, why in tally.unreadable.items():
        complaints.print(
            said(
                reach.environment,
                en=f"Not read, its documents were left as they are: {stream}: {why}",
                zh=f"无法读取，相关文档保持原样：{stream}：{why}",
            ),
            soft_wrap=True,
        )
    for each in report.fallen:
        complaints.print(_fell(reach, each), soft_wrap=True)


def _fell(reach: Reach, fallen: Fallen) -> str:
    """Return what is said of a process that fell: which, how, and what to do about it."""
    number, pid, code = fallen.number + 1, fallen.pid, fallen.code
    how_en = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    how_zh = f"被信号 {-code} 终止" if code < 0 else f"以代码 {code} 结束"
    if fallen.lack is not None:
        how_en, how_zh = f"ended: {fallen.lack.en}", f"已结束：{fallen.lack.zh}"
    return said(
        reach.environment,
        en=f"Slice {number} is not done: its process {pid} {how_en}. Run the same command "
        "again: it goes on where it was saved.",
        zh=f"第 {number} 个分片未完成：进程 {pid} {how_zh}。"
        "请再次执行同一命令，将从已保存的进度继续。",
    )
