"""Many clients at once, each with a connection of its own that it keeps; they cost as little as can be."""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks import Run

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the path that is asked."""

    host: str
    port: int
    path: str


@dataclass(slots=True)
class Load:
    """What came of it: seconds per request, answers by status, the bodies of refusals, and the whole time."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refusals: list[bytes] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return statistics.median(self.latencies) * 1000

    @property
    def p95(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.latencies, n=20)[-1] * 1000

    def run(self) -> Run:
        """As a run of a benchmark; every request has to have been carried out."""
        assert set(self.statuses) == {201}, (self.statuses, self.refusals[:1])
        return Run(len(self.latencies), self.seconds, f"p50 {self.p50:.0f} ms, p95 {self.p95:.0f} ms")


def request_of(address: Address, token: str, body: Any) -> bytes:
    """A POST with a key of its own."""
    content = json.dumps(body).encode()
    fields = {
        "Host": f"{address.host}:{address.port}",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Length": len(content),
        "Idempotency-Key": uuid.uuid4().hex,
    }
    lines = [f"POST {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    head = "\r\n".join(lines)
    return head.encode() + content


def load(address: Address, requests: Sequence[Sequence[bytes]]) -> Load:
    """Send the requests of each client one after the other, those of all clients at the same time."""
    total = Load()
    guard, start = threading.Lock(), threading.Barrier(len(requests) + 1)

    def work(own: Sequence[bytes]) -> None:
        client = _Client(address)
        start.wait()
        answers = [client.send(request) for request in own]
        client.close()
        with guard:
            total.latencies += [seconds for seconds, _status, _body in answers]
            total.statuses.update(status for _seconds, status, _body in answers)
            total.refusals += [body for _seconds, status, body in answers if status >= 400]

    workers = [threading.Thread(target=work, args=(own,), daemon=True) for own in requests]
    for worker in workers:
        worker.start()
    start.wait()
    begin = time.perf_counter()
    for worker in workers:
        worker.join()
    total.seconds = time.perf_counter() - begin
    assert len(total.latencies) == sum(map(len, requests)), "a client has failed"
    return total


class _Client:
    """One connection that is kept as long as the server keeps it."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._socket: socket.socket | None = None

    def send(self, request: bytes) -> tuple[float, int, bytes]:
        """Seconds, status and body of the answer."""
        begin = time.perf_counter()
        if self._socket is None:
            self._socket = socket.create_connection((self.address.host, self.address.port), timeout=120)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._received()
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            body += self._received()
        seconds = time.perf_counter() - begin
        if fields.get(b"connection") == b"close":
            self.close()
        return seconds, int(head.split(b" ", 2)[1]), body

    def _received(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server has closed the connection")
        return part

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
