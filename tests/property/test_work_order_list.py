"""The list of work orders is the fold of their streams, however the commits come."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.contracts.codec import plain, structured
from services.common.contracts.commit import Commit
from services.common.errors import Refused
from services.common.eventlog.deciding import carry_out
from services.common.eventlog.loading import load
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Projector
from services.dispatch.domain.work_order import WorkOrder
from services.dispatch.domain.work_order_rules import WORK_ORDERS
from services.dispatch.projections import WORK_ORDER_LIST
from tests.support import examples_dispatch as ex
from tests.support.following import tell

COMMANDS = st.lists(
    st.sampled_from(
        [ex.ACKNOWLEDGE, ex.CONTACT, ex.NOTE, ex.RAISE, ex.advise_back, ex.hand_over, ex.PROPOSE,
         ex.ACCEPT, ex.DECLINE, ex.TAKE_OVER, ex.WHISTLED, ex.CONCLUDE, ex.RESOLVE, ex.REOPEN,
         ex.CLOSE]
    ),
    max_size=25,
)  # fmt: skip


def lived(commands: list[Any]) -> ex.RacedLog:
    """Return a log whose order was asked all of `commands`; what it refused is not in it."""
    log = ex.RacedLog()
    for number, command in enumerate([ex.DISPATCH, *commands]):
        order = load(log, WORK_ORDERS, ex.STREAM).state
        asked = command(order) if callable(command) else command
        try:
            carry_out(log, WORK_ORDERS, ex.errand(asked, f"command-{number}", hours=number))
        except Refused:
            continue
    return log


def listed(commits: list[Commit]) -> dict[str, Any]:
    documents = MemoryDocuments()
    projector = Projector("lists", WORK_ORDER_LIST, documents)
    for commit in commits:
        tell(projector, commit)
    return dict(documents.get(WORK_ORDER_LIST.name, ex.ORDER).body)


@settings(max_examples=80, deadline=None)
@given(commands=COMMANDS)
def test_the_document_of_an_order_is_what_its_stream_folds_to(commands: list[Any]) -> None:
    log = lived(commands)
    order = load(log, WORK_ORDERS, ex.STREAM).state
    body = listed(list(log.read(ex.STREAM)))
    assert structured(WorkOrder, body) == order
    assert plain(order).items() <= body.items()
    assert body["open"] == (order.state != "closed")
    assert body["work_order_id"] == ex.ORDER


@settings(max_examples=80, deadline=None)
@given(commands=COMMANDS, data=st.data())
def test_commits_that_come_again_change_nothing(commands: list[Any], data: st.DataObject) -> None:
    commits = list(lived(commands).read(ex.STREAM))
    again: list[Commit] = []
    for number, commit in enumerate(commits, 1):
        repeated = data.draw(st.lists(st.sampled_from(commits[:number]), max_size=3))
        again += [commit, *repeated]
    assert listed(again) == listed(commits)
