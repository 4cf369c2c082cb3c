from __future__ import annotations

from datetime import date

import pytest

from catalog.errors import PeriodReversed
from catalog.models import GuidePrice
from catalog.services.periods import period, until
from tests import factories
from tests.refusals import refused

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


class TestPeriod:
    def test_is_half_open_and_may_have_no_end(self) -> None:
        assert JUNE in period(JUNE, JULY) and JULY not in period(JUNE, JULY)
        assert period(JUNE, None).upper is None

    @pytest.mark.parametrize("valid_until", [JUNE, date(2026, 5, 31)])
    def test_refuses_one_without_a_day(self, valid_until: date) -> None:
        with refused(PeriodReversed) as refusal:
            period(JUNE, valid_until)
        assert (refusal.pointers, refusal.facts) == (["/valid_until"], {"begin": JUNE, "end": valid_until})


@pytest.mark.django_db
class TestUntil:
    @pytest.mark.parametrize("valid_until", [None, date(2030, 1, 1)])
    def test_keeps_the_beginning_and_ends_on_the_day(self, valid_until: date | None) -> None:
        price = factories.guide_price(valid_from=JUNE, valid_until=valid_until)
        GuidePrice.objects.update(validity=until(JULY))
        price.refresh_from_db()
        assert (price.validity.lower, price.validity.upper) == (JUNE, JULY)
