"""The secrets of a checkout that was given none."""

import os
import secrets
import tempfile
from pathlib import Path

from config.errors import CannotRun


def read_or_create_secret(path: Path) -> str:
    """Return the secret in `path`, made on first use and readable by its owner only.

    Several processes may come here first at the same moment: all return the secret of the one that linked its
    file to `path`, and none can read a file half written.

    Raises:
        CannotRun: the folder is another user's.
    """
    try:
        if not path.exists():
            create_secret(path)
        return path.read_text().strip()
    except PermissionError as error:
        raise CannotRun(
            f"{path.parent} is of another user: run this as that user, or set STATE_DIR to another folder."
        ) from error


def create_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
