"""What the tests of distribution have in common: volumes agreed long before.

They are built once per module, in a transaction that is never committed; each test works in a savepoint of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from catalog.models import RuleSet
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_cast, make_rule_sets

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, with amoxicillin and cefradine agreed for both provinces."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        factories.agreement_lines(cast, ("阿莫西林", "头孢拉定"))
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def db(settled: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(settled: Cast, db: None) -> Cast:
    return settled


@pytest.fixture
def rule_sets(db: None) -> dict[str, RuleSet]:
    return {row.kind: row for row in RuleSet.objects.all()}


@pytest.fixture
def lines(cast: Cast) -> list[AgreementLine]:
    """240,000 units of each of the two for the hospital's province, at 6.00 for 24."""
    lines = AgreementLine.objects.filter(province=HENAN).order_by("lot__number")
    return list(lines.select_related("product", "agreement", "lot"))


@pytest.fixture
def line(lines: list[AgreementLine]) -> AgreementLine:
    return lines[0]


@pytest.fixture
def foreign_line(line: AgreementLine) -> AgreementLine:
    """The same product, agreed for the other province."""
    return AgreementLine.objects.get(lot=line.lot, province=HUBEI)
