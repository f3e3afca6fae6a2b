"""What every reading here needs: who may, pages of lists.

Whoever is named in a thing reads it, and whoever answers for one of those; auditors read all.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.common.chart import Chart
from services.common.contracts.codec import plain
from services.common.contracts.events.escalation import WhistleBlown
from services.common.contracts.streams import whistle_stream
from services.common.desk import Desk
from services.common.errors import Forbidden
from services.common.following.projecting import ReadModel
from services.common.http.call import READERS_OF_ALL, Caller
from services.common.http.paging import page_of, sort_key_of
from services.escalation.lists import INTERNAL
from services.escalation.officers import units_of

Body = dict[str, Any]


class NotYoursToRead(Forbidden):
    """It concerns neither the caller's unit nor one that the caller's unit answers for."""

    slug = "not-yours-to-read"
    zh = "与你单位无关，不能查看。"
    en = "It concerns neither your unit nor one that yours answers for."


def check_reader(chart: Chart, caller: Caller, concerned: Iterable[str]) -> None:
    """Check that `caller` may read what concerns the units `concerned`.

    Raises:
        NotYoursToRead: It doesn't.
    """
    units = set(concerned)
    if caller.has(*READERS_OF_ALL) or units.intersection(units_of(caller)):
        return
    own = caller.unit
    if own is None or own not in chart.units or not units & chart.subtree(own):
        raise NotYoursToRead(command="read")


def check(desk: Desk, caller: Caller, units: Iterable[str]) -> None:
    """Check that `caller` may read what concerns `units` by the present chart; see above."""
    check_reader(desk.chart.at(desk.clock.now()), caller, units)


def shown(subject: str, row: Body, version: int) -> Body:
    """Return a row as one thing is shown."""
    kept = {name: value for name, value in row.items() if name not in INTERNAL}
    body: Body = plain(kept)
    return {"id": subject, **body, "version": version}


def listed(body: Body) -> Body:
    """Return a document as a list shows it."""
    return {name: value for name, value in body.items() if name not in INTERNAL}


def contact_office_of(desk: Desk, whistle_id: str) -> str | None:
    """Return the office to report to, as the whistle's first event has it.

    None if there is no such whistle, or its key was destroyed.
    """
    for commit in desk.log.read(whistle_stream(whistle_id), 0, 1):
        for fact in commit.facts:
            if isinstance(fact.event, WhistleBlown):
                blown = fact.event
                in_clear, ref = blown.contact_office_in_clear, blown.contact_office_ref
                return in_clear or desk.vault.open_unless_erased(ref)
    return None


def with_contact_offices(desk: Desk, page: Body) -> Body:
    """Return a page of whistles or calls with the office to report to.

    Rows hold no texts: a list opens them, so an erasure is seen in it at once.
    """
    for item in page["items"]:
        item["contact_office"] = contact_office_of(desk, item.get("whistle_id", item["id"]))
    return page


# -- pages -----------------------------------------------------------------------------------------


def page_for(
    desk: Desk, caller: Caller, model: ReadModel, by: str, unit: str, query: Mapping[str, Any]
) -> Body:
    """Return a page of the documents whose field `by` names `unit`, oldest first."""
    check(desk, caller, (unit,))
    where: dict[str, Any] = {by: unit}
    if "open" in query:
        where["open"] = query["open"]
    return page_where(desk, model, where, query)


def page_where(
    desk: Desk, model: ReadModel, where: Mapping[str, Any], query: Mapping[str, Any]
) -> Body:
    """Return a page of the documents that are as `where` says, oldest first."""
    cursor = query.get("cursor")
    found = desk.documents.find(
        model.name,
        where,
        order_by="sort",
        after=None if cursor is None else str(sort_key_of(cursor, (str,))[0]),
        limit=query["limit"] + 1,
    )
    bodies = [dict(each.body) for each in found]
    page = page_of(bodies, query["limit"], lambda body: (body["sort"],))
    return page.as_body(listed)
