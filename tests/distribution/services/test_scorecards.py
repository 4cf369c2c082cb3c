from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.utils.timezone import make_aware

from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.rules.months import months_after
from distribution.errors import MonthNotOver
from distribution.models import Scorecard
from distribution.services.scorecards import draw_scorecards
from distribution.states import ScorecardVerdict
from procurement.models import AgreementLine, ConductRecord
from procurement.services.conduct import confirm_conduct_record
from procurement.states import ConductStatus
from tests import factories
from tests.cast import HENAN, Cast
from tests.distribution.measured import DELIVERED, REFUSED, measured_order
from tests.factories import NOW, TODAY
from tests.refusals import refused

THIS_MONTH = TODAY.replace(day=1)
LAST_MONTH = months_after(THIS_MONTH, -1)


def draw(cast: Cast, month: date = LAST_MONTH) -> list[Scorecard]:
    return draw_scorecards(province_id=HENAN, month=month, actor=cast.officer, at=NOW)


def order(cast: Cast, line: AgreementLine, good: int, bad: int, month: date = LAST_MONTH) -> None:
    """So many orders of one line that were delivered, and refused, in the middle of the month."""
    placed_at = make_aware(datetime.combine(month + timedelta(days=10), time(9)))
    for became, number in ((DELIVERED, good), (REFUSED, bad)):
        for _ in range(number):
            measured_order(cast.hospital, [(line, became)], placed_at=placed_at, distributor=cast.distributor_firm)


class TestDrawScorecards:
    def test_judges_each_supplier_and_distributor(self, cast: Cast, line: AgreementLine) -> None:
        order(cast, line, 9, 1)
        cards = draw(cast)
        assert {card.organization for card in cards} == {cast.supplier_firm, cast.distributor_firm}
        for card in cards:
            assert (card.verdict, card.month) == (ScorecardVerdict.WATCHED, LAST_MONTH)
            assert (card.figures["delivery_rate"], card.figures["refused_lines"]) == ("0.9000", 1)
            assert [check["passed"] for check in card.checks] == [False, True]
        assert Event.objects.filter(action="scorecard.draw").count() == 2

    @pytest.mark.parametrize(
        ("good", "bad", "verdict"),
        [
            (10, 0, ScorecardVerdict.GOOD),
            (7, 3, ScorecardVerdict.FAILING),
            (5, 4, ScorecardVerdict.TOO_FEW),
        ],
    )
    def test_gives_the_verdict_of_the_rules(
        self, cast: Cast, line: AgreementLine, good: int, bad: int, verdict: ScorecardVerdict
    ) -> None:
        order(cast, line, good, bad)
        assert {card.verdict for card in draw(cast)} == {verdict}

    def test_again_brings_them_up_to_date(self, cast: Cast, line: AgreementLine) -> None:
        order(cast, line, 5, 0)
        draw(cast)
        order(cast, line, 5, 0)
        assert [card.verdict for card in draw(cast)] == [ScorecardVerdict.GOOD] * 2
        assert Scorecard.objects.count() == 2

    def test_refuses_a_month_that_is_not_over(self, cast: Cast) -> None:
        with refused(MonthNotOver):
            draw(cast, TODAY)

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor", "supplier", "buyer"])
    def test_is_for_officers_of_the_province(self, cast: Cast, who: str) -> None:
        with refused(NotAllowed):
            draw_scorecards(province_id=HENAN, month=LAST_MONTH, actor=getattr(cast, who), at=NOW)

    def test_refuses_what_is_no_province(self, cast: Cast) -> None:
        with refused(NotVisible):
            draw_scorecards(province_id="410100", month=LAST_MONTH, actor=cast.platform, at=NOW)


class TestConduct:
    @pytest.fixture(autouse=True)
    def _conduct_rules(self, cast: Cast) -> None:
        factories.conduct_rules()

    def fail(self, cast: Cast, line: AgreementLine, months_ago: int) -> list[Scorecard]:
        month = months_after(THIS_MONTH, -months_ago)
        order(cast, line, 0, 10, month)
        return draw(cast, month)

    def test_is_proposed_once_after_so_many_failing_months_and_confirmed_by_an_officer(
        self, cast: Cast, line: AgreementLine
    ) -> None:
        for months_ago in (5, 4):
            self.fail(cast, line, months_ago)
        assert not ConductRecord.objects.exists()
        cards = self.fail(cast, line, 3)
        assert all(card.conduct_record for card in cards)
        proposed = ConductRecord.objects.get(organization=cast.supplier_firm)
        assert (proposed.status, proposed.offence, proposed.proposed_by) == ("proposed", "failed_supply", None)
        assert proposed.facts.count("0 of 100 ordered packs were delivered") == 3
        # neither a fourth month nor a second drawing proposes it again
        self.fail(cast, line, 2)
        draw(cast, months_after(THIS_MONTH, -3))
        assert ConductRecord.objects.count() == 2
        confirmed = confirm_conduct_record(record_id=proposed.pk, actor=cast.officer, at=NOW)
        assert confirmed.status == ConductStatus.IN_FORCE

    def test_is_not_proposed_across_a_month_that_did_not_fail(self, cast: Cast, line: AgreementLine) -> None:
        for months_ago in (5, 4, 2):
            self.fail(cast, line, months_ago)
        assert not ConductRecord.objects.exists()

    def test_waits_for_rules_about_conduct(self, cast: Cast, line: AgreementLine) -> None:
        rules = factories.conduct_rules()
        type(rules).objects.filter(pk=rules.pk).delete()
        for months_ago in (4, 3, 2):
            self.fail(cast, line, months_ago)
        assert not ConductRecord.objects.exists()
        factories.conduct_rules()
        draw(cast, months_after(THIS_MONTH, -2))
        assert ConductRecord.objects.count() == 2
