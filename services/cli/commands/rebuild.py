"""`rebuild`: read models anew from the logs, while everything goes on."""

import time
from typing import Annotated

import typer

from services.cli.spoken import no_such
from services.common.contracts.streams import SERVICES
from services.common.following.projecting import Projector
from services.operating.reach import Reach, reaching
from services.operating.rebuilding import KeptDocuments, Rebuild, Shadow, Tally
from services.operating.trouble import follow_again, held_streams
from services.operating.wirings import projectors_of
from services.terminal.console import complaints, console, said
from services.terminal.languages import both
from services.terminal.progress import bar


def rebuild(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SERVICE[.READ_MODEL]",
            help=both(
                en="For example metrics, or dispatch.open_work_orders.",
                zh="例如 metrics 或 dispatch.open_work_orders。",
            ),
        ),
    ],
) -> None:
    """Rebuild read models from the logs; the service may run, and its lists stay full.

    由日志重建读模型；服务可继续运行，其列表不会变空。
    """
    service = what.partition(".")[0]
    if service not in SERVICES:
        raise no_such("service", "服务", service, SERVICES)
    with reaching() as reach:
        shadow = Shadow()
        models = _wanted(reach, what, shadow)
        work = Rebuild(
            models,
            logs=reach.stores.readers(),
            shadow=shadow,
            kept=KeptDocuments(reach.stores.view(service)),
        )
        began = time.monotonic()
        with bar(
            said(reach.environment, en=f"Rebuilding {what}", zh=f"正在重建 {what}"),
            said(reach.environment, en="commits", zh="条提交"),
        ) as move:
            tally = work.run(move)
        _go_on_where_held(reach, models, tally)
        _report(reach, tally, seconds=time.monotonic() - began)
    if tally.unreadable:
        raise typer.Exit(1)


def _wanted(reach: Reach, what: str, shadow: Shadow) -> list[Projector]:
    service, _, model = what.partition(".")
    models = projectors_of(reach, service, shadow)
    found = [each for each in models if not model or each.model.name == model]
    if not found:
        names = [f"{service}.{projector.model.name}" for projector in models]
        raise no_such("read model", "读模型", what, names)
    return found


def _go_on_where_held(reach: Reach, models: list[Projector], tally: Tally) -> None:
    """Let the service follow what it had held and what could be read now.

    What hangs on another stream is taken up with that.
    """
    consumers = {each.name for each in models}
    for found in held_streams(reach):
        waits = found.held.hangs_on is not None or found.stream in tally.unreadable
        if found.consumer in consumers and not waits:
            follow_again(reach, found)


def _report(reach: Reach, tally: Tally, *, seconds: float) -> None:
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
