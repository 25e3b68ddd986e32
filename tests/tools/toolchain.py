"""What the tests that compile something have in common."""

import os
import shlex
import subprocess


def run(command, **options):
    """Runs a command and returns its output; where it fails, ends the test with all it printed."""
    command = [str(word) for word in command]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode != 0:
        raise SystemExit(f"{shlex.join(command)}\nended with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def with_library_path(folder):
    """This environment, with programs finding a shared liblucid in the given folder first."""
    paths = [str(folder), os.environ.get("LD_LIBRARY_PATH")]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, paths))}
