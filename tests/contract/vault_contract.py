"""What a vault does, whatever keeps its rows. Run against memory and MongoDB by test_vault.py."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from services.common.vault.errors import (
    AnotherTextKept,
    KeyErased,
    KeyUnknown,
    TextErased,
    TextIdTaken,
    TextMissing,
    TextUnreadable,
    UnusableMasterKeys,
    WrongName,
)
from services.common.vault.keys import CACHED_SECONDS, Keys
from services.common.vault.master_keys import MasterKeys
from services.common.vault.names import text_id_of
from services.common.vault.ports import KeyRow, KeyRows, TextRow, TextRows
from services.common.vault.vault import Vault

KEY = "request-018f"
COMMAND = str(uuid.UUID(int=7))
OLD, NEW = b"o" * 32, b"n" * 32


@dataclass
class Time:
    """Machine time that a test moves, for the cache and for the rows."""

    moment: datetime = field(default=datetime(2026, 11, 22, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def passes(self, span: timedelta) -> None:
        self.moment += span


class World:
    """Key and text rows of several services' processes on one store."""

    def __init__(self) -> None:
        self.time = Time()

    def key_rows(self) -> KeyRows:
        raise NotImplementedError

    def text_rows(self, service: str) -> TextRows:
        raise NotImplementedError

    def keys(self, master: MasterKeys | None = None) -> Keys:
        """Return the keys as a process of its own has them: with a cache of its own."""
        master = master or MasterKeys("m1", {"m1": OLD})
        return Keys(self.key_rows(), master, seconds=self.time.seconds, now=self.time.now)

    def vault(self, service: str = "intake", keys: Keys | None = None) -> Vault:
        return Vault(service, keys or self.keys(), self.text_rows(service), now=self.time.now)


