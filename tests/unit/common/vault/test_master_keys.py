"""The file of master keys: what it may hold, and that a fault in it is said without its content."""

from pathlib import Path

import pytest

from services.common.vault.errors import TextUnreadable, UnusableMasterKeys
from services.common.vault.master_keys import MasterKeys, new_line


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_the_last_line_wraps_and_all_unwrap(tmp_path: Path) -> None:
    old = new_line("2025")
    before = MasterKeys.read(written(tmp_path / "a", old))
    key_id, wrapped = before.wrap("request-1", b"k" * 32)
    after = MasterKeys.read(written(tmp_path / "b", f"# rotated\n\n{old}{new_line('2026')}"))
    assert (key_id, after.newest) == ("2025", "2026")
    assert after.unwrap("request-1", key_id, wrapped) == b"k" * 32


def test_a_wrapped_key_opens_only_under_its_own_name(tmp_path: Path) -> None:
    keys = MasterKeys.read(written(tmp_path / "a", new_line("m")))
    key_id, wrapped = keys.wrap("request-1", b"k" * 32)
    with pytest.raises(TextUnreadable):
        keys.unwrap("request-2", key_id, wrapped)


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "m1\n", "m1 c2hvcnQ=\n", "m1 %%%\n", "a b c\n", "汉 " + "A" * 44 + "\n"],
)
def test_a_file_without_good_keys_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnusableMasterKeys):
        MasterKeys.read(written(tmp_path / "a", text))


def test_an_id_given_twice_is_refused_and_the_line_named(tmp_path: Path) -> None:
    lines = new_line("m"), new_line("m")
    with pytest.raises(UnusableMasterKeys, match="line 2") as caught:
        MasterKeys.read(written(tmp_path / "a", "".join(lines)))
    assert all(line.split()[1] not in str(caught.value) for line in lines)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableMasterKeys):
        MasterKeys.read(tmp_path / "nowhere")


def test_keys_are_never_printed(tmp_path: Path) -> None:
    line = new_line("m")
    keys = MasterKeys.read(written(tmp_path / "a", line))
    assert line.split()[1] not in repr(keys)
    assert repr(keys.keys["m"]) not in repr(keys)
