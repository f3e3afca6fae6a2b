"""What is shown, to whom."""

import json
from typing import Any

import pytest

from services.common.contracts.streams import request_stream
from services.common.following.cursors import Cursor, Held
from services.common.vault.names import reporter_key, request_key
from services.intake.projections import DESK_REQUESTS, RECEIPT_CODES, consumer_of
from tests.support.examples import DAY_ONE
from tests.support.examples_intake import CENTRE, NIGHT_MARKET, VILLAGE, after
from tests.support.intake_world import IntakeWorld, bearer, problem, secret_of

OPERATOR = bearer("operator")
SOLVED = {"reached": "yes", "solved": "yes", "satisfied": "satisfied"}


def status(world: IntakeWorld, receipt: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"/v1/receipts/{receipt['code']}").json
    return found


def test_a_receipt_follows_the_request_from_end_to_end(world: IntakeWorld) -> None:
    receipt = world.report()
    seen = [status(world, receipt)]
    world.dispatched(receipt["id"])
    seen.append(status(world, receipt))
    world.resolved(receipt["id"])
    seen.append(status(world, receipt))
    world.post(f"/v1/requests/{receipt['id']}/follow-up", SOLVED, secret_of(receipt))
    seen.append(status(world, receipt))

    assert [each["status"] for each in seen] == [
        "forwarded",
        "dispatched",
        "awaiting_follow_up",
        "closed",
    ]
    assert [each["follow_up"]["open"] for each in seen] == [False, False, True, False]
    assert seen[1]["holder"] == {
        "code": VILLAGE,
        "name_zh": "张湾村",
        "name_en": "Zhangwan Village",
    }
    assert seen[3]["outcome"] == "solved"
    assert {each["promised_at"] for each in seen} == {"2026-06-16T01:22:00.000000Z"}


def test_a_follow_up_about_nothing_does_not_hide_that_work_goes_on(world: IntakeWorld) -> None:
    receipt = world.report()
    world.dispatched(receipt["id"])
    world.missed(receipt["id"], "promised")

    seen = status(world, receipt)
    assert seen["status"] == "dispatched"
    assert seen["follow_up"] == {"open": True, "round": 1, "resolved": False}


def test_a_receipt_shows_nothing_personal(world: IntakeWorld) -> None:
    receipt = world.report()
    world.dispatched(receipt["id"])

    assert set(status(world, receipt)) == {
        "status",
        "status_zh",
        "status_en",
        "follow_up",
        "promised_at",
        "holder",
    }


def test_a_holder_that_is_no_more_is_shown_by_its_code(world: IntakeWorld) -> None:
    receipt = world.report()
    world.dispatched(receipt["id"], "110112999")

    assert status(world, receipt)["holder"] == {"code": "110112999"}


def test_a_code_may_be_typed_carelessly_but_not_wrongly(world: IntakeWorld) -> None:
    code = world.report()["code"]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")

    assert world.get(f"/v1/receipts/{code.lower().replace('-', '')}").status_code == 200
    assert problem(world.get(f"/v1/receipts/{wrong}")) == (422, "receipt-code-mistyped")
    assert problem(world.get("/v1/receipts/0000-0000-00000")) == (404, "not-found")


def test_a_code_leads_to_its_request_before_anything_is_followed_and_after_a_rebuild(
    world: IntakeWorld,
) -> None:
    receipt = world.report()
    assert status(world, receipt)["status"] == "forwarded"
    assert not world.desk.documents.find(RECEIPT_CODES, {}), "nothing was written before the answer"

    passed(world)
    assert problem(world.get(f"/v1/receipts/{receipt['code']}")) == (404, "not-found")

    world.follow()
    assert status(world, receipt)["status"] == "forwarded"


def passed(world: IntakeWorld) -> None:
    """Let the cursor of the codes stand at the end, as if all before it had been written."""
    log = world.logs["intake"]
    log.stamp(100)
    world.desk.cursors.save(consumer_of(RECEIPT_CODES), Cursor(0, {"intake": log.head()}))


def test_a_code_of_a_held_stream_leads_to_its_request_too(world: IntakeWorld) -> None:
    receipt = world.report()
    held = Held(1, "can't be read", DAY_ONE)
    stream = request_stream(receipt["id"])
    world.desk.cursors.save(consumer_of(RECEIPT_CODES), Cursor(0, {"intake": 1}, {stream: held}))
    assert status(world, receipt)["status"] == "forwarded"


