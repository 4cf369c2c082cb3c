"""The web, for gunicorn."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "1")

application = get_wsgi_application()

# What is loaded stays: to look through it for what could be freed, every few hundred requests, stops all of them.
gc.collect()
gc.freeze()
# and what a request leaves is looked through every ten requests or so, not ten times in each
gc.set_threshold(50_000, 20, 20)

# A thread that holds rows of the database, and has its answer, waits this long for one that computes.
sys.setswitchinterval(0.0005)
