"""What the lists of the whole admin are read over.

It is built once per module that wants it, in a transaction that is never committed; each test works in a savepoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from tests.cast import Cast, make_cast, make_rule_sets
from tests.worlds.lists import make_year

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="module")
def lasting_year(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Something in almost every list."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        make_year(cast)
        yield cast
        transaction.set_rollback(True)


def in_a_savepoint(blocker: DjangoDbBlocker) -> Iterator[None]:
    """Whatever a test does to the year is undone."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def year(lasting_year: Cast, db: None) -> Cast:
    """The cast of the year, in a module whose ``db`` is `in_a_savepoint` of it."""
    return lasting_year
