"""The process that keeps everything running.

`python -m services.local.keeper STATE_FOLDER [SERVER]...` keeps the services of the folder's table,
and the private servers that are named. It holds nothing that its parts need: they write their logs
by themselves and stand in pid files, so they outlive a keeper that is killed, and the next one
finds them. Told to end (SIGTERM, SIGINT, SIGHUP) it stops everything it keeps; so it does where
its folder is moved or deleted: no command could find what would run on there.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.common.config import EXIT_UNUSABLE
from services.local.foothold import Foothold
from services.local.kept import Part, server_parts, service_part
from services.local.room import shortage
from services.local.servers import logs
from services.local.servers.backing import BackingServers
from services.local.servers.process import ASKING, STOP_DEADLINE_SECONDS, ProcessMark
from services.local.standing import PartStanding
from services.local.supervisor import KEEPER, LEAVING, MAPPER, RABBITMQ, Supervision
from services.terminal import environment as environments
from services.terminal.console import said
from services.terminal.environment import CHECKOUT, Environment
from services.terminal.unprepared import Unprepared

LOOK_SECONDS: Final = 0.25


class Keeper:
    """Starts what doesn't run, with pauses that grow; says so; gives up on what dies at once."""

    def __init__(
        self, environment: Environment, supervision: Supervision, parts: Sequence[Part]
    ) -> None:
        """Keep `parts`; what of them runs already is taken over."""
        self._environment = environment
        self._supervision = supervision
        self._parts = parts
        self._standings = {part.name: PartStanding() for part in parts}
        self._written: Mapping[str, object] | None = None
        self._marks: dict[str, ProcessMark] = {}
        self._foothold = Foothold(supervision.folder)
        self._short_of_room = False

    def keep(self) -> bool:
        """Keep everything until somebody asks for the end; False if its folder is gone.

        Then all has been stopped, and what bears the folder's name now is another's.
        """
        for part in self._parts:
            if not part.process.running:
                self._launch(part)
            self._remember(part)
        while signal.sigtimedwait(ASKING, LOOK_SECONDS) is None:
            if not self._foothold.held:
                self._leave()
                return False
            self.turn()
        self._tell(en="told to end", zh="收到停止要求")
        return True

    def _leave(self) -> None:
        """Stop everything by what is remembered of it: the pid files are gone."""
        folder = self._supervision.state_folder
        self._foothold.mark(LEAVING)
        self._tell(
            en=f"{folder} was moved or deleted: what ran in it is stopped",
            zh=f"{folder} 已被移动或删除：其中运行的一切随之停止",
        )
        for name in (RABBITMQ, MAPPER):  # at once: it would make its old folder again
            if name in self._marks:
                self._marks.pop(name).kill()
        for part in reversed(self._parts):
            mark = self._marks.get(part.name)
            if mark is not None:
                mark.stop(deadline_seconds=STOP_DEADLINE_SECONDS)
        self._foothold.remove(self._supervision.keeper.pid_file.name)
        self._foothold.remove(LEAVING)
        # Once more, at the end: what the services said meanwhile ends in complaints.
        self._tell(
            en=f"all that ran in {folder} has stopped, because it was moved or deleted",
            zh=f"{folder} 已被移动或删除，其中运行的一切均已停止",
        )

    def turn(self) -> None:
        """Look at every part once. A disk that is full costs words and time, not the keeper."""
        for part in self._parts:
            try:
                self._take_request(part)
                self._look(part)
                self._remember(part)
                for log in part.logs:
                    logs.limit(log)
            except OSError as fault:
                self._tell(en=f"{part.name}: {fault}", zh=f"{part.name}：{fault}")
        with suppress(OSError):  # as above
            logs.limit(self._supervision.log_of(KEEPER))
        self._look_at_room()
        self._write_standings()

    def _look_at_room(self) -> None:
        """Say once that room is getting short, and once that there is enough again."""
        lack = shortage(self._supervision.state_folder)
        if lack is not None and not self._short_of_room:
            self._tell(en=lack.en, zh=lack.zh)
        if lack is None and self._short_of_room:
            self._tell(en="there is room on the disk again", zh="磁盘空间已恢复")
        self._short_of_room = lack is not None

    def _remember(self, part: Part) -> None:
        mark = part.process.mark
        if mark is not None:
            self._marks[part.name] = mark

    def _look(self, part: Part) -> None:
        standing, now = self._standings[part.name], time.monotonic()
        if part.process.running or standing.given_up:
            return
        if not standing.awaited:
            self._bury(part)
        elif standing.is_due(now):
            self._launch(part)

    def _bury(self, part: Part) -> None:
        code = part.process.exit_code
        if code == EXIT_UNUSABLE:
            self._standings[part.name].give_up()
            self._tell(
                en=f"{part.name} can't work with its settings: see its log. The others go on; "
                f"'./shaobao restart {part.name}' tries again",
                zh=f"{part.name} 无法按当前设置工作，原因见其日志；其余继续运行。"
                f"可用 ./shaobao restart {part.name} 重试",
            )
            return
        en, zh = _ending(code)
        self._fell(part, en=f"{part.name} {en}", zh=f"{part.name} {zh}")

    def _fell(self, part: Part, *, en: str, zh: str) -> None:
        standing = self._standings[part.name]
        pause = standing.died(time.monotonic())
        if pause is not None:
            self._tell(
                en=f"{en}; starts again in {pause:.0f} s", zh=f"{zh}，{pause:.0f} 秒后重新启动"
            )
            return
        self._tell(
            en=f"{en}; given up after {standing.deaths} times in a row. The others go on; "
            f"'./shaobao restart {part.name}' tries again",
            zh=f"{zh}，连续 {standing.deaths} 次，不再启动；其余继续运行。"
            f"可用 ./shaobao restart {part.name} 重试",
        )

    def _launch(self, part: Part) -> None:
        standing = self._standings[part.name]
        again = standing.awaited
        try:
            part.launch()
        except Unprepared as lack:
            self._fell(part, en=lack.en, zh=lack.zh)
            return
        except OSError as fault:
            self._fell(part, en=f"{part.name}: {fault}", zh=f"{part.name}：{fault}")
            return
        if again:
            standing.restarted(time.monotonic(), datetime.now(UTC))
            self._tell(en=f"{part.name} started again", zh=f"{part.name} 已重新启动")
        else:
            standing.started(time.monotonic())
            self._tell(en=f"{part.name} started", zh=f"{part.name} 已启动")

    def _take_request(self, part: Part) -> None:
        """Stop a part that a person wants started anew, and start it at once."""
        request = self._supervision.request_of(part.name)
        if not request.exists():
            return
        self._tell(en=f"{part.name} is restarted on request", zh=f"按要求重新启动 {part.name}")
        part.stop()
        self._standings[part.name].forgive()
        self._launch(part)
        request.unlink()

    def _write_standings(self) -> None:
        rows = {
            name: {
                "restarts": each.restarts,
                "restarted_at": each.restarted_at.isoformat() if each.restarted_at else None,
                "given_up": each.given_up,
            }
            for name, each in self._standings.items()
        }
        if rows != self._written:
            with suppress(OSError):  # no room: tried again at the next look
                self._supervision.write_standings(rows)
                self._written = rows

    def _tell(self, *, en: str, zh: str) -> None:
        """Write a line into the keeper's log, which is its output."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = f"{at} {said(self._environment, en=en, zh=zh)}\n"
        with suppress(OSError):  # a full disk takes the words, not the keeper
            os.write(sys.stdout.fileno(), line.encode())


def _ending(code: int | None) -> tuple[str, str]:
    if code is None:
        return "ended", "已结束"
    if code < 0:
        name = signal.Signals(-code).name
        return f"was killed ({name})", f"被 {name} 终止"
    return f"ended with code {code}", f"已结束（退出码 {code}）"


def main(argv: Sequence[str]) -> None:
    """Keep what the table of the state folder names, and the private servers named in `argv`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    os.chdir(CHECKOUT)
    environment = replace(environments.read(), state_folder=Path(argv[0]))
    supervision = Supervision(environment.state_folder)
    servers = list(server_parts(BackingServers(environment), argv[1:]))
    services = supervision.services()
    parts = [*servers, *(service_part(supervision, each) for each in services)]
    if not Keeper(environment, supervision, parts).keep():
        return
    supervision.stop_services()
    for part in reversed(servers):
        part.stop()
    supervision.keeper.pid_file.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1:])
