"""What read-model documents must do, those in memory and those in MongoDB."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.common.following.memory import MemoryDocuments
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document, Documents
from tests.support.databases import own_database

M = "open_work_orders"


@pytest.fixture(params=["memory", "mongo"])
def kept(request: pytest.FixtureRequest) -> Iterator[Documents]:
    if request.param == "memory":
        yield MemoryDocuments()
        return
    with own_database(request.getfixturevalue("mongodb_uri"), "contract") as database:
        found = MongoDocuments(database)
        found.create_indexes(M, [("unit", "due_at")])
        yield found


def put(kept: Documents, id: str, **body: Any) -> None:  # noqa: A002  the port's own name
    assert kept.put(M, Document(id, kept.get(M, id).revision, body))


def ids(kept: Documents, where: dict[str, Any], **more: Any) -> list[str]:
    return [each.id for each in kept.find(M, where, **more)]


def test_what_does_not_exist_has_revision_0_and_nothing_in_it(kept: Documents) -> None:
    assert kept.get(M, "a") == Document("a", 0, {})


def test_each_write_is_the_next_revision_and_replaces_the_whole(kept: Documents) -> None:
    put(kept, "a", unit="v", steps=[1, {"x": True}])
    assert kept.get(M, "a") == Document("a", 1, {"unit": "v", "steps": [1, {"x": True}]})
    put(kept, "a", unit="w")
    assert kept.get(M, "a") == Document("a", 2, {"unit": "w"})


def test_of_two_writers_the_slower_is_told_and_changes_nothing(kept: Documents) -> None:
    assert kept.put(M, Document("a", 0, {"by": "first"}))
    assert not kept.put(M, Document("a", 0, {"by": "second"}))
    assert not kept.put(M, Document("a", 7, {"by": "somebody who knows more"}))
    assert kept.get(M, "a") == Document("a", 1, {"by": "first"})


def test_a_write_over_something_that_is_not_there_is_refused(kept: Documents) -> None:
    assert not kept.put(M, Document("a", 1, {}))
    assert kept.get(M, "a").revision == 0


def test_what_is_read_may_be_changed_without_changing_what_is_kept(kept: Documents) -> None:
    put(kept, "a", steps=[1])
    body: Any = kept.get(M, "a").body
    body["steps"].append(2)
    assert kept.get(M, "a").body == {"steps": [1]}


def test_models_are_apart_and_one_is_dropped_alone(kept: Documents) -> None:
    put(kept, "a", n=1)
    assert kept.put("other", Document("a", 0, {"n": 2}))
    kept.drop(M)
    assert kept.get(M, "a").revision == 0
    assert kept.get("other", "a").body == {"n": 2}
    kept.drop("never_heard_of")


def test_find_returns_what_equals_all_fields_by_id(kept: Documents) -> None:
    put(kept, "b", unit="v", state="open")
    put(kept, "a", unit="v", state="open")
    put(kept, "c", unit="v", state="closed")
    put(kept, "d", unit="w", state="open")
    assert ids(kept, {"unit": "v", "state": "open"}) == ["a", "b"]
    assert ids(kept, {}) == ["a", "b", "c", "d"]
    assert ids(kept, {"unit": "nobody"}) == []


def test_a_list_field_matches_what_it_contains(kept: Documents) -> None:
    put(kept, "a", units=["v", "w"])
    put(kept, "b", units=["w"])
    assert ids(kept, {"units": "v"}) == ["a"]
    assert ids(kept, {"units": "w"}) == ["a", "b"]


def test_none_matches_what_is_absent(kept: Documents) -> None:
    put(kept, "a", unit="v")
    put(kept, "b")
    assert ids(kept, {"unit": None}) == ["b"]


def test_order_bounds_and_limit_go_by_one_field(kept: Documents) -> None:
    for id_, due_at in (("a", "2026-06-03"), ("b", "2026-06-01"), ("c", "2026-06-02")):
        put(kept, id_, due_at=due_at, unit="v")
    put(kept, "d", unit="v")
    assert ids(kept, {}, order_by="due_at") == ["d", "b", "c", "a"], "absent comes first"
    assert ids(kept, {}, order_by="due_at", upto="2026-06-02") == ["b", "c"]
    assert ids(kept, {}, order_by="due_at", after="2026-06-01") == ["c", "a"]
    assert ids(kept, {"unit": "v"}, order_by="due_at", after="2026-06-01", limit=1) == ["c"]
    assert ids(kept, {}, after="b", upto="c") == ["c"]


def test_equals_in_one_field_are_ordered_by_id(kept: Documents) -> None:
    for id_ in ("c", "a", "b"):
        put(kept, id_, due_at="2026-06-01")
    assert ids(kept, {}, order_by="due_at") == ["a", "b", "c"]


def test_a_group_is_written_but_for_those_where_another_was_faster(kept: Documents) -> None:
    put(kept, "a", by="first")
    put(kept, "b", by="first")
    put(kept, "b", by="another")
    group = [
        Document("a", 1, {"by": "us"}),
        Document("b", 1, {"by": "us"}),
        Document("c", 0, {"by": "us"}),
        Document("gone", 3, {"by": "us"}),
    ]
    assert list(kept.put_many(M, group)) == [True, False, True, False]
    assert kept.get(M, "a") == Document("a", 2, {"by": "us"})
    assert kept.get(M, "b") == Document("b", 2, {"by": "another"})
    assert kept.get(M, "c") == Document("c", 1, {"by": "us"})
    assert kept.get(M, "gone").revision == 0


def test_a_new_document_of_a_group_that_somebody_else_has_made_is_not_written(
    kept: Documents,
) -> None:
    put(kept, "a", by="first")
    assert list(kept.put_many(M, [Document("a", 0, {}), Document("b", 0, {})])) == [False, True]
    assert kept.get(M, "a").body == {"by": "first"}


def test_a_group_of_nothing_and_one_where_all_is_well(kept: Documents) -> None:
    assert list(kept.put_many(M, [])) == []
    put(kept, "a")
    assert list(kept.put_many(M, [Document("a", 1, {}), Document("b", 0, {})])) == [True, True]


def test_several_are_read_by_their_ids_and_what_does_not_exist_is_at_nothing(
    kept: Documents,
) -> None:
    put(kept, "a", n=1)
    put(kept, "c", n=3)
    found = kept.get_many(M, ["a", "b"])
    assert found == {"a": Document("a", 1, {"n": 1}), "b": Document("b", 0, {})}
    assert kept.get_many(M, []) == {}
