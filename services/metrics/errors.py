"""What can't be answered about a month."""

from services.common.errors import Refused


class MonthMalformed(Refused):
    """A month is written YYYY-MM, e.g. 2026-06."""

    slug = "month-malformed"
    status = 422
    zh = "月份须写作 YYYY-MM，例如 2026-06；收到：{month}。"
    en = "A month is written YYYY-MM, such as 2026-06; this was: {month}."


class MonthNotBegun(Refused):
    """There is nothing to count before a month has begun."""

    slug = "month-not-begun"
    status = 404
    zh = "{month} 尚未开始。"
    en = "{month} has not begun."


class MonthBeforeRecords(Refused):
    """No registry was in force then, so there were no units to count for."""

    slug = "month-before-records"
    status = 404
    zh = "{month} 早于本系统的记录。"
    en = "{month} lies before the records of this system."


class NoSuchFigure(Refused):
    """There is no figure of this name. `allowed` names those there are."""

    slug = "no-such-figure"
    status = 404
    zh = "没有名为 {figure} 的指标。"
    en = "There is no figure {figure}."


class NotYourUnit(Refused):
    """A unit's figures are shown to it and to those above it, to auditors and to admins."""

    slug = "not-your-unit"
    status = 403
    zh = "{unit} 不在您所属单位的范围内。"
    en = "{unit} is neither your unit nor below it."
