"""What the rules of a request refuse, beside `NotAllowedNow`."""

from typing import ClassVar

from services.common.errors import Refused


class OnlyTheReporterAnswers(Refused):
    """Only the reporter, or an operator who records a call by name, writes a follow-up."""

    slug: ClassVar[str] = "only-the-reporter-answers"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "回访只能由诉求人本人或话务员记录，承办人员不能代填。"
    en: ClassVar[str] = "Only the reporter or an operator answers a follow-up; a handler never can."


class FollowUpMovedOn(Refused):
    """Another round is open than the one that was answered. Read the receipt, then answer."""

    slug: ClassVar[str] = "follow-up-moved-on"
    zh: ClassVar[str] = "回访已进入第 {open_round} 轮，提交的是第 {round} 轮。"
    en: ClassVar[str] = "Round {open_round} of the follow-up is open, not round {round}."


class SolvedMissing(Refused):
    """Something was resolved, and the answer doesn't say whether that solved it.

    It would close the request without a verdict, and lock out the reporter's "no". Who was called
    and didn't say is a try: `follow-up-tries`.
    """

    slug: ClassVar[str] = "solved-missing"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = (
        "请说明问题是否解决（solved）：yes 已解决、partly 部分解决、no 未解决。"
        "诉求人未作答复的，登记为一次未果的回访（follow-up-tries）。"
    )
    en: ClassVar[str] = (
        "Say whether it is solved: yes, partly or no. "
        "If the reporter didn't say, record a try (follow-up-tries)."
    )


class AskedAboutAlready(Refused):
    """The reporter is or was asked about this resolution or a later one.

    A promised date that passes after the first resolution was asked about comes here too: its
    round would replace one that can reopen the order by one that can't.
    """

    slug: ClassVar[str] = "asked-about-already"
    zh: ClassVar[str] = "已就第 {judged} 次办结进行回访。"
    en: ClassVar[str] = "The reporter has been asked about resolution {judged} already."


class AskedAgainMeanwhile(Refused):
    """The silence belongs to an earlier question: the reporter was asked again after it ended."""

    slug: ClassVar[str] = "asked-again-meanwhile"
    zh: ClassVar[str] = "此后已再次回访，原时限不再计次。"
    en: ClassVar[str] = "The reporter was asked again since; that silence counts no more."


class ChannelNotAllowed(Refused):
    """The caller may not report through this channel. `allowed` names those that are open."""

    slug: ClassVar[str] = "channel-not-allowed"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "不能使用该渠道登记诉求：{channel}。"
    en: ClassVar[str] = "You may not report through this channel: {channel}."


class KeyGuessable(Refused):
    """Strangers share no account: whoever guesses the key of a report would get its receipt."""

    slug: ClassVar[str] = "idempotency-key-guessable"
    status: ClassVar[int] = 400
    zh: ClassVar[str] = "未登录登记时，Idempotency-Key 至少 {at_least} 个字符，请使用随机 UUID。"
    en: ClassVar[str] = (
        "Without an account an Idempotency-Key needs at least {at_least} characters: "
        "use a random UUID."
    )


class OnlyTheDeskGroups(Refused):
    """Without a token nobody says which requests are about one matter, or opposed."""

    slug: ClassVar[str] = "only-the-desk-groups"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "只有工作人员可以标记同类诉求或对立诉求。"
    en: ClassVar[str] = "Only staff may group requests or mark them as opposed."


class ReceiptRefused(Refused):
    """The secret doesn't belong to this request, or there is no such request."""

    slug: ClassVar[str] = "receipt-refused"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "回执凭证不正确。"
    en: ClassVar[str] = "The receipt's secret is not right for this request."


class ReceiptCodeMistyped(Refused):
    """The lookup code can't be one of ours: a character is wrong, missing or swapped."""

    slug: ClassVar[str] = "receipt-code-mistyped"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "查询码有误，请核对后重新输入。"
    en: ClassVar[str] = "This lookup code has a typing mistake; please check it."
