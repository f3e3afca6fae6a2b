"""What may be asked: the figures of a unit and a month, and the events behind each of them."""

from collections.abc import Mapping
from typing import Any

from services.common.chart import Chart, UnknownUnit
from services.common.errors import NotFound
from services.common.http.call import READERS_OF_ALL, Caller
from services.common.http.paging import page_of, sort_key_of
from services.metrics.books import Books
from services.metrics.errors import NoSuchFigure, NotYourUnit
from services.metrics.figures import (
    COMPOSITE,
    FIGURES,
    THREE_RATES,
    board_body,
    charged_in,
    empty_board,
)
from services.metrics.months import Window
from services.metrics.shares import Share

Body = dict[str, Any]


def month(books: Books, unit: str, wanted: str, caller: Caller) -> Body:
    """Return every figure of `unit` and all below it for a month YYYY-MM.

    Each with numerator, denominator (None: a count), excluded and value (None: no data), and
    where its events are. `as_of` says which positions of the logs are in it, `troubled_streams`
    how many streams are stuck before theirs.

    Raises:
        MonthMalformed, MonthNotBegun, MonthBeforeRecords: Of the month.
        NotFound: There is no such unit.
        NotYourUnit: The caller's unit doesn't stand above it.
    """
    window, chart = _asked(books, unit, wanted, caller)
    standing = books.as_of()
    board = empty_board()
    for share in charged_in(books.shares(window), chart.subtree(unit)):
        board.add(share, chart.unit(share.unit).tier)
    figures = board_body(board, chart)
    for name, body in figures.items():
        body["events"] = f"/v1/kpis/{unit}/{window.month}/{name}"
    found = chart.unit(unit)
    return {
        "unit": unit,
        "name_zh": found.name_zh,
        "name_en": found.name_en,
        "tier": found.tier,
        **_terms(window, chart),
        "as_of": {name: each.position for name, each in standing.items()},
        "behind": {name: each.behind for name, each in standing.items()},
        "troubled_streams": {name: each.troubled for name, each in standing.items()},
        "figures": figures,
    }


def _terms(window: Window, chart: Chart) -> Body:
    """Return by which month and which rules it was counted."""
    return {
        "month": window.month,
        "starts_at": window.start,
        "ends_at": window.end,
        "seen_at": window.seen_at,
        "policy_version": chart.versions["registry-policies"],
        "chart": dict(chart.versions),
        "minimum_answers": chart.policy("rate_minimum_answers_count"),
    }


def figure(books: Books, path: Mapping[str, str], query: Mapping[str, Any], caller: Caller) -> Body:
    """Return a page of what a figure is made of: each share with the ids of its events.

    Raises:
        NoSuchFigure: There is none of that name.
        Those of `month`.
    """
    name, unit = path["figure"], path["unit"]
    if name not in (*FIGURES, COMPOSITE):
        raise NoSuchFigure(figure=name, allowed=(*FIGURES, COMPOSITE))
    window, chart = _asked(books, unit, path["month"], caller)
    wanted = THREE_RATES if name == COMPOSITE else (name,)
    found = charged_in(books.shares(window), chart.subtree(unit))
    shares = {_sort_key(each): each for each in found if each.figure in wanted}
    cursor, size = query.get("cursor"), int(query["limit"])
    after = "" if cursor is None else str(sort_key_of(cursor, (str,))[0])
    keys = sorted(key for key in shares if key > after)[: size + 1]
    page = page_of(keys, size, lambda key: (key,))
    return {
        "unit": unit,
        "figure": name,
        **_terms(window, chart),
        **page.as_body(lambda key: _share(shares[key])),
    }


def _sort_key(share: Share) -> str:
    """Return a key that no other share of a figure has: of a span, the event that began it."""
    return " ".join((share.subject, share.figure, share.unit, share.part or "", share.events[0]))


def _share(share: Share) -> Body:
    body: Body = {
        "figure": share.figure,
        "subject": share.subject,
        "unit": share.unit,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "excluded": share.excluded,
        "events": list(share.events),
    }
    return body if share.part is None else {**body, "part": share.part}


def _asked(books: Books, unit: str, wanted: str, caller: Caller) -> tuple[Window, Chart]:
    window = books.window(wanted)
    chart = books.chart_of(window)
    if unit not in chart.units:
        raise NotFound(what=unit)
    if not caller.has(*READERS_OF_ALL) and unit not in _covered(chart, caller):
        raise NotYourUnit(unit=unit)
    return window, chart


def _covered(chart: Chart, caller: Caller) -> frozenset[str]:
    """Return the units whose figures the caller may read: his own and all below it."""
    if caller.unit is None:
        return frozenset()
    try:
        return chart.subtree(caller.unit)
    except UnknownUnit:
        return frozenset()  # a unit that the chart of that month does not have covers nothing
