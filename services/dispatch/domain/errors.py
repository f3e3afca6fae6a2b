"""What dispatch refuses, beside a step that the state machine doesn't have (`NotAllowedNow`)."""

from services.common.errors import Refused


class HeldByAnotherUnit(Refused):
    """Another unit answers for the order. Ask its `holder`, or take over as its superior."""

    slug = "held-by-another-unit"
    status = 403
    zh = "该工单由 {holder} 承办，{unit} 不能办理。"
    en = "The order is held by {holder}; {unit} may not act on it."


class AskedOfAnotherUnit(Refused):
    """The transfer was proposed to another unit, and only that one answers."""

    slug = "asked-of-another-unit"
    status = 403
    zh = "转办征求的是 {asked} 的意见，{unit} 不能答复。"
    en = "The transfer was proposed to {asked}; {unit} may not answer it."


class NotASuperior(Refused):
    """Only a unit above the holder takes an order over."""

    slug = "not-a-superior"
    status = 403
    zh = "{unit} 不是承办单位 {holder} 的上级。"
    en = "{unit} is not a superior of {holder}."


class OnlyVillagesRaise(Refused):
    """Raising goes from a village to its town. Others transfer, or blow the whistle."""

    slug = "only-villages-raise"
    status = 403
    zh = "只有村（社区）可以上报；{unit} 不是。"
    en = "Only a village raises to its town; {unit} is none."


class CannotHoldOrders(Refused):
    """The unit is no place of work: it leads, or it is only a place. Name another."""

    slug = "cannot-hold-orders"
    status = 422
    zh = "{unit} 不能承办工单。"
    en = "{unit} can't hold work orders."


class AlreadyHeld(Refused):
    """The unit asked holds the order already."""

    slug = "already-held"
    status = 422
    zh = "{unit} 已是承办单位。"
    en = "{unit} holds the order already."


class EvidenceMissing(Refused):
    """The category asks for evidence of what was done. Send at least one piece."""

    slug = "evidence-missing"
    status = 422
    zh = "分类 {category} 办结须附证明材料。"
    en = "Category {category} asks for evidence when an order is resolved."


class TransferAwaited(Refused):
    """A transfer is open, and its answer clock runs at `asked`; first it has to be answered.

    `asked` accepts or declines, or a superior of the holder takes over.
    """

    slug = "transfer-awaited"
    zh = "转办正等待 {asked} 答复，暂不能执行 {command}。"
    en = "A transfer waits for the answer of {asked}; {command} has to wait for it."


class RaiseNotOpen(Refused):
    """The raise was answered, or the order went another way meanwhile."""

    slug = "raise-not-open"
    zh = "上报 {raise_id} 已不再等待答复。"
    en = "Raise {raise_id} is not open any more."


class WhistleNotOpen(Refused):
    """The order is not, or no longer, part of this whistle."""

    slug = "whistle-not-open"
    zh = "该工单不在哨 {whistle_id} 之中。"
    en = "The order is not part of whistle {whistle_id}."


class AnotherResolutionJudged(Refused):
    """The reporter judged an earlier resolution than the present one."""

    slug = "another-resolution-judged"
    zh = "诉求人评价的是第 {judged} 次办结，现为第 {resolution} 次。"
    en = "The reporter judged resolution {judged}, the present one is {resolution}."


class UnitMissing(Refused):
    """The token names no unit, so nobody can be acted for."""

    slug = "unit-missing"
    status = 403
    zh = "登录信息中没有单位。"
    en = "The token names no unit to act for."
