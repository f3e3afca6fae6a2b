"""Several calls that wait, made at the same time: whoever goes on counts on all of them."""

from collections.abc import Callable
from threading import Barrier

import pytest

from services.common.grouping import at_once

PATIENCE = 30.0  #: a test that would hang fails instead


class Ended(BaseException):
    """Whoever meets it is gone."""


def test_calls_are_made_at_the_same_time_and_all_are_over_when_it_returns() -> None:
    together = Barrier(3, timeout=PATIENCE)
    done: list[str] = []

    def call(name: str) -> Callable[[], None]:
        def meet() -> None:
            together.wait()
            done.append(name)

        return meet

    at_once(call("a"), call("b"), call("c"))
    assert sorted(done) == ["a", "b", "c"]


@pytest.mark.parametrize("fault", [OSError(), Ended()])
@pytest.mark.parametrize("first", [True, False])
def test_what_one_of_them_raises_comes_out_when_the_others_are_over(
    fault: BaseException, *, first: bool
) -> None:
    """Also the end of one: what he was to do is not done, and whoever goes on counts on it."""
    together = Barrier(2, timeout=PATIENCE)
    done: list[str] = []

    def fails() -> None:
        together.wait()
        raise fault

    def works() -> None:
        together.wait()
        done.append("works")

    with pytest.raises(type(fault)) as caught:
        at_once(*((fails, works) if first else (works, fails)))
    assert (caught.value, done) == (fault, ["works"])
