"""Those who report and judge: residents, the hotline's operator, grid stewards, visitors."""

from collections.abc import Iterable
from typing import Any

from services.demo.api import Api, Json, Problem, key_for, pages
from services.demo.cases import Case, case_of
from services.demo.cast import OPERATOR, Person
from services.demo.player import Hands, some


class Reporter:
    """Reports its cases, keeps the receipts, and answers with the secret where it was given one."""

    def __init__(self, name: str, api: Api, person: Person | None, cases: Iterable[Case]) -> None:
        """Report `cases` as `person` (a resident has no token)."""
        self.name = name
        self._api = api
        self._hands = Hands(api, person)
        self._person = person
        self._cases = tuple(cases)
        self._receipts: dict[str, Json] = {}

    def look(self) -> bool:
        """Report what is not reported yet; answer what is asked."""
        reported = [self._report(case) for case in self._cases if case.key not in self._receipts]
        answered = [self._answer(case) for case in self._cases]
        return some(reported + answered)

    def _report(self, case: Case) -> bool:
        """Post it; the same key brings the same receipt, also after this player was killed."""
        key = key_for("report", case.key)
        self._receipts[case.key] = self._api.post(
            "intake", "/v1/requests", _body(case), key=key, who=self._person
        )
        return True

    def _answer(self, case: Case) -> bool:
        receipt = self._receipts[case.key]
        if "secret" not in receipt:
            return False
        try:
            status = self._hands.api.get("intake", f"/v1/receipts/{receipt['code']}")
        except Problem as problem:
            if problem.status == 404:  # the list of codes is behind the log
                return False
            raise
        follow_up = status["follow_up"]
        if not follow_up["open"] or not follow_up["resolved"]:
            return False
        number = follow_up["round"]
        return self._hands.act(
            "intake",
            f"/v1/requests/{receipt['id']}/follow-up",
            {**answer_of(case, number), "round": number},
            nonce=number,
            receipt=receipt["secret"],
        )


def answer_of(case: Case, number: int) -> dict[str, Any]:
    """Return the answer to round `number`, the last one for all later rounds."""
    return dict(case.answers[min(number, len(case.answers)) - 1])


def _body(case: Case) -> Json:
    return {
        "channel": case.channel,
        "kind": case.kind,
        "category": case.category,
        "place_code": case.place_code,
        "said": case.said,
        "reporter": dict(case.reporter),
        **case.more,
    }


class FollowUpCaller:
    """The operator who calls those that have no secret: what stewards and visitors reported."""

    name = "follow-up-calls"

    def __init__(self, api: Api) -> None:
        """Call as the operator."""
        self._hands = Hands(api, OPERATOR)

    def look(self) -> bool:
        """Call everybody on the list once."""
        waiting = pages(
            self._hands.api, "intake", "/v1/requests?state=awaiting_follow_up", OPERATOR
        )
        return some(self._call(each) for each in waiting if each["channel"] in ("grid", "visit"))

    def _call(self, request: Json) -> bool:
        case = case_of((request["category"], request["place_code"]))
        follow_up = request["follow_up"]
        if case is None or not follow_up["judged_resolution"]:
            return False
        return self._hands.act(
            "intake",
            f"/v1/requests/{request['id']}/follow-up",
            {**answer_of(case, follow_up["round"]), "round": follow_up["round"]},
            nonce=follow_up["round"],
        )
