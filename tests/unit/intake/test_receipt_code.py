"""A code that people type."""

import hashlib
from itertools import pairwise

import pytest

from services.intake.domain.errors import ReceiptCodeMistyped
from services.intake.domain.receipt import ALPHABET, as_printed, code_of

CODE = code_of(hashlib.sha256(b"a request").digest())


def test_a_code_is_three_groups_without_letters_that_look_like_digits() -> None:
    assert [len(group) for group in CODE.split("-")] == [4, 4, 5]
    assert set(CODE) <= {*ALPHABET, "-"}


@pytest.mark.parametrize(
    "typed",
    [CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " "), f" {CODE} "],
)
def test_case_and_spacing_do_not_matter(typed: str) -> None:
    assert as_printed(typed) == CODE


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    zeros_and_ones = code_of(bytes([0, 1, 0, 0, 0, 0, 0, 0]))
    typed = zeros_and_ones.replace("0", "O").replace("1", "l")

    assert as_printed(typed) == zeros_and_ones


def test_every_single_wrong_character_is_found() -> None:
    plain = CODE.replace("-", "")
    for place, right in enumerate(plain):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(ReceiptCodeMistyped):
                as_printed(plain[:place] + wrong + plain[place + 1 :])


def test_every_swap_of_two_neighbours_is_found() -> None:
    for left in ALPHABET:
        for right in set(ALPHABET) - {left}:
            swapped = code_of(_starting(left, right)).replace(left + right, right + left, 1)
            with pytest.raises(ReceiptCodeMistyped):
                as_printed(swapped)


def _starting(left: str, right: str) -> bytes:
    number = (ALPHABET.index(left) << 55 | ALPHABET.index(right) << 50) << 4
    return number.to_bytes(8, "big")


@pytest.mark.parametrize("typed", ["", "7K3M", CODE + "0", CODE[:-1] + "U", "é" * 13, "＊" * 13])
def test_what_can_be_no_code_is_refused(typed: str) -> None:
    with pytest.raises(ReceiptCodeMistyped):
        as_printed(typed)


def test_different_requests_have_different_codes() -> None:
    codes = [code_of(hashlib.sha256(bytes([n])).digest()) for n in range(200)]

    assert all(one != other for one, other in pairwise(sorted(codes)))
