"""The address of one Redis server, for the three who write it in their own ways."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def shifted(url: str, count: int) -> str:
    """The address of the database `count` places after the one in `url`."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = dict(parse_qsl(parts.query))
        query["db"] = str(int(query.get("db", 0)) + count)
        # Written by hand: urlunsplit drops the empty host that unix:/// needs.
        return f"unix://{parts.path}?{urlencode(query)}"
    number = int(parts.path.strip("/") or 0) + count
    return urlunsplit(parts._replace(path=f"/{number}"))


def for_celery(url: str) -> str:
    """The same address as Celery writes it: it has its own form for sockets."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"
