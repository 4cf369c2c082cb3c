"""Where this checkout lives, where it keeps its state, and its secret."""

from pathlib import Path

import environ

from config.settings.secret import read_or_create_secret

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
STATE_DIR = Path(env("STATE_DIR", default="") or BASE_DIR / "var").expanduser().resolve()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or read_or_create_secret(STATE_DIR / "secret_key")
