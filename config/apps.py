from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The commands that run the platform as a whole; it has no models."""

    name = "config"

    def ready(self) -> None:
        # So that tasks find their app in every process, also in those that only publish.
        from config import celery  # noqa: F401
