"""Who reports, who answers, what is shown of a person."""

from typing import Any, get_args

import pytest

from services.common.contracts.vocabulary import Channel
from services.intake.domain.errors import ChannelNotAllowed
from services.intake.domain.roles import gets_secret, may_answer, reporting_role
from services.intake.masking import masked, masked_name, masked_phone

CHANNELS = get_args(Channel)


@pytest.mark.parametrize(
    ("role", "channels"),
    [
        ("reporter", {"web", "miniprogram"}),
        ("grid_steward", {"grid"}),
        ("village_officer", {"visit"}),
        ("operator", set(CHANNELS)),
        ("town_officer", set()),
    ],
)
def test_a_role_reports_through_its_own_channels(role: str, channels: set[str]) -> None:
    def open_to(channel: Any) -> bool:
        try:
            return reporting_role(frozenset({role}), channel) == role
        except ChannelNotAllowed as refusal:
            assert set(refusal.allowed) == channels  # noqa: PT017  asked for many times
            return False

    assert {channel for channel in CHANNELS if open_to(channel)} == channels


def test_two_roles_open_the_channels_of_both() -> None:
    both = frozenset({"grid_steward", "village_officer"})

    assert [reporting_role(both, "grid"), reporting_role(both, "visit")] == [
        "grid_steward",
        "village_officer",
    ]


def test_an_operator_who_also_handles_orders_answers_for_nobody() -> None:
    assert may_answer(frozenset({"operator"}))
    assert not may_answer(frozenset({"operator", "village_officer"}))
    assert not may_answer(frozenset({"reporter"}))


def test_a_handler_who_reports_gets_no_secret() -> None:
    roles = ("reporter", "operator", "grid_steward", "village_officer")
    assert [role for role in roles if gets_secret(role)] == ["reporter", "operator"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张", "张*"),
        ("欧阳小红", "欧阳**"),
        ("Ann Lee", "A**"),
        ("𠮷野", "𠮷*"),
    ],
)
def test_of_a_name_the_surname_is_shown(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"),
        ("+86 138 1234 1234", "138****1234"),
        ("010-6954 1234", "010****1234"),
        ("69541234", "****"),
        ("12345", "****"),
    ],
)
def test_of_a_phone_number_the_middle_is_hidden(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_an_address_is_hidden_and_what_is_unknown_stays_so() -> None:
    assert masked({"address": "张湾村 1 号"}) == {"address": "****"}
    assert masked({}) == {}
