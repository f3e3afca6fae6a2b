"""Keys: made once, wrapped in the store, unwrapped in memory for a minute, destroyed on request."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from services.common.grouping import at_once
from services.common.vault.errors import KeyErased, KeyUnknown
from services.common.vault.master_keys import KEY_BYTES, MasterKeys
from services.common.vault.names import key_kind
from services.common.vault.ports import KeyRow, KeyRows

CACHED_SECONDS = 60.0
_CACHED_KEYS = 10_000


def machine_now() -> datetime:
    """Return the machine's time to the millisecond, which is as much as the store keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class _Cache:
    """Keys of the last minute, the least recently fetched leave first."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        until, key = self._kept.get(name, (0.0, b""))
        return key if until > self._seconds() else None

    def put(self, name: str, key: bytes) -> None:
        self._kept[name] = (self._seconds() + CACHED_SECONDS, key)
        self._kept.move_to_end(name)
        if len(self._kept) > _CACHED_KEYS:
            self._kept.popitem(last=False)

    def drop(self, name: str) -> None:
        self._kept.pop(name, None)


@dataclass(slots=True)
class Keys:
    """The keys of requests, their reporters, and whistles.

    An erased key may be used by another process for up to a minute more (`CACHED_SECONDS`).
    """

    rows: KeyRows
    master: MasterKeys
    seconds: Callable[[], float] = time.monotonic  #: machine time of the cache
    now: Callable[[], datetime] = machine_now
    _cache: _Cache = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Start with nothing in memory."""
        self._cache = _Cache(self.seconds)

    def create_if_absent(self, name: str) -> None:
        """Make the key `name` unless there is one. Of two makers at once one wins.

        Raises:
            KeyErased: It was destroyed; it is never made again.
        """
        key_kind(name)
        if self._cache.get(name) is not None:
            return
        key = os.urandom(KEY_BYTES)
        if self.rows.insert(KeyRow(name, *self.master.wrap(name, key))):
            self._cache.put(name, key)
        else:  # rarely: almost every call is for a new request, so nobody looks first
            self.key(name)

    def create_all_if_absent(self, *names: str) -> None:
        """Make several keys at the same time; see `create_if_absent`."""
        at_once(*(partial(self.create_if_absent, each) for each in names))

    def key(self, name: str) -> bytes:
        """Return the key `name`.

        Raises:
            KeyErased: It was destroyed.
            KeyUnknown: It was never made.
        """
        cached = self._cache.get(name)
        if cached is not None:
            return cached
        row = self.rows.find(name)
        if row is None:
            raise KeyUnknown(key_name=name)
        if row.erased_at is not None:
            raise KeyErased
        key = self.master.unwrap(name, row.master_key_id, row.wrapped)
        self._cache.put(name, key)
        return key

    def destroy(self, name: str) -> None:
        """Erase: what was sealed under the key can never be read again. Repeating is harmless."""
        key_kind(name)
        self.rows.erase(name, self.now())
        self._cache.drop(name)

    def rewrap(self) -> int:
        """Wrap every key under the newest master key; return how many weren't yet."""
        done = 0
        for old in self.rows.not_wrapped_by(self.master.newest):
            key = self.master.unwrap(old.name, old.master_key_id, old.wrapped)
            done += self.rows.replace(old, KeyRow(old.name, *self.master.wrap(old.name, key)))
        return done
