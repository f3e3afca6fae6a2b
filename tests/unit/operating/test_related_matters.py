"""What belongs to a matter, and what belongs to that."""

from typing import Any

import pytest

from services.operating import matters

BELONGS = {"order": ["whistle-1", "whistle-2"], "whistle-1": ["duty-1"], "whistle-2": []}


def test_all_that_belongs_to_it_is_found_the_nearest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def facts_of(_: Any, stream: str) -> list[Any]:
        return [stream]

    def related(facts: list[Any]) -> list[str]:
        return list(BELONGS.get(facts[0], ()))

    monkeypatch.setattr(matters, "facts_of", facts_of)
    monkeypatch.setattr(matters, "related_matters", related)
    assert matters.all_related({}, ["order"]) == ["whistle-1", "whistle-2", "duty-1"]  # type: ignore[list-item]
