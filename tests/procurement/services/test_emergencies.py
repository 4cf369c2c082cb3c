"""Emergency purchases off the platform."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.errors import PriceNotPositive
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale
from procurement.errors import BoughtInFuture, ReasonMissing, TextMissing, UnitsMissing
from procurement.models import EmergencyPurchase
from procurement.services.emergencies import file_emergency_purchase, judge_emergency_purchase
from procurement.states import EmergencyPurchaseStatus, Procedure
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW
from tests.factories.procurement_rules import enter_rules
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")
# A Thursday: three working days later is Tuesday.
BOUGHT = date(2026, 1, 15)
LAST_DAY = date(2026, 1, 20)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), timezone.get_current_timezone())


def tell(cast: Cast, actor: Actor | None = None, *, at: datetime | None = None, **changed: Any) -> EmergencyPurchase:
    values: dict[str, Any] = {
        "supplier_code": cast.distributor_firm.code,
        "product_code": factories.product(cast.supplier_firm).code,
        "units": 240,
        "price": Decimal("6.50"),
        "bought_on": BOUGHT,
        "reason": "暴发疫情",
    } | changed
    return file_emergency_purchase(actor=actor or cast.buyer, at=at or noon(BOUGHT), **values)


class TestFile:
    @pytest.mark.parametrize(("days", "is_late"), [(0, False), (5, False), (6, True)])
    def test_is_late_after_the_working_days_of_the_rules(self, cast: Cast, days: int, is_late: bool) -> None:
        enter_rules(Procedure.SMALL_QUANTITY)
        purchase = tell(cast, at=noon(BOUGHT + timedelta(days=days)))
        assert (purchase.due_on, purchase.is_late) == (LAST_DAY, is_late)

    def test_is_never_late_where_no_rules_say_so(self, cast: Cast) -> None:
        purchase = tell(cast, at=noon(BOUGHT + timedelta(days=90)))
        assert (purchase.due_on, purchase.is_late) == (None, False)

    def test_tells_everything_that_is_wrong_about_it(self, cast: Cast) -> None:
        wrong = {"bought_on": BOUGHT + timedelta(days=1), "units": 0, "price": Decimal(0), "reason": " "}
        with refused(BoughtInFuture, UnitsMissing, PriceNotPositive, TextMissing) as refusal:
            tell(cast, **wrong)
        assert refusal.pointers == ["/bought_on", "/units", "/price", "/reason"]

    @pytest.mark.parametrize("name", ["supplier_code", "product_code"])
    def test_names_a_firm_and_a_product_that_are_registered(self, cast: Cast, name: str) -> None:
        with refused(NotVisible):
            tell(cast, **{name: "unknown"})

    @pytest.mark.parametrize("name", ["officer", "supplier", "approver"])
    def test_is_for_buyers(self, cast: Cast, name: str) -> None:
        with refused(NotAllowed):
            tell(cast, getattr(cast, name))

    def test_is_done_by_the_hospitals_own_system_as_well(self, cast: Cast) -> None:
        assert tell(cast, machine_of(cast.buyer)).filed_by_id is None

    def test_is_read_by_the_institution_its_agency_and_supervisors(self, cast: Cast) -> None:
        tell(cast)
        seen = [
            name
            for name in ("buyer", "officer", "supervisor", "outsider", "foreign_officer", "supplier", "visitor")
            if EmergencyPurchase.objects.visible_to(getattr(cast, name)).exists()
        ]
        assert seen == ["buyer", "officer", "supervisor"]


class TestJudge:
    def judge(self, purchase: EmergencyPurchase, actor: Actor, **changed: Any) -> EmergencyPurchase:
        values: dict[str, Any] = {"is_accepted": True, "judgement": ""} | changed
        return judge_emergency_purchase(purchase_id=purchase.pk, actor=actor, at=NOW, **values)

    def test_accepts_with_or_without_a_word(self, cast: Cast) -> None:
        judged = self.judge(tell(cast), cast.officer)
        assert (judged.status, judged.judged_by_id) == (EmergencyPurchaseStatus.ACCEPTED, cast.officer.user_id)
        with pytest.raises(AlreadyDone):
            self.judge(judged, cast.officer)

    def test_objects_with_the_reason(self, cast: Cast) -> None:
        purchase = tell(cast)
        with refused(ReasonMissing):
            self.judge(purchase, cast.officer, is_accepted=False)
        judged = self.judge(purchase, cast.officer, is_accepted=False, judgement="平台有货")
        assert (judged.status, judged.judgement) == (EmergencyPurchaseStatus.OBJECTED, "平台有货")

    def test_notices_that_somebody_else_decided_meanwhile(self, cast: Cast) -> None:
        with refused(Stale):
            self.judge(tell(cast), cast.officer, expected_version=7)

    def test_is_for_officers_of_the_province(self, cast: Cast) -> None:
        purchase = tell(cast)
        for actor in (cast.buyer, cast.supervisor, machine_of(cast.officer)):
            with refused(NotAllowed):
                self.judge(purchase, actor)
        with refused(NotVisible):
            self.judge(purchase, cast.foreign_officer)
