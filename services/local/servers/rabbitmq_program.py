"""Where RabbitMQ's scripts are: installed by the distribution, or unpacked into our folder."""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from services.local.servers.packages import Packages
from services.local.servers.plain_names import PlainNames

# Not the wrapper in /usr/sbin: that one changes the user and writes to the system's folders.
_INSTALLED = (Path("/usr/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin"))
_ERLANG_ROOT = re.compile(r"^(\s*ROOTDIR)=.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RabbitmqProgram:
    """How to call RabbitMQ's scripts."""

    scripts: Path  #: the folder with rabbitmq-server and rabbitmqctl
    environment: dict[str, str]  #: what they need on top (PATH, LD_LIBRARY_PATH)


def locate(
    packages: Packages, names: PlainNames, *, path: str, private: bool = False
) -> RabbitmqProgram:
    """Find the installed program, else unpack the distribution's package.

    `path` is the PATH to go by; with `private` an installed program is passed over. `names` gives
    the unpacked tree a path that it can live with.

    Raises:
        Unprepared: None is installed and the package can't be had.
    """
    if not private and shutil.which("erl", path=path) is not None:
        for scripts in _INSTALLED:
            if (scripts / "rabbitmq-server").exists():
                return RabbitmqProgram(scripts=scripts, environment={"PATH": path})
    return _unpacked(packages, names, path)


def _unpacked(packages: Packages, names: PlainNames, path: str) -> RabbitmqProgram:
    root = names.of(packages.unpack("rabbitmq-server"))
    erlang = root / "usr/lib/erlang"
    _move_erlang_home(erlang)
    environment = {"PATH": f"{erlang / 'bin'}:{path}"}
    if libraries := packages.library_path():
        environment["LD_LIBRARY_PATH"] = libraries
    # not the links in usr/lib/rabbitmq/bin: through them the scripts see the real path of the tree
    [scripts] = root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin")
    return RabbitmqProgram(scripts=scripts, environment=environment)


def _move_erlang_home(erlang: Path) -> None:
    """Debian's start scripts have Erlang's root written into them, whatever the environment says.

    There are two of each: one in `bin`, and one in `erts-<version>/bin`, by which a node starts
    other programs.
    """
    for script in (*erlang.glob("bin/*"), *erlang.glob("erts-*/bin/*")):
        content = script.read_bytes()
        if not content.startswith(b"#!") or script.is_symlink():
            continue
        text = content.decode("utf-8")
        moved = _ERLANG_ROOT.sub(lambda found: f"{found[1]}={shlex.quote(str(erlang))}", text)
        if moved != text:
            script.write_text(moved, encoding="utf-8")
