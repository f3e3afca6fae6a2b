"""The chart: which units, categories, duties, whistle catalogue and policies hold at a moment.

Folded from the registry's `RegistryAdopted` events by every service for itself. Pure: no driver,
no file, no clock. `ChartBook` keeps all adopted versions; `Chart` is what one decision uses.
"""

from services.common.chart.assigning import Assignment, WhistleProposal
from services.common.chart.book import ChartBook
from services.common.chart.categories import Category, CategoryGroup
from services.common.chart.chart import Chart
from services.common.chart.duty_list import CatalogueEntry, DutyListRow
from services.common.chart.entries import Entry, day_of
from services.common.chart.errors import (
    InvalidEntry,
    NotInChart,
    PolicyMissing,
    RegistryNotReady,
    RegistryOutOfOrder,
    UnknownCategory,
    UnknownPlace,
    UnknownUnit,
)
from services.common.chart.folding import Adoption, fold
from services.common.chart.policies import Policies, Policy, quorum
from services.common.chart.units import Unit

__all__ = [
    "Adoption",
    "Assignment",
    "CatalogueEntry",
    "Category",
    "CategoryGroup",
    "Chart",
    "ChartBook",
    "DutyListRow",
    "Entry",
    "InvalidEntry",
    "NotInChart",
    "Policies",
    "Policy",
    "PolicyMissing",
    "RegistryNotReady",
    "RegistryOutOfOrder",
    "Unit",
    "UnknownCategory",
    "UnknownPlace",
    "UnknownUnit",
    "WhistleProposal",
    "day_of",
    "fold",
    "quorum",
]
