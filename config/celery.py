"""The Celery app: `celery -A config.celery worker`."""

import os

from celery import Celery
from celery.signals import beat_init, before_task_publish, celeryd_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
@before_task_publish.connect
def ensure_broker(**_: object) -> None:
    """Start or join the embedded server; the broker's own client would only knock at a closed door."""
    if not settings.REDIS_URL:
        from config.embedded.valkey import embedded_valkey

        embedded_valkey(settings.STATE_DIR).ensure()
