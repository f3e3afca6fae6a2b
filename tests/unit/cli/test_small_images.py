"""What the command line needs, and says, before it does anything."""

import os
import subprocess
import sys

from services.terminal.environment import CHECKOUT

LOOKING_AWAY = """
import sys
sys.modules["tzdata"] = None
import services.cli.app
from services.common.clock import BEIJING
print(BEIJING.utcoffset(None))
"""


def test_the_command_line_starts_and_knows_beijing_s_time() -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", LOOKING_AWAY],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "8:00:00"), done.stderr
    assert done.stderr == "", "no library's warning is the first thing that a person reads"
