"""Django's Redis cache that starts the embedded server before it is used."""

from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from config.embedded.valkey import embedded_valkey


class EmbeddedCacheClient(RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        embedded_valkey(settings.STATE_DIR).ensure()
        return super().get_client(key, write=write)


class EmbeddedCache(RedisCache):
    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = EmbeddedCacheClient
