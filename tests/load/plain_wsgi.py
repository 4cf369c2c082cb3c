"""The plain versions, served as the platform is."""

from django.conf import settings

from config.wsgi import application as application

# read with the first request
settings.ROOT_URLCONF = "tests.load.plain"
