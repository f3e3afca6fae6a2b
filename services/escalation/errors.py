"""What escalation's rules say no to. Each names the facts that the asker needs to act on it."""

from services.common.errors import Forbidden, Refused


class NotTheUnitAsked(Forbidden):
    """Only the unit that a raise asks may answer it."""

    slug = "not-the-unit-asked"
    zh = "该上报由 {unit} 答复。"
    en = "This raise is {unit}'s to answer."


class NotTheWhistlingTown(Forbidden):
    """Only the town that blew the whistle may do this."""

    slug = "not-the-whistling-town"
    zh = "只有吹哨单位 {town} 可以办理。"
    en = "Only the town that blew the whistle, {town}, may do this."


class NotTheCalledUnit(Forbidden):
    """The call is for another unit. Reply to the calls in your own queue or list."""

    slug = "not-the-called-unit"
    zh = "这次吹哨呼叫的不是你单位。"
    en = "Another unit was called, not yours."


class NotTheDutysUnit(Forbidden):
    """Only the unit that has the standing duty checks in."""

    slug = "not-the-dutys-unit"
    zh = "该巡查由 {unit} 承担。"
    en = "This standing duty is {unit}'s."


class HeldByAnotherUnit(Forbidden):
    """Only the holder of a work order may whistle for it: raise it, or take it over first."""

    slug = "held-by-another-unit"
    zh = "工单 {work_order_id} 由 {holder} 承办，不能由 {unit} 吹哨。"
    en = "Work order {work_order_id} is held by {holder}; {unit} can't whistle for it."


class ArrivalOutOfTime(Refused):
    """Nobody arrives before the call, or later than now. Say when you really came, with its zone.

    `not_before` and `not_after`: what is taken, in UTC, with some room for clocks that differ.
    """

    slug = "values-refused"
    status = 422
    zh = "到场时间须在呼叫之后、当前时间之前（{not_before} 至 {not_after}）。"
    en = "The time of arrival must lie between the call and now ({not_before} to {not_after})."

    def __init__(self, *, not_before: str, not_after: str) -> None:
        super().__init__(not_before=not_before, not_after=not_after)
        fault = {"pointer": "#/at", "detail": self.detail_en, "detail_zh": self.detail_zh}
        self.facts["errors"] = [fault]


class OrderNotOpen(Refused):
    """The order can't be whistled as it stands: acknowledge it first, or it is over."""

    slug = "order-not-open"
    zh = "工单 {work_order_id} 当前状态（{state}）不能吹哨。"
    en = "Work order {work_order_id} can't be whistled while it is {state}."


class PlaceNeeded(Refused):
    """The order has no place: say where the units shall go."""

    slug = "place-needed"
    status = 422
    zh = "工单没有地点，请填写 place_code。"
    en = "The order names no place: give place_code."


class PlaceOutsideTown(Refused):
    """A town whistles for its own area."""

    slug = "place-outside-town"
    status = 422
    zh = "地点 {place_code} 不在 {town} 辖区内。"
    en = "Place {place_code} is not in {town}."


class ChangeNeedsReason(Refused):
    """Lead or support differ from the catalogue's proposal: say why."""

    slug = "change-needs-reason"
    status = 422
    zh = "主责或配合单位与清单不同，请填写 change_reason。"
    en = "Lead or support differ from the catalogue: give change_reason."


class CalledTwice(Refused):
    """A unit has one call in a whistle."""

    slug = "called-twice"
    status = 422
    zh = "单位 {unit} 重复。"
    en = "Unit {unit} is named twice."


class NobodyCalled(Refused):
    """A town doesn't whistle for itself alone."""

    slug = "nobody-called"
    status = 422
    zh = "除本镇外没有呼叫任何单位。"
    en = "Nobody but the town itself is called."


class MeetingInThePast(Refused):
    """The meeting must lie ahead."""

    slug = "meeting-in-the-past"
    status = 422
    zh = "会议时间 {meeting_at} 已过。"
    en = "The meeting time {meeting_at} has passed."


class UnitNotHere(Refused):
    """Only units that have reported in and were not released yet can be released."""

    slug = "unit-not-here"
    zh = "单位 {unit} 未在场。"
    en = "Unit {unit} is not there."


class ActionNotBegun(Refused):
    """Before the joint action has begun a whistle can only end unsolved."""

    slug = "action-not-begun"
    zh = "联合行动尚未开始，只能以“未解决”结束。"
    en = "The joint action has not begun: it can only be concluded as unsolved."


class DutyOutsideTown(Refused):
    """A standing duty is given to a unit of the town, or to one that was called."""

    slug = "duty-outside-town"
    status = 422
    zh = "单位 {unit} 不属于本镇，也未被呼叫。"
    en = "Unit {unit} is neither of the town nor was it called."


class DutyTooShort(Refused):
    """A standing duty has at least one slot before its end."""

    slug = "duty-too-short"
    status = 422
    zh = "结束时间 {until_at} 之前没有一次巡查。"
    en = "There is no slot before {until_at}."


class AlreadyRated(Refused):
    """Each side rates once."""

    slug = "already-rated"
    zh = "已经评价过。"
    en = "It was rated already."


class DutyOver(Refused):
    """The last slot is over."""

    slug = "duty-over"
    zh = "最后一次巡查时间（{until_at}）已过。"
    en = "The last slot was over at {until_at}."
