"""Django's Redis cache on the embedded server, which is started before it is connected to."""

from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import UnixDomainSocketConnection

from config.embedded.valkey import embedded_valkey


class EmbeddedConnection(UnixDomainSocketConnection):
    def connect(self) -> None:
        """Connect, where this is not connected yet, to a server that runs."""
        if not self.is_connected:
            embedded_valkey(settings.STATE_DIR).ensure()
        super().connect()


class EmbeddedCacheClient(RedisCacheClient):
    _kept: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The same client every time: to make one takes longer than what it is asked."""
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


class EmbeddedCache(RedisCache):
    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        options = {**params.get("OPTIONS", {}), "connection_class": EmbeddedConnection}
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = EmbeddedCacheClient
