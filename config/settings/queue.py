"""Celery and the cache, on the server that REDIS_URL names or on the embedded one of this checkout.

Three databases of the one server, counted from the one in the URL: tasks, results, cache. They are apart
because clearing the cache empties its whole database.
"""

from celery.schedules import crontab

from config.embedded.valkey import embedded_valkey
from config.redis_url import for_celery, shifted
from config.settings.environment import STATE_DIR, env

REDIS_URL = env("REDIS_URL", default="")
_server = REDIS_URL or embedded_valkey(STATE_DIR).url()

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache"
        if REDIS_URL
        else "config.embedded.cache.EmbeddedCache",
        "LOCATION": shifted(_server, 2),
        "TIMEOUT": 300,
    }
}

CELERY_BROKER_URL = for_celery(_server)
CELERY_RESULT_BACKEND = for_celery(shifted(_server, 1))
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Shanghai"

# A task leaves the queue when it is done, not when it starts: it may run twice, and is written for that.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
# A task that outlives the visibility timeout is given to a second worker while it runs: end it well before.
CELERY_TASK_SOFT_TIME_LIMIT = 3300
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 7200,
    # Look often for the tasks of a worker that was killed; by default they wait a hundred seconds more.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = 3600

CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"default": {}, "bulk": {}}
CELERY_TASK_CREATE_MISSING_QUEUES = False

CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "celerybeat-schedule")
# What waits longer than its own period would only be done twice in a row.
CELERY_BEAT_SCHEDULE = {
    "relay-deliveries": {"task": "journal.relay", "schedule": 5.0, "options": {"expires": 5.0}},
    "close-due-tenders": {
        "task": "procurement.close_due_tenders",
        "schedule": 15.0,
        "options": {"expires": 15.0},
    },
    # A moved clock is noticed by the readings of before.
    "read-clock": {"task": "journal.read_clock", "schedule": 60.0, "options": {"expires": 60.0}},
    # What was written is sealed within a minute or two.
    "seal-journal": {"task": "journal.seal", "schedule": 60.0, "options": {"expires": 60.0}},
    # The cut-off times: what is approved by then goes out with the run of the hour.
    "request-distribution-runs": {"task": "distribution.request_runs", "schedule": crontab(hour="10,16", minute=0)},
    # An answer that is overdue is told of within the minute.
    "escalate-orders": {"task": "distribution.escalate_orders", "schedule": 60.0, "options": {"expires": 60.0}},
    # Every province, so that what peers have reported and what changed unheard of counts too.
    "sweep-retail-prices": {"task": "distribution.request_retail_sweeps", "schedule": crontab(hour=2, minute=0)},
    "remind-of-overdue-payments": {
        "task": "distribution.remind_of_overdue",
        "schedule": crontab(hour=8, minute=0),
        "options": {"expires": 3600.0},
    },
    # How the month before was delivered: its last limits ended with it.
    "draw-scorecards": {"task": "distribution.draw_scorecards", "schedule": crontab(day_of_month=1, hour=4, minute=0)},
    # The month before, in January also the year, once its scorecards are drawn.
    "request-reports": {"task": "distribution.request_reports", "schedule": crontab(day_of_month=1, hour=6, minute=30)},
    # What institutions used in the month before.
    "reckon-use": {"task": "distribution.reckon_use", "schedule": crontab(day_of_month=1, hour=4, minute=30)},
    # An edition comes into force at the beginning of its first day.
    "turn-editions": {"task": "catalog.turn_editions", "schedule": crontab(minute=1), "options": {"expires": 3000.0}},
    # The first day of a quarter raises its price alarms; every day ends the suspensions of what became cheaper.
    "watch-price-alarms": {"task": "distribution.watch_price_alarms", "schedule": crontab(hour=0, minute=10)},
    # After the stock was looked at and before the officers come.
    "watch-shortages": {"task": "distribution.watch_shortages", "schedule": crontab(hour=5, minute=30)},
    "refresh-signals": {"task": "distribution.refresh_signals", "schedule": crontab(hour=2, minute=40)},
    # The shortest limits of recalls are of one day, and may end at any hour.
    "remind-of-recalls": {
        "task": "distribution.remind_of_recalls",
        "schedule": crontab(minute=20),
        "options": {"expires": 3000.0},
    },
    "watch-stock": {"task": "distribution.watch_stock", "schedule": crontab(hour=5, minute=0)},
    "forget-idempotency-keys": {"task": "journal.forget_keys", "schedule": crontab(hour=3, minute=30)},
}
