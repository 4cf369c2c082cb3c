"""Which system user the embedded PostgreSQL runs as: it refuses to be root.

As root nothing on the machine is changed for it: no account is made and no folder is opened. In a user
namespace the server believes to be somebody else while every file stays root's. Where that is forbidden it
becomes the system's own `daemon`, with the right to pass closed folders.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.embedded.server import SUBSTITUTE, EmbeddedServerError


@dataclass(frozen=True)
class RunningAs:
    """How to start a program of PostgreSQL."""

    way: str
    prefix: tuple[str, ...]
    owner: int  # to whom the data and the socket have to belong
    caller: str  # the system user that the server sees when this process calls

    def give(self, folder: Path) -> None:
        """Make `owner` the owner of a folder and all that is in it."""
        if os.geteuid() == 0 and os.lstat(folder).st_uid != self.owner:
            for parent, _, files in os.walk(folder):
                for path in (parent, *(os.path.join(parent, file) for file in files)):
                    os.chown(path, self.owner, self.owner, follow_symlinks=False)


def choose(home: Path, binaries: Path) -> RunningAs:
    """The first way that works here.

    Raises:
        EmbeddedServerError: there is none.
    """
    for candidate in candidates():
        if works(candidate, home, binaries):
            return candidate
    if os.geteuid() == 0:
        raise EmbeddedServerError(
            "PostgreSQL refuses to run as root, and neither unshare nor setpriv may change that here: "
            "run this as an ordinary user, or set DATABASE_URL to a server of your own."
        )
    raise EmbeddedServerError(f"The PostgreSQL in {binaries} does not run on this machine: set DATABASE_URL.")


def candidates() -> Iterator[RunningAs]:
    me = os.geteuid()
    name = user_name(me)
    if me != 0 and name:
        yield RunningAs("directly", (), me, name)
        return
    if shutil.which("unshare"):
        unshare = ("unshare", "--user", f"--map-user={SUBSTITUTE}", f"--map-group={SUBSTITUTE}")
        yield RunningAs("in a user namespace", unshare, me, user_name(SUBSTITUTE))
    if me == 0 and shutil.which("setpriv"):
        setpriv = (
            "setpriv",
            f"--reuid={SUBSTITUTE}",
            f"--regid={SUBSTITUTE}",
            "--clear-groups",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
        )
        yield RunningAs("with a capability", setpriv, SUBSTITUTE, name)


def works(candidate: RunningAs, home: Path, binaries: Path) -> bool:
    """Whether a program started so can be executed, and reaches the folder of the server."""
    for command in (
        [str(binaries / "postgres"), "--version"],
        ["ls", str(home)],
    ):
        done = subprocess.run([*candidate.prefix, *command], cwd="/", capture_output=True, check=False)
        if done.returncode != 0:
            return False
    return True


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
