from celery import current_app, shared_task
from django.utils import timezone

from catalog.foundation.journal.relay import relay


@shared_task(name="journal.relay")
def relay_deliveries() -> int:
    """Send what waits; beat calls this every few seconds, so that losing the broker loses no message."""

    def send(task_name: str, event_id: int) -> None:
        current_app.send_task(task_name, args=[event_id])

    return relay(send, at=timezone.now())