class VaultContract:
    """Subclasses give the fixture `world`."""

    @pytest.fixture
    def vault(self, world: World) -> Vault:
        vault = world.vault()
        vault.keys.create_if_absent(KEY)
        return vault

    def test_a_text_comes_out_as_it_went_in(self, vault: Vault) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "夜市每天吵到两点 🌙")
        assert text_ref == f"intake/{uuid.uuid5(uuid.UUID(COMMAND), 'said')}"
        assert vault.open(text_ref) == "夜市每天吵到两点 🌙"

    def test_another_service_opens_it_by_its_reference(self, vault: Vault, world: World) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "井盖")
        assert world.vault("escalation").open(text_ref) == "井盖"

    def test_the_store_never_sees_the_text_or_the_key(self, vault: Vault, world: World) -> None:
        vault.seal(KEY, COMMAND, "said", "plain words")
        text = world.text_rows("intake").find("intake", text_id_of(COMMAND, "said"))
        key = world.key_rows().find(KEY)
        assert text is not None
        assert key is not None
        assert b"plain words" not in text.sealed
        assert vault.keys.key(KEY) not in key.wrapped

    def test_a_repeated_command_gets_the_same_reference(self, vault: Vault) -> None:
        first = vault.seal(KEY, COMMAND, "said", "first")
        assert vault.seal(KEY, COMMAND, "said", "first") == first

    def test_another_text_of_the_same_command_is_told_and_the_first_stays(
        self, vault: Vault
    ) -> None:
        first = vault.seal(KEY, COMMAND, "said", "first")
        with pytest.raises(AnotherTextKept):
            vault.seal(KEY, COMMAND, "said", "second")
        assert vault.open(first) == "first"

    def test_fields_and_commands_have_texts_of_their_own(self, vault: Vault) -> None:
        refs = {
            vault.seal(KEY, command, name, "x")
            for command in (COMMAND, "any client's key")
            for name in ("said", "result")
        }
        assert len(refs) == 4

    def test_one_command_id_under_two_keys_is_a_mix_up(self, vault: Vault) -> None:
        vault.seal(KEY, COMMAND, "said", "mine")
        vault.keys.create_if_absent("request-other")
        with pytest.raises(TextIdTaken):
            vault.seal("request-other", COMMAND, "said", "theirs")

    def test_a_text_that_is_not_there_is_missing(self, vault: Vault) -> None:
        with pytest.raises(TextMissing):
            vault.open(f"dispatch/{uuid.UUID(int=1)}")

    @pytest.mark.parametrize(
        "text_ref", ["", "intake", "intake/", "intake/7", f"In/{uuid.UUID(int=1)}", "a/b/c"]
    )
    def test_what_is_no_reference_is_refused(self, vault: Vault, text_ref: str) -> None:
        with pytest.raises(WrongName):
            vault.open(text_ref)

    def test_erasing_a_key_erases_its_texts(self, vault: Vault) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "x")
        vault.keys.destroy(KEY)
        with pytest.raises(TextErased):
            vault.open(text_ref)
        with pytest.raises(KeyErased):
            vault.seal(KEY, COMMAND, "other", "x")

    def test_an_erased_key_is_never_made_again(self, vault: Vault, world: World) -> None:
        vault.keys.destroy(KEY)
        vault.keys.destroy(KEY)
        with pytest.raises(KeyErased):
            vault.keys.create_if_absent(KEY)
        with pytest.raises(KeyErased):
            world.keys().create_if_absent(KEY)

    def test_a_key_can_be_erased_before_it_was_made(self, world: World) -> None:
        world.keys().destroy(KEY)
        with pytest.raises(KeyErased):
            world.keys().create_if_absent(KEY)

    def test_the_first_tombstone_of_an_erasure_stays(self, vault: Vault, world: World) -> None:
        vault.keys.destroy(KEY)
        world.time.passes(timedelta(hours=1))
        vault.keys.destroy(KEY)
        row = world.key_rows().find(KEY)
        assert row is not None
        assert (row.erased_at, row.wrapped) == (world.time.now() - timedelta(hours=1), b"")

    def test_other_processes_may_use_an_erased_key_for_a_minute_and_no_longer(
        self, vault: Vault, world: World
    ) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "x")
        other = world.vault("dispatch")
        assert other.open(text_ref) == "x"
        vault.keys.destroy(KEY)
        world.time.passes(timedelta(seconds=CACHED_SECONDS - 1))
        assert other.open(text_ref) == "x"
        world.time.passes(timedelta(seconds=1))
        with pytest.raises(TextErased):
            other.open(text_ref)

    def test_a_key_that_was_never_made_is_unknown_and_nothing_is_cached(self, world: World) -> None:
        keys = world.keys()
        with pytest.raises(KeyUnknown):
            keys.key(KEY)
        world.keys().create_if_absent(KEY)
        assert keys.key(KEY) == world.keys().key(KEY)

    def test_of_many_makers_at_once_one_wins(self, world: World) -> None:
        makers = [world.keys() for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda keys: keys.create_if_absent(KEY), makers))
        assert len({keys.key(KEY) for keys in makers}) == 1

    def test_of_many_writers_of_one_text_one_wins(self, vault: Vault) -> None:
        def written(number: int) -> str | None:
            try:
                return vault.seal(KEY, COMMAND, "said", f"writer {number}")
            except AnotherTextKept:
                return None

        with ThreadPoolExecutor(8) as pool:
            refs = list(pool.map(written, range(8)))
        [winner] = [number for number, ref in enumerate(refs) if ref is not None]
        assert vault.open(str(refs[winner])) == f"writer {winner}"

    def test_making_twice_keeps_the_key(self, world: World) -> None:
        keys = world.keys()
        keys.create_if_absent(KEY)
        before = keys.key(KEY)
        keys.create_if_absent(KEY)
        assert world.keys().key(KEY) == before

    def test_keys_of_every_kind_are_different(self, world: World) -> None:
        keys = world.keys()
        names = ["reporter-1", "request-1", "whistle-1"]
        for name in names:
            keys.create_if_absent(name)
        assert len({keys.key(name) for name in names}) == 3

    @pytest.mark.parametrize("name", ["", "request-", "other-1", "request-a/b", "request-a\n"])
    def test_a_name_of_no_kind_is_refused(self, world: World, name: str) -> None:
        with pytest.raises(WrongName):
            world.keys().create_if_absent(name)
        with pytest.raises(WrongName):
            world.keys().destroy(name)

    def test_master_keys_can_be_rotated(self, vault: Vault, world: World) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "x")
        vault.keys.create_if_absent("whistle-gone")
        vault.keys.destroy("whistle-gone")
        both = world.keys(MasterKeys("m2", {"m1": OLD, "m2": NEW}))
        assert both.rewrap() == 1
        assert both.rewrap() == 0
        newest = world.vault(keys=world.keys(MasterKeys("m2", {"m2": NEW})))
        assert newest.open(text_ref) == "x"
        with pytest.raises(KeyErased):
            newest.keys.key("whistle-gone")

    def test_a_key_erased_while_it_is_rewrapped_stays_erased(
        self, vault: Vault, world: World
    ) -> None:
        rows = world.key_rows()
        seen = rows.find(KEY)
        assert seen is not None
        vault.keys.destroy(KEY)
        assert not rows.replace(seen, KeyRow(KEY, "m2", b"new"))

    def test_a_key_under_a_master_key_that_is_not_there_cannot_be_had(
        self, vault: Vault, world: World
    ) -> None:
        with pytest.raises(UnusableMasterKeys):
            world.keys(MasterKeys("m9", {"m9": NEW})).key(KEY)
        with pytest.raises(TextUnreadable):
            world.keys(MasterKeys("m1", {"m1": NEW})).key(KEY)
        assert vault.keys.key(KEY)

    def test_a_text_moved_to_another_place_is_unreadable(self, vault: Vault, world: World) -> None:
        vault.seal(KEY, COMMAND, "said", "x")
        rows = world.text_rows("intake")
        row = rows.find("intake", text_id_of(COMMAND, "said"))
        assert row is not None
        moved = TextRow(uuid.UUID(int=9), KEY, COMMAND, "said", row.written_at, row.sealed)
        rows.insert_or_touch([moved])
        with pytest.raises(TextUnreadable):
            vault.open(f"intake/{uuid.UUID(int=9)}")

    def test_codes_are_the_same_for_the_same_parts_and_key(
        self, vault: Vault, world: World
    ) -> None:
        code = vault.mac(KEY, "secret", b"018f")
        assert len(code) == 32
        assert world.vault("dispatch").mac(KEY, "secret", "018f") == code

    def test_codes_differ_by_part_boundary_and_key(self, vault: Vault) -> None:
        vault.keys.create_if_absent("reporter-018f")
        codes = {
            vault.mac(KEY, "a", "bc"),
            vault.mac(KEY, "ab", "c"),
            vault.mac(KEY, "abc"),
            vault.mac(KEY, "abc", ""),
            vault.mac("reporter-018f", "abc"),
        }
        assert len(codes) == 5

    def test_no_code_can_be_made_after_erasure(self, vault: Vault) -> None:
        vault.keys.destroy(KEY)
        with pytest.raises(KeyErased):
            vault.mac(KEY, "code")

    def test_texts_without_a_commit_are_swept_after_a_day(self, vault: Vault, world: World) -> None:
        lost = vault.seal(KEY, "lost", "said", "x")
        kept = vault.seal(KEY, "kept", "said", "x")
        world.time.passes(timedelta(days=1))
        young = vault.seal(KEY, "young", "said", "x")
        world.time.passes(timedelta(seconds=1))
        assert vault.sweep(lambda command_id: command_id == "kept") == 1
        assert [vault.open(ref) for ref in (kept, young)] == ["x", "x"]
        with pytest.raises(TextMissing):
            vault.open(lost)

    def test_a_sweep_asks_once_for_a_command_and_never_again_after_its_commit(
        self, vault: Vault, world: World
    ) -> None:
        for name in ("said", "name"):
            vault.seal(KEY, "kept", name, "x")
        world.time.passes(timedelta(days=2))
        asked: list[str] = []

        def committed(command_id: str) -> bool:
            asked.append(command_id)
            return True

        for _ in range(2):
            vault.sweep(committed)
        assert asked == ["kept"]

    def test_a_command_repeated_during_a_sweep_keeps_its_text(
        self, vault: Vault, world: World
    ) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "x")
        world.time.passes(timedelta(days=2))

        def repeated_meanwhile(_: str) -> bool:
            vault.seal(KEY, COMMAND, "said", "x")
            return False

        assert vault.sweep(repeated_meanwhile) == 0
        assert vault.open(text_ref) == "x"

    def test_a_sweep_touches_only_its_own_services_texts(self, vault: Vault, world: World) -> None:
        text_ref = vault.seal(KEY, COMMAND, "said", "x")
        world.time.passes(timedelta(days=2))
        assert world.vault("dispatch").sweep(lambda _: False) == 0
        assert vault.open(text_ref) == "x"
