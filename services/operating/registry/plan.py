"""What adopting the registry's files would change, and adopting them as dispatch does."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.common.chart.entries import Entry
from services.common.contracts.commit import Actor
from services.common.contracts.events.dispatch import RegistryAdopted
from services.common.contracts.streams import registry_stream
from services.common.contracts.vocabulary import RegistryKind
from services.common.eventlog.mongo import answering, rebuildable
from services.common.eventlog.mongo_log import MongoLog
from services.common.running.business_time import clock_of
from services.common.words import Words
from services.dispatch.handlers import adopt
from services.dispatch.projections import WORK_ORDER_LIST
from services.operating.reach import Reach
from services.operating.registry.changes import NOUNS, Names, changes, ended
from services.operating.registry.tables import Tables


@dataclass(frozen=True, slots=True)
class RegistryPlan:
    """`changes`: a sentence each, none if everything is adopted already. `warnings`: look first."""

    changes: tuple[Words, ...]
    warnings: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class _Adopted:
    """The table in force: its content's hash, and its entries."""

    sha256: str
    entries: tuple[Entry, ...]


def plan_of(reach: Reach, tables: Tables) -> RegistryPlan:
    """Compare `tables` with those adopted last; nothing is changed.

    Raises:
        StoreAway: The database doesn't answer.
    """
    adopted = {kind: found for kind in tables if (found := _adopted(reach, kind)) is not None}
    before = {kind: found.entries for kind, found in adopted.items()}
    names = Names.in_tables(before, {kind: table.entries for kind, table in tables.items()})
    told: list[Words] = []
    for kind, table in tables.items():
        found = adopted.get(kind)
        if found is None:
            told.append(_first(kind, len(table.entries)))
        elif found.sha256 != table.sha256:
            told.extend(changes(kind, found.entries, table.entries, names))
    gone = ended(before.get("units", ()), tables["units"].entries) if "units" in before else []
    return RegistryPlan(tuple(told), tuple(_holding(reach, gone, names)))


def adopt_as_operator(reach: Reach, tables: Tables) -> tuple[RegistryKind, ...]:
    """Put what is new in force, in dispatch's log; return the kinds. Repeating adds nothing.

    Services that run hear of it within seconds: who leads dispatch looks for what nobody rang for.

    Raises:
        StoreAway: The database doesn't answer; adopt again.
    """
    log = MongoLog("dispatch", reach.stores.log("dispatch"))
    now = clock_of(reach.settings, reach.stores).now()
    return adopt(log, tables.values(), Actor("admin", person=reach.environment.person), now)


def _adopted(reach: Reach, kind: RegistryKind) -> _Adopted | None:
    last = None
    for commit in reach.stores.readers()["dispatch"].read(registry_stream(kind)):
        for fact in commit.facts:
            if isinstance(fact.event, RegistryAdopted):
                last = _Adopted(fact.event.sha256, tuple(fact.event.entries))
    return last


def _first(kind: RegistryKind, count: int) -> Words:
    noun = NOUNS[kind]
    return Words(
        f"{noun.en}: first adoption, {count:,} entries", f"{noun.zh}：首次采用，共 {count:,} 条"
    )


def _holding(reach: Reach, codes: list[str], names: Names) -> Iterator[Words]:
    """Yield a warning for each unit that ends while it holds open orders."""
    orders = rebuildable(reach.stores.view("dispatch"), WORK_ORDER_LIST.name)
    for code in codes:
        with answering():
            count = orders.count_documents({"body.holder": code, "body.open": True})
        if count:
            called = names(code)
            yield Words(
                f"{called.en} ends while it holds {count} open orders: its superiors on the new "
                "chart can't take them over. Let them be transferred first.",
                f"{called.zh} 终止时仍承办 {count} 件未结工单：新组织图中没有可以接手的上级，"
                "请先转办。",
            )
