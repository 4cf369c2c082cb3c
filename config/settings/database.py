"""PostgreSQL: the server that DATABASE_URL names, or the embedded one of this checkout."""

from config.embedded.postgres import embedded_postgres
from config.settings.environment import STATE_DIR, env

DATABASE_URL = env("DATABASE_URL", default="")

# A request waits for a row five seconds at most; then the caller is told that the record is busy.
SESSION_LIMITS = "-c lock_timeout=5s -c statement_timeout=120s -c idle_in_transaction_session_timeout=300s"

if DATABASE_URL:
    default = env.db_url_config(DATABASE_URL)
else:
    default = {
        "ENGINE": "config.embedded.django_backend",
        **embedded_postgres(STATE_DIR).connection_settings(),
    }

# Prepared is what asks for it (catalog/foundation/prepared.py), and from its first time on.
default["OPTIONS"] = {"options": SESSION_LIMITS, "prepare_threshold": 0, **default.get("OPTIONS", {})}
default["CONN_HEALTH_CHECKS"] = True
if env.bool("DATABASE_POOL", default=False):
    # Only for the web: the threads of a pool do not survive the fork of a worker's children.
    default["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 10, "timeout": 10}
else:
    default["CONN_MAX_AGE"] = 60

DATABASES = {"default": default}
