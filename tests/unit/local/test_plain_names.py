"""Links with a plain path to folders with an odd one."""

from pathlib import Path

import pytest

from services.local.servers.plain_names import PlainNames


@pytest.fixture
def names(tmp_path: Path) -> PlainNames:
    return PlainNames(tmp_path / "record")


def test_a_plain_path_is_its_own_name_and_nothing_is_made(names: PlainNames) -> None:
    assert names.of(Path("/home/zhang/shaobao")) == Path("/home/zhang/shaobao")
    assert not names.record.exists()


def test_the_same_folder_has_the_same_link_until_it_is_forgotten(
    names: PlainNames, tmp_path: Path
) -> None:
    odd = tmp_path / "中文"
    odd.mkdir()
    (odd / "kept").touch()
    link = names.of(odd)
    assert names.of(odd) == link
    assert (link / "kept").exists()
    names.forget()
    assert not link.parent.exists()
    assert (odd / "kept").exists()


def test_a_link_that_somebody_removed_is_made_again(names: PlainNames, tmp_path: Path) -> None:
    odd = tmp_path / "a space"
    odd.mkdir()
    names.of(odd).unlink()
    assert names.of(odd).samefile(odd)
    names.forget()
    assert names.of(odd).samefile(odd)
    names.forget()


def test_forgetting_what_was_never_named_is_no_error(names: PlainNames) -> None:
    names.forget()
    assert not names.record.exists()
