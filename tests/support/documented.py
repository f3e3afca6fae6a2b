"""The commands that stand in a document, run as they stand against an installation of a test.

Only two things differ from a reader's terminal: the services' addresses, and `./shaobao`, which
leads to the command line of this very checkout and finds everything up already.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.local.service_table import HTTP_PORTS
from services.terminal.environment import CHECKOUT
from tests.support.installation import Installation

TIMEOUT_SECONDS = 120
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHAOBAO = """\
#!/bin/sh
[ "$1" = up ] && exit 0
exec {python} -m services.cli "$@"
"""
STAND_IN = """\
#!/bin/sh
exec {python} {script} "$@"
"""
#: What a test wants of curl and a reader doesn't: an answer a line, and to fail where it is no.
CURL_SETTINGS = 'show-error\nfail-with-body\nwrite-out = "\\n"\nnoproxy = "*"\n'


def commands(text: str) -> str:
    """Return every block of shell commands, in order, as one script."""
    return "\n".join(_BLOCK.findall(text))


def run(script: str, here: Installation, folder: Path, *, real_curl: bool) -> str:
    """Run `script` in `folder`, stopping at the first command that fails; return what it said."""
    folder.mkdir(parents=True)
    _program(folder / "shaobao", SHAOBAO.format(python=sys.executable))
    (folder / ".curlrc").write_text(CURL_SETTINGS, encoding="utf-8")
    if not real_curl:
        stand_in = CHECKOUT / "tests" / "support" / "curl.py"
        _program(folder / "bin" / "curl", STAND_IN.format(python=sys.executable, script=stand_in))
    done = subprocess.run(  # noqa: S603  our own document
        ("/bin/bash", "-euo", "pipefail", "-c", _at(script, here)),
        cwd=folder,
        env=_environment(here, folder),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{here.last_words()}"
    return done.stdout


def _program(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)


def _at(script: str, here: Installation) -> str:
    """Return the script with the addresses of the test's services."""
    for name, port in HTTP_PORTS.items():
        script = script.replace(f"http://127.0.0.1:{port}", here.services[name].address)
    return script


def _environment(here: Installation, folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "SHAOBAO_HOME": str(here.folder),
        "CURL_HOME": str(folder),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
    }


def answers(output: str) -> Iterator[Any]:
    """Yield what was answered, from the lines that are JSON."""
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
