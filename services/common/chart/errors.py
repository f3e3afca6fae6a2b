"""What can be wrong with a code, an entry or a registry."""

from services.common.errors import Corrupt, Refused, Transient


class NotInChart(Refused):
    """The chart of this moment has nothing under the given code; an earlier one may have."""

    status = 422


class UnknownUnit(NotInChart):
    """The chart of this moment has no such unit. Look the code up under `/v1/units`."""

    slug = "unknown-unit"
    zh = "没有代码为 {unit} 的单位。"
    en = "There is no unit {unit}."


class UnknownPlace(NotInChart):
    """The code names no district, town or village of this moment."""

    slug = "unknown-place"
    zh = "没有代码为 {place_code} 的地点。"
    en = "There is no place {place_code}."


class UnknownCategory(NotInChart):
    """No category of the third level has this code. Look it up under `/v1/categories`."""

    slug = "unknown-category"
    zh = "没有代码为 {category} 的问题分类（须为第三级）。"
    en = "There is no category {category} (of the third level)."


class InvalidEntry(Corrupt):
    """An entry of the registry can't be read. Adopt a corrected version of the table."""


class PolicyMissing(Corrupt):
    """The policies in force lack this name. Adopt a version of the policies that has it."""


class RegistryOutOfOrder(Corrupt):
    """A version of a registry came after a later one. Who fed it has a fault."""


class RegistryNotReady(Transient):
    """A table of the registry is not adopted yet, or not yet in force. Wait for dispatch."""