def test_a_code_that_too_much_stands_before_is_asked_for_again(
    world: IntakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.following.tail.MOST", 1)
    code = world.report()["code"]
    assert problem(world.get(f"/v1/receipts/{code}")) == (503, "unavailable")


def test_an_erased_reporters_code_leads_nowhere_and_is_left_out_of_a_rebuild(
    world: IntakeWorld,
) -> None:
    receipt = world.report()
    world.follow()
    world.desk.vault.keys.destroy(reporter_key(receipt["id"]))
    assert problem(world.get(f"/v1/receipts/{receipt['code']}")) == (410, "erased")

    world.desk.documents.drop(RECEIPT_CODES)
    world.follow()
    assert problem(world.get(f"/v1/receipts/{receipt['code']}")) == (404, "not-found")
    assert not world.desk.documents.find(RECEIPT_CODES, {})


def test_the_desk_recognises_the_reporter_and_reads_the_words(world: IntakeWorld) -> None:
    receipt = world.report()
    world.dispatched(receipt["id"])

    answer = world.get(f"/v1/requests/{receipt['id']}", OPERATOR)

    assert answer.headers["ETag"] == '"1"'
    assert answer.json["reporter"] == {"name": "张*", "phone": "138****1234", "address": "****"}
    assert answer.json["said"] == "夜市油烟扰民"
    assert answer.json["work_order"]["holder"]["code"] == VILLAGE


@pytest.mark.parametrize("role", ["command_centre", "auditor", "admin"])
def test_a_confidential_reporter_is_hidden_from_all_but_operators(
    world: IntakeWorld, role: str
) -> None:
    receipt = world.report(confidential=True)
    path = f"/v1/requests/{receipt['id']}"

    assert world.get(path, bearer(role)).json["reporter"] == {"hidden": True}
    assert world.get(path, OPERATOR).json["reporter"]["name"] == "张*"


@pytest.mark.parametrize("role", ["command_centre", "auditor", "admin"])
def test_a_confidential_reporters_words_are_read_by_operators_alone(
    world: IntakeWorld, role: str
) -> None:
    """Nobody else can tell whether they name who speaks, or a neighbour who might."""
    receipt = world.report(confidential=True)
    path = f"/v1/requests/{receipt['id']}"
    world.resolved(receipt["id"])
    world.post(f"{path}/follow-up", {**SOLVED, "said": "我是李家的"}, secret_of(receipt))

    seen, desk = world.get(path, bearer(role)), world.get(path, OPERATOR).json
    assert (seen.json["said"], seen.json["said_withheld"]) == (None, True)
    assert seen.json["follow_ups"][0]["answer"]["said"] is None
    assert not any(word in seen.get_data(as_text=True) for word in ("夜市油烟扰民", "李家"))
    assert (desk["said"], desk["said_withheld"]) == ("夜市油烟扰民", False)
    assert desk["follow_ups"][0]["answer"]["said"] == "我是李家的"


@pytest.mark.parametrize("role", ["village_officer", "town_leader", "department_officer"])
def test_handlers_do_not_read_the_desks_papers(world: IntakeWorld, role: str) -> None:
    receipt = world.report()

    for path in (f"/v1/requests/{receipt['id']}", "/v1/requests"):
        assert problem(world.get(path, bearer(role))) == (403, "role-not-allowed")


def test_the_answer_is_shown_with_its_round(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    path = f"/v1/requests/{receipt['id']}"
    world.post(f"{path}/follow-up-tries", {}, OPERATOR)
    world.post(f"{path}/follow-up", {**SOLVED, "said": "清静了"}, secret_of(receipt))

    (follow_up,) = world.get(path, OPERATOR).json["follow_ups"]

    assert (follow_up["round"], follow_up["tries"], follow_up["judged_resolution"]) == (1, 1, 1)
    assert follow_up["answer"]["said"] == "清静了"
    assert follow_up["answer"]["by"] == "reporter"


def test_what_was_erased_is_shown_as_erased(world: IntakeWorld) -> None:
    receipt = world.report()
    world.desk.vault.keys.destroy(reporter_key(receipt["id"]))
    world.desk.vault.keys.destroy(request_key(receipt["id"]))

    seen = world.get(f"/v1/requests/{receipt['id']}", OPERATOR).json
    assert (seen["reporter"], seen["said"]) == ({"erased": True}, None)


def test_the_desks_list_shows_who_waits_longest_first_page_by_page(world: IntakeWorld) -> None:
    receipts = []
    for hour in range(5):
        world.time.move_to(after(hours=hour))
        receipts.append(world.report(category=None, said=f"第 {hour} 件"))
    world.report()
    world.follow()

    path, found = "/v1/requests?state=received&limit=2", []
    cursor = ""
    for _ in range(3):
        page = world.get(path + cursor, OPERATOR).json
        found += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page.get('next_cursor', '')}"

    assert found == [receipt["id"] for receipt in receipts]
    assert "next_cursor" not in page


def test_requests_of_the_same_moment_are_not_lost_between_pages(world: IntakeWorld) -> None:
    receipts = {world.report(category=None, said=f"{n}")["id"] for n in range(4)}
    world.follow()

    first = world.get("/v1/requests?limit=3", OPERATOR).json
    rest = world.get(f"/v1/requests?limit=3&cursor={first['next_cursor']}", OPERATOR).json

    assert {item["id"] for item in first["items"] + rest["items"]} == receipts


def test_a_line_of_the_list_names_the_open_round_and_no_person(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    world.follow()

    (line,) = world.get("/v1/requests?state=awaiting_follow_up", OPERATOR).json["items"]

    assert line["follow_up"]["round"] == 1
    assert line["category"] == NIGHT_MARKET
    text = json.dumps(line, ensure_ascii=False)
    assert not [word for word in ("张三", "油烟", "_ref", "seen", "~") if word in text]


@pytest.mark.parametrize(
    ("query", "slug"),
    [("state=unknown", "query-refused"), ("limit=0", "query-refused"), ("who=me", "query-refused"),
     ("cursor=xyz", "cursor-refused")],
)  # fmt: skip
def test_a_bad_query_is_named(world: IntakeWorld, query: str, slug: str) -> None:
    assert problem(world.get(f"/v1/requests?{query}", OPERATOR)) == (400, slug)


def test_the_list_followed_twice_or_rebuilt_is_the_same(world: IntakeWorld) -> None:
    receipt = world.report()
    world.missed(receipt["id"], "promised")
    world.missed(receipt["id"], "follow_up")
    world.follow()
    once = world.desk.documents.get(DESK_REQUESTS.name, receipt["id"]).body

    world.desk.documents.drop(DESK_REQUESTS.name)
    world.follow()

    assert world.desk.documents.get(DESK_REQUESTS.name, receipt["id"]).body == once
    assert once["follow_ups"][0]["holder"] in (VILLAGE, CENTRE)
