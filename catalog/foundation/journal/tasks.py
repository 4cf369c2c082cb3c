from datetime import timedelta

from celery import current_app, shared_task
from django.utils import timezone

from catalog.foundation.journal.clocks import note_clock
from catalog.foundation.journal.models import Book, IdempotencyKey
from catalog.foundation.journal.relay import relay
from catalog.foundation.journal.sealing import seal_book

# A client that repeats a request does so within hours; after this time the key may be used anew.
KEYS_ARE_KEPT = timedelta(days=30)


@shared_task(name="journal.relay")
def relay_deliveries() -> int:
    """Send what waits; beat calls this every few seconds, so that losing the broker loses no message."""

    def send(task_name: str, event_id: int) -> None:
        # apart from the short tasks of the clock, which must not wait behind a long one
        current_app.send_task(task_name, args=[event_id], queue="bulk")

    return relay(send, at=timezone.now())


@shared_task(name="journal.forget_keys")
def forget_idempotency_keys() -> int:
    """Delete the idempotency keys that nobody will repeat any more."""
    deleted, _per_model = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_ARE_KEPT).delete()
    return deleted


@shared_task(name="journal.read_clock")
def read_clock() -> str:
    """Keep a reading of the clock; one that cannot be believed fails, and stands in the worker's log."""
    return note_clock().read_at.isoformat()


@shared_task(name="journal.seal")
def seal_books() -> int:
    """Chain and sign what was committed; return how many seals were set."""
    return sum(len(seal_book(book, at=timezone.now())) for book in Book)
