"""The chart that one decision uses: everything the registry says on one day, ready to ask."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.chart.assigning import Assignment, WhistleProposal, assign, propose
from services.common.chart.categories import Category, CategoryGroup
from services.common.chart.duty_list import CatalogueEntry, DutyListRow
from services.common.chart.errors import UnknownCategory, UnknownUnit
from services.common.chart.policies import LimitKind, Policies
from services.common.chart.units import Unit, UnitTree
from services.common.contracts.vocabulary import TimeClass, WhistleKind


@dataclass(frozen=True, slots=True)
class Chart:
    """Units, categories, duties, catalogue and policies as they hold on one day.

    `versions` (registry stream -> version) goes into every commit decided with it.
    """

    versions: Mapping[str, int]
    tree: UnitTree
    categories: Mapping[str, Category]  #: third level, by code
    groups: Mapping[str, CategoryGroup]  #: first and second level, by code
    duties: Mapping[str, DutyListRow]  #: by category
    catalogue: Mapping[str, CatalogueEntry]  #: by category
    policies: Policies

    @property
    def units(self) -> Mapping[str, Unit]:
        """All units by code."""
        return self.tree.units

    def unit(self, code: str) -> Unit:
        """Return the unit. Raises `UnknownUnit`."""
        return self.tree.unit(code)

    def place(self, code: str) -> Unit:
        """Return the village, town or district. Raises `UnknownPlace`."""
        return self.tree.place(code)

    def superiors(self, code: str) -> tuple[str, ...]:
        """Return the ladder above `code`, lowest first (`UnitTree.superiors`)."""
        return self.tree.superiors(code)

    def is_superior(self, code: str, *, of: str) -> bool:
        """Say whether `code` stands above `of`: it may see and take over. Nobody is his own."""
        return code in self.tree.superiors(of)

    def town_of(self, code: str) -> str | None:
        """Return the town that `code` is or lies in, None if in none. Raises `UnknownUnit`."""
        return self.tree.town_of(code)

    def district_of(self, code: str) -> str:
        """Return the district that `code` is or lies in. Raises `UnknownUnit`."""
        return self.tree.unit(code).district

    def command_centre(self, district: str) -> str:
        """Return the command centre 城指中心 of `district`. Raises `UnknownUnit`."""
        return self.tree.command_centre(district)

    def centre_or_home(self, code: str | None = None) -> str:
        """Return the command centre of the district that `code` is or lies in, else the home one.

        Else: `code` is None or unknown, or its district has no centre.

        Raises:
            UnknownUnit: The home district of the policies has no command centre.
        """
        home = self.policies.text("home_district_code")
        try:
            return self.command_centre(self.district_of(code or home))
        except UnknownUnit:
            return self.command_centre(home)

    def subtree(self, code: str) -> frozenset[str]:
        """Return all that `code` answers for, itself among them. Raises `UnknownUnit`."""
        return self.tree.subtree(code)

    def category(self, code: str) -> Category:
        """Return a category of the third level.

        Raises:
            UnknownCategory: There is none; a group is none either.
        """
        if (found := self.categories.get(code)) is None:
            raise UnknownCategory(category=code)
        return found

    def first_holder(
        self, category: str, place_code: str | None, district: str | None = None
    ) -> Assignment:
        """Return who gets an order of `category` at `place_code` first, and why.

        `district` is asked where the place is unknown; without one, the home district of the
        policies.

        Raises:
            UnknownCategory: `category` is not of the third level.
            UnknownUnit: The district has no command centre to fall back to.
        """
        duty = self.duties.get(self.category(category).code)
        home = district or self.policies.text("home_district_code")
        return assign(self.tree, duty, category=category, place_code=place_code, district=home)

    def whistle_proposal(self, category: str, place_code: str) -> WhistleProposal:
        """Return whom the catalogue calls for `category` at a village or town.

        Raises:
            UnknownCategory: `category` is not of the third level.
            UnknownPlace: `place_code` is no village or town.
        """
        return propose(self.tree, self.catalogue.get(self.category(category).code), place_code)

    def limit_seconds(
        self,
        kind: LimitKind,
        time_class: TimeClass | None = None,
        whistle_kind: WhistleKind | None = None,
    ) -> int:
        """Return how long a state may last (`Policies.limit_seconds`)."""
        return self.policies.limit_seconds(kind, time_class, whistle_kind)

    def policy(self, name: str) -> int:
        """Return a whole number of the policies. Raises `PolicyMissing`."""
        return self.policies.number(name)
