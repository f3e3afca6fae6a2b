"""A history to be read: many lives of requests, decided by the product itself, all in memory."""

import uuid
from collections.abc import Iterable

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Commit
from services.common.contracts.streams import LOGS, work_order_id
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, _row, create_indexes
from services.common.running.stores import Stores
from services.demo.api import Json
from services.demo.cast import OPERATOR, XIDINGFUZHUANG, village_officer
from tests.support.world import World

OFFICER = village_officer(XIDINGFUZHUANG)
REPORT: Json = {
    "channel": "hotline",
    "kind": "assistance",
    "category": "safety.manhole.loose",
    "place_code": XIDINGFUZHUANG,
    "said": "村口井盖松动，车一压就响，怕人掉下去。",
    "reporter": {"name": "李强", "phone": "13800005678"},
}
CONTACT: Json = {"result": "spoken", "note": "已电话联系诉求人。"}
RESOLUTION: Json = {"path": "village", "result": "当日更换井圈。", "evidence": ["办理后照片"]}
VERDICT: Json = {"reached": "yes", "solved": "yes", "satisfied": "satisfied", "round": 1}
STEPS: tuple[tuple[str, Json | None], ...] = (
    ("acknowledgement", None),
    ("contacts", CONTACT),
    ("resolution", RESOLUTION),
)


def lived(count: int) -> World:
    """Return a world in which `count` requests were reported, handled, judged and closed."""
    world = World()
    api = world.api()
    ids = [
        api.post("intake", "/v1/requests", REPORT, key=_key(), who=OPERATOR)["id"]
        for _ in range(count)
    ]
    world.settle()
    for step, body in STEPS:
        for each in ids:
            path = f"/v1/work-orders/{work_order_id(each)}/{step}"
            api.post("dispatch", path, body, key=_key(), who=OFFICER)
        world.settle()
    for each in ids:
        path = f"/v1/requests/{each}/follow-up"
        api.post("intake", path, VERDICT, key=_key(), who=OPERATOR)
    world.settle()
    assert not world.trouble()
    return world


def commits_of(world: World, log: str) -> Iterable[Commit]:
    """Yield every commit of a log in the order of its positions."""
    source = world.logs[log]
    for stamp in source.stamps(0, source.head()):
        yield from source.read(stamp.stream, stamp.version - 1, stamp.version)


def store(world: World, stores: Stores) -> int:
    """Copy the logs of `world` to `stores`, published; return how many events they hold."""
    events = 0
    for log in LOGS:
        create_indexes(stores.log(log))
        rows = []
        for commit in commits_of(world, log):
            events += len(commit.draft.events)
            assert commit.stamped_at is not None
            row = {**_row(commit), "position": commit.position}
            row["stamped_at"] = time_text(commit.stamped_at)
            del row["pending"]
            rows.append(row)
        stores.log(log)[COMMITS].insert_many(rows)
        last = {"_id": ALLOCATION, "seq": 1, "first": len(rows), "next": len(rows) + 1}
        ids = {"ids": [rows[-1]["_id"]], "stamped_at": rows[-1]["stamped_at"], "chain": ""}
        stores.log(log)[ALLOCATION].insert_one({**last, **ids})
    return events


def _key() -> str:
    return str(uuid.uuid4())
