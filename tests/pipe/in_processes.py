"""Run Python elsewhere, and never wait for it for ever."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import List

REPOSITORY = Path(__file__).parents[2]

# What `python -m spacy` does, for several commands at the cost of one start.
COMMANDS = """
import sys, spacy.cli
for command in {commands!r}:
    sys.argv = ["spacy", *command]
    try:
        spacy.cli.setup_cli()
    except SystemExit as done:
        if done.code:
            raise
"""


def run_python(*arguments: str, timeout: float = 120, threads: int = 1) -> str:
    """Run Python with the modules of the tests, and return what it prints."""
    settings = {"OMP_NUM_THREADS": str(threads), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, **settings, "ANSI_COLORS_DISABLED": "1"},
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        # Its own workers would hang on without it.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise AssertionError("The process hangs.") from error
    assert process.returncode == 0, output
    return output


def run_commands(*commands: List[object], timeout: float = 120) -> str:
    """Run commands of spaCy, one after the other."""
    plain = [[str(argument) for argument in command] for command in commands]
    return run_python("-c", COMMANDS.format(commands=plain), timeout=timeout)
