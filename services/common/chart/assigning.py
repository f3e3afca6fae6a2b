"""Who gets an order first, and whom a whistle calls: the two proposals the chart makes.

Both are pure and explain themselves: rule, inputs and runner-up are stored with the decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.common.chart.duty_list import (
    SECTION,
    TOWN,
    UNCLEAR,
    VILLAGE,
    CatalogueEntry,
    DutyListRow,
)
from services.common.chart.errors import UnknownPlace
from services.common.chart.units import Unit, UnitTree


@dataclass(frozen=True, slots=True)
class Assignment:
    """The first holder of an order, with the explanation that is stored beside it."""

    holder: str
    rule: str
    inputs: Mapping[str, str]
    runner_up: str | None  #: who would have been next: the town of a village, else the centre
    fallback: bool  #: the command centre took it, since duty or place was not clear


@dataclass(frozen=True, slots=True)
class WhistleProposal:
    """Whom to call. The officer may change it with a reason."""

    lead: str
    support: tuple[str, ...]
    own_enforcement: bool
    why_zh: str
    why_en: str
    listed: bool  #: False: the catalogue has no row, the town leads alone
    missing: tuple[str, ...] = ()  #: names in the row that this district or town does not have


def assign(
    tree: UnitTree,
    duty: DutyListRow | None,
    *,
    category: str,
    place_code: str | None,
    district: str,
) -> Assignment:
    """Return the first holder by the duty list and the place.

    A clear duty and a known place name the holder; anything else goes to the command centre of
    the place's district, or of `district` where the place is unknown. Where only the town is
    known, a village's duty goes to the town.

    Raises:
        UnknownUnit: The district has no command centre.
    """
    place = _known_place(tree, place_code)
    centre = tree.command_centre(place.district if place else district)
    inputs = _inputs(duty, category, place_code, place, place.district if place else district)
    town = tree.town_of(place.code) if place else None
    holder = _holder_by_duty(tree, duty, place)
    if duty is None or holder is None:
        reason = _fallback_reason(duty, place_code, place)
        return Assignment(centre, reason, inputs, runner_up=town, fallback=True)
    rule = duty.rule if holder != town or duty.first_holder == TOWN else "town-village-not-known"
    runner_up = town if town not in (None, holder) else centre
    return Assignment(holder, rule, inputs, runner_up, fallback=False)


def _known_place(tree: UnitTree, place_code: str | None) -> Unit | None:
    """Return the place, or None where it is not given or not in the chart of this moment."""
    if place_code is None:
        return None
    try:
        return tree.place(place_code)
    except UnknownPlace:
        return None  # an unknown place is a case of the fallback, not an error of dispatch


def _holder_by_duty(tree: UnitTree, duty: DutyListRow | None, place: Unit | None) -> str | None:
    """Return the unit that the duty names at the place, None where either is not clear."""
    if duty is None or place is None or duty.first_holder == UNCLEAR:
        return None
    if duty.first_holder in (VILLAGE, TOWN):
        at_village = duty.first_holder == VILLAGE and place.kind == "village"
        return place.code if at_village else tree.town_of(place.code)
    unit = tree.units.get(duty.first_holder)
    return unit.code if unit and unit.district == place.district else None


def _fallback_reason(duty: DutyListRow | None, place_code: str | None, place: Unit | None) -> str:
    if duty is None:
        return "fallback-no-duty"
    if duty.first_holder == UNCLEAR:
        return "fallback-unclear-duty"
    if place_code is None:
        return "fallback-no-place"
    if place is None:
        return "fallback-unknown-place"
    if duty.first_holder in (VILLAGE, TOWN):
        return "fallback-place-too-wide"
    return "fallback-unit-not-in-district"


def _inputs(
    duty: DutyListRow | None,
    category: str,
    place_code: str | None,
    place: Unit | None,
    district: str,
) -> Mapping[str, str]:
    found = {
        "category": category,
        "district": district,
        "duty": duty.first_holder if duty else None,
        "place_code": place_code,
        "place_kind": place.kind if place else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def propose(tree: UnitTree, row: CatalogueEntry | None, place_code: str) -> WhistleProposal:
    """Return lead and support for a whistle at a village or town.

    A lead that the place does not have is replaced by the town; support that it does not have is
    left out. Both are named in `missing`.

    Raises:
        UnknownPlace: `place_code` is no village or town.
    """
    place = tree.place(place_code)
    town = tree.town_of(place.code)
    if town is None:
        raise UnknownPlace(place_code=place_code)
    if row is None:
        return _unlisted(town)
    names = (row.lead, *row.support)
    named = {name: _called(tree, name, place, town) for name in names}
    lead = named[row.lead] or town
    return WhistleProposal(
        lead=lead,
        support=_without(lead, (named[name] for name in row.support)),
        own_enforcement=row.own_enforcement,
        why_zh=row.why_zh,
        why_en=row.why_en,
        listed=True,
        missing=tuple(name for name, code in named.items() if code is None),
    )


def _unlisted(town: str) -> WhistleProposal:
    return WhistleProposal(
        lead=town,
        support=(),
        own_enforcement=False,
        why_zh="目录中没有该分类，由镇街牵头并自行确定协办单位",
        why_en="The catalogue has no row for this category: the town leads and names the others",
        listed=False,
    )


def _called(tree: UnitTree, name: str, place: Unit, town: str) -> str | None:
    """Return the unit that a name of the catalogue stands for at this place."""
    if name == VILLAGE:
        return place.code if place.kind == "village" else None
    if name == TOWN:
        return town
    code = f"{town}-{name.removeprefix(SECTION)}" if name.startswith(SECTION) else name
    unit = tree.units.get(code)
    return unit.code if unit and unit.district == place.district else None


def _without(lead: str, support: Iterable[str | None]) -> tuple[str, ...]:
    """Return the support once each, in the catalogue's order, the lead left out."""
    return tuple(dict.fromkeys(code for code in support if code is not None and code != lead))
