"""Cold caches: what runs as the first of a server that has just started, and whose files have to be read.

The files leave the operating system's cache alone, which anybody may have done with files of their own; the rest of the
machine keeps what it has. What lies below, such as the host of a virtual machine, may still have them in memory.
"""

import contextlib
import dataclasses
import os
import pathlib
import subprocess


def made_cold(contestants, contestant):
    """The contestant, with a server and a session of its own for each time that it runs."""
    @contextlib.contextmanager
    def around():
        pg_ctl("stop", "--mode=fast")
        forget_files()
        pg_ctl("start", f"--log={os.environ['SCRATCH']}/server.log")
        contestants.reconnect()
        with contestant.around():
            yield
    return dataclasses.replace(contestant, around=around)


def pg_ctl(command, option):
    subprocess.run(["pg_ctl", command, "--silent", "--wait", option], check=True)


def forget_files():
    os.sync()  # only what is on disk can leave the cache
    for path in pathlib.Path(os.environ["PGDATA"]).rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)
