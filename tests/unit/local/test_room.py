"""A disk that is too full is told of before anything starts, and when it fills while it runs."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from services.local.keeper import Keeper
from services.local.room import refuse_without_room
from services.local.supervisor import Supervision
from services.terminal import environment as environments
from services.terminal.unprepared import Unprepared


def test_a_disk_with_room_is_taken_though_the_folder_is_not_there_yet(tmp_path: Path) -> None:
    refuse_without_room(tmp_path / "not" / "yet", needed_mb=0)
    assert not (tmp_path / "not").exists()


def test_a_full_disk_is_refused_with_what_is_free_and_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(Unprepared, match=r"\d+ MB free .* need 999999999 MB: make room") as lack:
        refuse_without_room(tmp_path, needed_mb=999_999_999)
    assert "需要 999999999 MB" in lack.value.zh


def test_room_that_gets_short_is_said_once_and_so_is_room_that_is_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    supervision = Supervision(tmp_path)
    supervision.folder.mkdir()
    keeper = Keeper(environments.read({"SHAOBAO_HOME": str(tmp_path)}), supervision, [])
    for free in (10**10, 499_000_000, 3_000_000, 10**10, 10**10):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        keeper.turn()
    first, last = capfd.readouterr().out.splitlines()
    assert f"Only 499 MB are free where {tmp_path} lies: make room. Below 200 MB" in first
    assert last.endswith(" there is room on the disk again")
