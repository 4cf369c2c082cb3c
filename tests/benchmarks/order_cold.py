"""Ordering 50 of 100,000 agreed lines by eight clients at once, over HTTP, beside SQL by hand and the plain ORM.

The platform checks all that it checks (token, roles, keys of requests, area, agreement, licences, conduct, holds,
limits) and writes its journal. The transaction by hand is driven by pgbench over the socket and checks the volume
alone; the plain ORM version is served like the platform, and checks as little.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

from distribution.models import Requisition
from procurement.models import AgreementLine, VolumeEntry
from tests.benchmarks import Comparison, Run
from tests.cast import HENAN
from tests.load.by_hand import STEP, order_by_hand
from tests.load.clients import CLIENTS, Address, Load, load, request_of
from tests.load.server import PLAIN, PLATFORM, served
from tests.worlds.ordering import FIRST, Province, make_province, refuse_unbalanced

ROWS = 100_000
LINES = 50
ORDERS = 1_600
PLAIN_ORDERS = 160
WARMING = 80
GOAL, STRETCH, GOAL_MS, TIMES_PLAIN = 0.4, 0.6, 60, 4


def seed(rows: int) -> Province:
    """The province, and as many hospitals as clients."""
    return make_province(rows, CLIENTS)


def bodies(world: Province, count: int, dice: random.Random) -> Iterator[dict[str, object]]:
    """Orders of 50 lines far from one another, in any order."""
    for _ in range(count):
        start = dice.randrange(world.lines)
        lines = [
            {"agreement_line": FIRST + (start + STEP * place) % world.lines, "packs": 1}
            for place in range(1, min(LINES, world.lines) + 1)
        ]
        dice.shuffle(lines)
        yield {"lines": lines, "submit": True}


def order(world: Province, path: str, orders: int, application: str) -> Load:
    """As many orders, by all clients together, once the server is warm."""
    dice = random.Random(2009)
    each = max(1, orders // CLIENTS)
    with served(application) as port:
        address = Address("127.0.0.1", port, path)

        def requests(number: int) -> list[list[bytes]]:
            return [
                [request_of(address, token, body) for body in bodies(world, number, dice)] for token in world.tokens
            ]

        load(address, requests(WARMING // CLIENTS))
        return load(address, requests(each))


def by_platform(world: Province) -> Run:
    """Through the API."""
    done = order(world, "/api/v1/requisitions/", ORDERS, PLATFORM)
    run = done.run()
    say(f"p95 {done.p95:.0f} ms at {CLIENTS} clients; the goal is {GOAL_MS} ms: {verdict(done.p95 <= GOAL_MS)}")
    return run


def by_hand(world: Province) -> Run:
    """By pgbench."""
    return order_by_hand(
        world.institution_ids, province=HENAN, lines=world.lines, count=min(LINES, world.lines), orders=ORDERS
    )


def by_plain(world: Province) -> Run:
    """Nested serializers, and a query for every line."""
    return order(world, "/plain/", PLAIN_ORDERS, PLAIN).run()


def agree(world: Province) -> None:
    """Each way leaves the same rows: as many lines and entries an order, and volumes that equal them."""
    written = []
    for way, path, application in ((None, "", ""), (1, "/api/v1/requisitions/", PLATFORM), (1, "/plain/", PLAIN)):
        before = counted()
        if way is None:
            orders = order_by_hand(
                world.institution_ids, province=HENAN, lines=world.lines, count=min(LINES, world.lines), orders=CLIENTS
            ).units
        else:
            order(world, path, CLIENTS, application).run()
            orders = CLIENTS + WARMING // CLIENTS * CLIENTS
        written.append([(after - former) / orders for former, after in zip(before, counted(), strict=True)])
        refuse_unbalanced()
    assert written == [[1, min(LINES, world.lines)]] * 3, written


def counted() -> list[int]:
    """Requisitions handed in and entries of the ledger."""
    entries = VolumeEntry.objects.filter(kind=VolumeEntry.Kind.CALL_OFF)
    return [Requisition.objects.filter(status="submitted").count(), entries.count()]


def in_balance(world: Province) -> None:
    """After all that was ordered before."""
    refuse_unbalanced()
    assert AgreementLine.objects.filter(called_off_quantity__gt=0).exists()


def verdict(reached: bool) -> str:
    """As the results say it."""
    return "reached" if reached else "NOT reached"


def say(line: str) -> None:
    """Beside the results, which may be read by a program."""
    print(f"    {line}", file=sys.stderr)


COMPARISONS = [
    Comparison(
        f"50 lines over HTTP / SQL by hand (beyond the goal: {STRETCH})", "orders", GOAL, agree, by_hand, by_platform
    ),
    Comparison("50 lines over HTTP / plain ORM over HTTP", "orders", TIMES_PLAIN, in_balance, by_plain, by_platform, 3),
]
