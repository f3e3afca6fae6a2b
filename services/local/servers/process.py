"""Starting, finding again and stopping a process that outlives the one that started it.

A pid alone proves nothing: the number may have been given to a stranger since. The pid file holds
the pid and the process's start (field 22 of /proc/<pid>/stat); only both together are believed, and
only where the file itself is the one that was written: its copy, in a copy of the folder, would
name the processes of another installation.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

from services.local.polling import until
from services.local.servers import ports

#: What a person, a terminal that closes or another process sends to whoever shall end.
ASKING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_DEADLINE_SECONDS = 30
GONE_SECONDS: Final = 10  #: what a killed process may take until its last thread is gone
_CODES: Final[dict[int, int]] = {}  #: pid -> how a child of this process ended
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process, told apart from every other that ever had its pid since the machine started."""

    pid: int
    started: int  #: clock ticks after the machine's start

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The mark of the living process `pid`; None if there is none or only a zombie is left.

        A killed process whose first thread is a zombie still holds its ports until its last
        thread is gone: it lives so long.
        """
        _reap(pid)
        proc = Path(f"/proc/{pid}")
        try:
            stat = (proc / "stat").read_text(encoding="utf-8", errors="replace")
            threads = len(list((proc / "task").iterdir()))
        except (FileNotFoundError, ProcessLookupError):
            return None
        after_name = stat.rpartition(")")[2].split()
        if after_name[0] in "ZX" and threads <= 1:
            return None
        return cls(pid=pid, started=int(after_name[19]))

    @classmethod
    def of_this_process(cls) -> Self:
        """The mark of the running program."""
        mark = cls.of(os.getpid())
        if mark is None:
            raise RuntimeError("a process that runs has an entry in /proc")
        return mark

    @property
    def alive(self) -> bool:
        """Whether exactly this process still runs."""
        return ProcessMark.of(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process and to nobody else; nothing happens if it is gone."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, *, deadline_seconds: float) -> None:
        """SIGTERM, and SIGKILL if it hasn't gone by the deadline."""
        self.signal(signal.SIGTERM)
        if not until(lambda: not self.alive, deadline_seconds=deadline_seconds):
            self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        until(lambda: not self.alive, deadline_seconds=GONE_SECONDS)


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A process known by its pid file: pid, start, and the file's own place on the disk."""

    pid_file: Path

    @property
    def mark(self) -> ProcessMark | None:
        """Who is named in the pid file, dead or alive. A copied pid file names nobody."""
        try:
            with self.pid_file.open(encoding="ascii") as file:
                pid, started, *place = file.read().split()
                if place and place != [_place_of(file.fileno())]:
                    return None
            return ProcessMark(pid=int(pid), started=int(started))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def running(self) -> bool:
        """Whether the process named in the pid file lives."""
        mark = self.mark
        return mark is not None and mark.alive

    @property
    def exit_code(self) -> int | None:
        """How it ended: a code, or minus a signal. None while it lives, and of others' children."""
        mark = self.mark
        return None if mark is None or mark.alive else _CODES.get(mark.pid)

    def spawn(
        self, argv: Sequence[str], *, env: Mapping[str, str], log: Path, tied: bool = False
    ) -> None:
        """Start `argv` in a session of its own, its output appended to `log`.

        With `tied` it gets SIGTERM when the starting process dies, however that dies. Nobody is
        started without being recorded: signals wait for it, and what can't be recorded is killed.

        Raises:
            OSError: There is no such program, or no room for the pid file.
        """
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        with _undisturbed():
            pid = _spawned([*tie(tied), *argv], env, log)
            mark = ProcessMark.of(pid)
            if mark is not None:
                self._record_or_kill(mark)

    def _record_or_kill(self, mark: ProcessMark) -> None:
        try:
            self.record(mark)
        except OSError:
            mark.signal(signal.SIGKILL)
            raise

    def record(self, mark: ProcessMark) -> None:
        """Write the pid file."""
        with self.pid_file.open("w", encoding="ascii") as file:
            file.write(f"{mark.pid} {mark.started} {_place_of(file.fileno())}\n")

    def stop(self, *, deadline_seconds: float) -> None:
        """SIGTERM, and SIGKILL for one that hasn't gone by the deadline. Twice is no error."""
        mark = self.mark
        if mark is not None:
            mark.stop(deadline_seconds=deadline_seconds)
            self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        mark = self.mark
        if mark is not None:
            mark.kill()
            self.pid_file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateServer:
    """A server of one's own. All it owns lies in `folder`.

    `stop` and `kill` may be repeated. The data survive both; `wipe` ends them. With `tied` it stops
    when the process that started it dies.
    """

    pid_name: ClassVar[str]
    folder: Path
    tied: bool = False

    @property
    def process(self) -> ServerProcess:
        """The server itself."""
        return ServerProcess(self.folder / self.pid_name)

    @property
    def running(self) -> bool:
        """Whether the process lives; it may still be starting."""
        return self.process.running

    @property
    def identity_file(self) -> Path:
        """What stays the same over restarts."""
        return self.folder / "identity.json"

    def comes_up(self, answers: Callable[[], bool], *, deadline_seconds: float) -> bool:
        """Wait until it `answers`; False if it dies before, or doesn't by the deadline.

        One yes is enough: on a loaded machine the answer to a second question may come too late.
        """
        came = until(lambda: not self.running or answers(), deadline_seconds=deadline_seconds)
        return came and self.running

    def started(self, start: Callable[[], bool], listening: Callable[[], Iterable[int]]) -> bool:
        """Return whether `start` succeeds, at the second try if a port got lost at the first.

        Between the choice of a free port and our listening on it somebody else may take it.
        `start` says whether it came up, and leaves nothing running if not.
        """
        return start() or (not all(map(ports.is_free, listening())) and start())

    def stop(self) -> None:
        """Stop in order; what was acknowledged stays."""
        self.process.stop(deadline_seconds=STOP_DEADLINE_SECONDS)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause`."""
        self._signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Kill it and delete all its data; its identity stays the same."""
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        mark = self.process.mark
        if mark is not None:
            mark.signal(number)


def tie(tied: bool) -> tuple[str, ...]:
    """Return the words before a command that let it end (SIGTERM) when its starter dies."""
    return ("setpriv", "--pdeathsig", "TERM", "--") if tied else ()


def _place_of(file: int) -> str:
    """Return what a file keeps when it is renamed, and its copy doesn't have."""
    about = os.fstat(file)
    return f"{about.st_dev}:{about.st_ino}"


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody interrupt what is inside; who asked meanwhile is heard after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _spawned(command: list[str], env: Mapping[str, str], log: Path) -> int:
    return os.posix_spawn(
        shutil.which(command[0]) or command[0],
        command,
        dict(env),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), _APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[*ASKING, signal.SIGPIPE],
    )


def _reap(pid: int) -> None:
    """Collect a dead child of ours, so that it doesn't stay as a zombie, and keep its code."""
    with suppress(ChildProcessError):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            _CODES[ended] = os.waitstatus_to_exitcode(status)
