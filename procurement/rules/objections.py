"""How long candidates stay published: the clock stands still while an objection waits for its reply.

Source: Implementing Regulation of the Bidding Law (State Council Order 613), art. 54: the result is published for at
least three days, an objection is answered within three days, and the procedure stops until it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

# From when an objection waited, and until when; none: it waits still.
Wait = tuple[datetime, datetime | None]


def window_end(published_at: datetime, *, days: int, waits: Iterable[Wait], at: datetime) -> datetime:
    """Until when objections are heard, as known at ``at``: the days, and the time for which the clock stood still."""
    return published_at + timedelta(days=days) + stopped_time(waits, since=published_at, at=at)


def stopped_time(waits: Iterable[Wait], *, since: datetime, at: datetime) -> timedelta:
    """How long at least one objection waited between the two moments; time that several share counts once."""
    stopped, reached = timedelta(0), since
    for filed_at, replied_at in sorted(waits, key=lambda wait: wait[0]):
        begin, end = max(filed_at, reached), min(replied_at or at, at)
        if end > begin:
            stopped += end - begin
            reached = end
    return stopped
