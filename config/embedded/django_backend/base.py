from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from config.embedded.postgres import embedded_postgres


class DatabaseWrapper(base.DatabaseWrapper):
    """Starts or joins the server before a process connects."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        embedded_postgres(settings.STATE_DIR).ensure()
        return super().get_new_connection(conn_params)
