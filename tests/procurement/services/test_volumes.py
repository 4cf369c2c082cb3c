from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from procurement.models import AgreementLine, VolumeEntry
from procurement.services.volumes import deliver_volume, give_back_volume, take_volume
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance

pytestmark = pytest.mark.usefixtures("rule_sets")


def call_offs() -> QuerySet[VolumeEntry]:
    return VolumeEntry.objects.filter(kind=VolumeEntry.Kind.CALL_OFF)


@pytest.fixture
def lines(cast: Cast) -> list[AgreementLine]:
    return factories.agreement_lines(cast, ("阿莫西林", "头孢拉定"))


class TestTakeVolume:
    def test_calls_off_and_says_why(self, lines: list[AgreementLine]) -> None:
        taken = take_volume({lines[0].pk: 100, lines[1].pk: 240_000}, reference="RQ1", at=NOW)
        assert taken == {line.pk for line in lines}
        entries = call_offs().order_by("line").values_list("line", "quantity", "reference", "entered_at")
        assert list(entries) == [(lines[0].pk, 100, "RQ1", NOW), (lines[1].pk, 240_000, "RQ1", NOW)]
        assert_ledger_equals_balance()

    def test_takes_the_last_unit_and_not_one_more(self, lines: list[AgreementLine]) -> None:
        line = lines[0].pk
        assert take_volume({line: 239_999}, reference="RQ1", at=NOW) == {line}
        assert take_volume({line: 2}, reference="RQ2", at=NOW) == set()
        assert take_volume({line: 1}, reference="RQ3", at=NOW) == {line}
        assert AgreementLine.objects.get(pk=line).remaining_quantity == 0
        assert_ledger_equals_balance()

    def test_takes_from_the_others_where_one_does_not_suffice(self, lines: list[AgreementLine]) -> None:
        taken = take_volume({lines[0].pk: 240_001, lines[1].pk: 1}, reference="RQ1", at=NOW)
        assert taken == {lines[1].pk}
        assert call_offs().get().line_id == lines[1].pk
        assert_ledger_equals_balance()

    def test_of_nothing_takes_nothing(self, db: None) -> None:
        assert take_volume({}, reference="RQ1", at=NOW) == set()
        assert take_volume({10**9: 5}, reference="RQ1", at=NOW) == set()

    def test_under_one_reference_is_entered_once(self, lines: list[AgreementLine]) -> None:
        take_volume({lines[0].pk: 5}, reference="RQ1", at=NOW)
        with pytest.raises(IntegrityError, match="a_volume_is_entered_once"), transaction.atomic():
            take_volume({lines[0].pk: 5}, reference="RQ1", at=NOW)
        assert_ledger_equals_balance()


class TestGiveBackVolume:
    def test_returns_what_was_taken(self, lines: list[AgreementLine]) -> None:
        take_volume({line.pk: 100 for line in lines}, reference="RQ1", at=NOW)
        give_back_volume({lines[0].pk: 40}, reference="PO1", at=NOW)
        remaining = {line.pk: line.remaining_quantity for line in AgreementLine.objects.filter(province=HENAN)}
        assert remaining == {lines[0].pk: 239_940, lines[1].pk: 239_900}
        assert_ledger_equals_balance()

    def test_never_returns_more_than_was_taken(self, lines: list[AgreementLine]) -> None:
        take_volume({lines[0].pk: 100}, reference="RQ1", at=NOW)
        with pytest.raises(IntegrityError, match="delivered_what_was_called_off"), transaction.atomic():
            give_back_volume({lines[0].pk: 101}, reference="PO1", at=NOW)
        assert_ledger_equals_balance()

    def test_of_nothing_does_nothing(self, db: None) -> None:
        give_back_volume({}, reference="PO1", at=NOW)
        assert not VolumeEntry.objects.exists()


class TestDeliverVolume:
    def test_enters_what_was_accepted(self, lines: list[AgreementLine]) -> None:
        take_volume({line.pk: 100 for line in lines}, reference="RQ1", at=NOW)
        deliver_volume({lines[0].pk: 60, lines[1].pk: 0}, reference="receipt-1", at=NOW)
        delivered = dict(AgreementLine.objects.filter(province=HENAN).values_list("pk", "delivered_quantity"))
        assert delivered == {lines[0].pk: 60, lines[1].pk: 0}
        assert_ledger_equals_balance()

    def test_never_more_than_was_called_off(self, lines: list[AgreementLine]) -> None:
        take_volume({lines[0].pk: 100}, reference="RQ1", at=NOW)
        with pytest.raises(IntegrityError, match="delivered_what_was_called_off"), transaction.atomic():
            deliver_volume({lines[0].pk: 101}, reference="receipt-1", at=NOW)

    def test_of_one_receipt_is_entered_once(self, lines: list[AgreementLine]) -> None:
        take_volume({lines[0].pk: 100}, reference="RQ1", at=NOW)
        deliver_volume({lines[0].pk: 10}, reference="receipt-1", at=NOW)
        with pytest.raises(IntegrityError, match="a_volume_is_entered_once"), transaction.atomic():
            deliver_volume({lines[0].pk: 10}, reference="receipt-1", at=NOW)

    def test_of_nothing_does_nothing(self, db: None) -> None:
        deliver_volume({}, reference="receipt-1", at=NOW)
        assert not VolumeEntry.objects.exists()
