"""Every document belongs to one slice, whoever asks, wherever and whenever."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.operating.rebuilding.slices import Slice


@given(st.text(), st.integers(1, 64))
def test_every_document_belongs_to_exactly_one_slice(name: str, of: int) -> None:
    assert [Slice(number, of).holds(name) for number in range(of)].count(True) == 1


@pytest.mark.parametrize(
    ("name", "of", "number"),
    [
        ("967951f1-6f4f-5935-9e25-e8dbc47eead6", 2, 0),
        ("967951f1-6f4f-5935-9e25-e8dbc47eead6", 3, 2),
        ("1dacfbb6-929f-57c6-8274-a50fa226d698", 2, 0),
        ("夜市", 5, 3),
        ("", 7, 0),
    ],
)
def test_a_document_belongs_to_the_same_slice_for_good(name: str, of: int, number: int) -> None:
    """What an older process has saved of a slice is taken up by a newer one."""
    assert Slice(number, of).holds(name)


@pytest.mark.parametrize("of", [2, 3, 8])
def test_slices_are_about_equally_large(of: int) -> None:
    names = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(each))) for each in range(8000)]
    for number in range(of):
        found = sum(Slice(number, of).holds(each) for each in names)
        assert 0.9 < found / (len(names) / of) < 1.1
