"""A disk that is too full is told of before anything starts."""

from pathlib import Path

import pytest

from services.cli.room import refuse_without_room
from services.cli.unprepared import Unprepared


def test_a_disk_with_room_is_taken_though_the_folder_is_not_there_yet(tmp_path: Path) -> None:
    refuse_without_room(tmp_path / "not" / "yet", needed_mb=0)
    assert not (tmp_path / "not").exists()


def test_a_full_disk_is_refused_with_what_is_free_and_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(Unprepared, match=r"\d+ MB free .* need 999999999 MB: make room") as lack:
        refuse_without_room(tmp_path, needed_mb=999_999_999)
    assert "需要 999999999 MB" in lack.value.zh
