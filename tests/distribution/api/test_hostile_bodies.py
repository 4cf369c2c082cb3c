"""Whatever is sent as a body, the answer is a document or a problem, never a crash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.api.calls import problem_in
from tests.distribution.api.test_matrix import MATRIX
from tests.distribution.api.world import World, make_world

POSTS = [name for method, name in MATRIX if method == "POST"]
NASTY: list[Any] = [
    *(None, True, -1, 2**31, 2**63, 10**30, -(10**30), 0.5, "", "a\x00b", "\ud800", "x" * 5000, "1e999999", "١٢"),
    *("0001-01-01", "9999-12-31", "A" * 1432, [], {}, [[]], [None]),
]
JSON = st.recursive(
    st.sampled_from(NASTY) | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every part of a document."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        found += places(part, (*path, key))
    return found


def with_part(value: Any, path: tuple[Any, ...], part: Any) -> Any:
    """The document with one part of it replaced."""
    if not path:
        return part
    changed = copy.copy(value)
    changed[path[0]] = with_part(value[path[0]], path[1:], part)
    return changed


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for the whole module, in a transaction around those of the tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 0


@pytest.mark.django_db
class TestHostileBodies:
    def send(self, world: World, name: str, body: Any) -> None:
        route = MATRIX["POST", name]
        caller = world.callers[next((who for who, status in route.expected.items() if status < 300), "supplier")]
        with transaction.atomic():
            text = json.dumps(body)
            answer = caller.post(route.path(world), text, content_type="application/json", HTTP_IDEMPOTENCY_KEY="key")
            transaction.set_rollback(True)
        assert answer.status_code < 500, (text[:500], answer.content)
        if answer.status_code >= 400:
            problem_in(answer, answer.status_code)

    @pytest.mark.parametrize("name", POSTS)
    def test_with_every_part_replaced_by_everything_nasty(self, world: World, name: str) -> None:
        route = MATRIX["POST", name]
        right = route.body(world) if route.body else {}
        for number, place in enumerate(places(right)):
            # one half of it at this place, the other half at the next
            for part in NASTY[number % 2 :: 2]:
                self.send(world, name, with_part(right, place, part))

    @pytest.mark.parametrize("name", POSTS)
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def test_with_parts_that_nobody_thought_of(self, world: World, name: str, data: st.DataObject) -> None:
        route = MATRIX["POST", name]
        body = copy.deepcopy(route.body(world)) if route.body else {}
        for _ in range(data.draw(st.integers(1, 3))):
            body = with_part(body, data.draw(st.sampled_from(places(body))), data.draw(JSON))
        self.send(world, name, body)
