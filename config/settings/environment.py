"""Where this checkout lives, where it keeps its state, and its secrets."""

from pathlib import Path

import environ

from config.errors import CannotRun
from config.settings.secret import read_or_create_secret

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
STATE_DIR = Path(env("STATE_DIR", default="") or BASE_DIR / "var").expanduser().resolve()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or read_or_create_secret(STATE_DIR / "secret_key")
# What receipts and minutes are signed with; it outlives SECRET_KEY, and the database never holds it.
SIGNING_KEY = env("SIGNING_KEY", default="") or read_or_create_secret(STATE_DIR / "signing_key")
if len(SIGNING_KEY) < 43:
    raise CannotRun("SIGNING_KEY is too short: give it at least 43 characters, as 32 random bytes in base64 have.")
