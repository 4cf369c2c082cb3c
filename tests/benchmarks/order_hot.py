"""Fifty lines by eight clients at once, and the same ten in every order, over HTTP, beside SQL by hand.

Before anything is measured, small volumes are fought over: the platform sells exactly what there is, to nobody twice,
and no request ends in a deadlock; a variant that reads, checks and writes without a lock has to oversell, or the fight
was none.
"""

from __future__ import annotations

import random

from procurement.models import AgreementLine
from tests.benchmarks import Comparison, Run
from tests.benchmarks.order_cold import GOAL_MS, say, verdict
from tests.cast import HENAN
from tests.load.by_hand import STEP, order_by_hand
from tests.load.clients import CLIENTS, Address, Load, load, request_of
from tests.load.server import PLAIN, PLATFORM, served
from tests.worlds.ordering import FIRST, Province, make_province, refuse_unbalanced, set_volumes

ROWS = 100_000
LINES = 50
HOT = 10
ORDERS = 1_600
WARMING = 80
# Of each line there is half of what is asked for.
SCARCE = 200
PLENTY = 10**9
GOAL = 0.9


def seed(rows: int) -> Province:
    """The province, and as many hospitals as clients."""
    return make_province(rows, CLIENTS)


def hot(world: Province) -> list[int]:
    """The lines that everybody wants."""
    return [FIRST + number for number in range(min(HOT, world.lines))]


def others(world: Province, dice: random.Random) -> list[int]:
    """What fills up an order: lines far from one another, as those by hand are."""
    rest = world.lines - HOT
    start, count = dice.randrange(rest), min(LINES - HOT, rest)
    return [FIRST + HOT + (start + STEP * place) % rest for place in range(1, count + 1)]


def order(
    world: Province, path: str, orders: int, application: str, *, warming: int = 0, is_full: bool = False
) -> Load:
    """As many orders of one pack of each hot line, and of the others where it is full, by all clients together."""
    dice = random.Random(2021)
    with served(application) as port:
        address = Address("127.0.0.1", port, path)

        def requests(number: int) -> list[list[bytes]]:
            return [[request_of(address, token, body()) for _ in range(number)] for token in world.tokens]

        def body() -> dict[str, object]:
            keys = hot(world) + (others(world, dice) if is_full else [])
            lines = [{"agreement_line": key, "packs": 1} for key in keys]
            dice.shuffle(lines)
            return {"lines": lines, "submit": True}

        if warming:
            load(address, requests(warming // CLIENTS))
        return load(address, requests(orders // CLIENTS))


def agree(world: Province) -> None:
    """The platform never oversells what is scarce; who does not lock does."""
    set_volumes(SCARCE, hot(world))
    done = order(world, "/api/v1/requisitions/", 2 * SCARCE, PLATFORM)
    assert done.statuses == {201: SCARCE, 422: SCARCE}, (done.statuses, done.refusals[:1])
    assert all(line.remaining_quantity == 0 for line in AgreementLine.objects.filter(pk__in=hot(world)))
    refuse_unbalanced()
    say(f"{done.statuses[201]} of {2 * SCARCE} orders for a volume of {SCARCE}: none oversold, no deadlock")
    set_volumes(SCARCE, hot(world))
    sold = order(world, "/unlocked/", 2 * SCARCE, PLAIN).statuses[201]
    say(f"without a lock {sold} of {2 * SCARCE} orders for a volume of {SCARCE}: {sold - SCARCE} oversold")
    assert sold > SCARCE, "even the naive variant sold no more than there was: the benchmark proves nothing"
    repair(hot(world))
    set_volumes(PLENTY, hot(world))
    by_hand(world)
    refuse_unbalanced()


def repair(line_ids: list[int]) -> None:
    """Enter what was sold without a lock, so that what comes after can be checked."""
    lines = AgreementLine.objects.filter(pk__in=line_ids)
    for line in lines:
        line.called_off_quantity = sum(line.entries.filter(kind="call_off").values_list("quantity", flat=True), start=0)
        line.agreed_quantity = max(line.agreed_quantity, line.called_off_quantity)
    AgreementLine.objects.bulk_update(lines, ["called_off_quantity", "agreed_quantity"])


def by_platform(world: Province) -> Run:
    """Through the API."""
    done = order(world, "/api/v1/requisitions/", ORDERS, PLATFORM, warming=WARMING, is_full=True)
    run = done.run()
    say(f"p95 {done.p95:.0f} ms at {CLIENTS} clients; the goal is {GOAL_MS} ms: {verdict(done.p95 <= GOAL_MS)}")
    return run


def by_hand(world: Province) -> Run:
    """By pgbench."""
    return order_by_hand(
        world.institution_ids,
        province=HENAN,
        lines=world.lines,
        count=min(LINES, world.lines),
        orders=ORDERS,
        hot=HOT,
    )


COMPARISONS = [
    Comparison("50 lines, 10 of them everybody's, over HTTP / by hand", "orders", GOAL, agree, by_hand, by_platform)
]
