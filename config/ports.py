"""Is a port free, and does somebody answer on it?"""

from __future__ import annotations

import http.client
import socket

TRIES = 200


def obstacle(host: str, port: int) -> OSError | None:
    """Why no server can listen there; a port that only waits for its last connections to fade is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def next_free(host: str, port: int) -> int | None:
    """The first free port after `port`."""
    others = range(port + 1, min(port + TRIES, 65536))
    return next((other for other in others if obstacle(host, other) is None), None)


def url_of(host: str, port: int) -> str:
    """The address for a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def status_of(url: str, timeout: float) -> int | None:
    """The HTTP status of a page of ours, or None while nobody answers; a configured proxy is not asked."""
    address = url.removeprefix("http://")
    place, _, path = address.partition("/")
    connection = http.client.HTTPConnection(place, timeout=timeout)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
