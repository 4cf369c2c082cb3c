"""What a conduct record means for a tender and for an order, on the day before, the first, the last, the day after."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from catalog.rules.months import months_after
from distribution.queries.orderers import orderer_of
from distribution.queries.ordering import Hindrance, judge_lines
from procurement.models import AgreementLine, Lot
from procurement.queries.standing import obstacles
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import TODAY

FIRST = TODAY + timedelta(days=2)
AFTER = months_after(FIRST, 24)
DAYS = [FIRST - timedelta(days=1), FIRST, AFTER - timedelta(days=1), AFTER]


def is_ordered(cast: Cast, line: AgreementLine, on: date) -> bool:
    hospital = cast.hospital if line.province_id == HENAN else cast.other_hospital
    return Hindrance.BARRED not in judge_lines([line.pk], orderer_of(hospital.pk, on), on)[line.pk].hindrances


def is_admitted(cast: Cast, lot: Lot, on: date) -> bool:
    at = timezone.make_aware(datetime.combine(on, datetime.min.time()))
    found = obstacles(cast.supplier_firm.pk, lot.tender, lot, at)
    return "barred" not in {obstacle.code for obstacle in found}


class TestBribery:
    def test_keeps_from_tender_and_order_from_its_day_to_the_last(self, cast: Cast, rule_sets: object) -> None:
        [here] = factories.agreement_lines(cast)
        there = AgreementLine.objects.get(lot=here.lot, province=HUBEI)
        lot = factories.published_tender(cast).lots.get()
        factories.conduct_record(cast, starts_on=FIRST)
        assert [is_ordered(cast, here, on) for on in DAYS] == [True, False, False, True]
        assert [is_admitted(cast, lot, on) for on in DAYS] == [True, False, False, True]
        # elsewhere it lowers the score and nothing more
        assert all(is_ordered(cast, there, on) for on in DAYS)
        # a second one within five years bars the nation, from the day of the later of the two
        factories.conduct_record(cast, starts_on=TODAY, province_id=HUBEI)
        assert [is_ordered(cast, there, on) for on in (TODAY, *DAYS[1:])] == [False, False, False, True]
        assert not is_ordered(cast, here, AFTER - timedelta(days=1))
