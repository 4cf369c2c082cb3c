"""Two people change the catalogue at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from time import sleep

import pytest
from django.db.models import Func

from catalog.accounts.kinds import Role
from catalog.accounts.models import User
from catalog.foundation.errors import DomainError
from catalog.foundation.journal.models import Event
from catalog.models import Edition, GuidePrice, PriceAdjustment, ProcurementPrice, Product
from catalog.services import adjustments, editions, prices, procurement_prices, product_life
from catalog.services.adjustments import approve_adjustment, open_adjustment
from catalog.services.editions import publish_edition, turn_editions
from catalog.services.product_life import identify_product
from catalog.states import EditionStatus
from tests import factories
from tests.cast import HENAN, Cast, actor_in
from tests.concurrency.threads import at_once, kinds, meeting
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db(transaction=True)


class TestTwoEditions:
    @pytest.mark.parametrize("days", [0, 1], ids=["of one day", "of one day and the next"])
    def test_published_at_once_leave_exactly_one_in_force(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, days: int
    ) -> None:
        factories.edition()
        drafts = [
            factories.drafted_edition(cast, code=f"D{place}", valid_from=TODAY - timedelta(days=days * place))
            for place in range(2)
        ]
        monkeypatch.setattr(editions, "_refuse_counts", meeting(editions._refuse_counts))
        outcomes = at_once(
            *(
                lambda draft=draft: publish_edition(edition_id=draft.pk, actor=cast.second_officer, at=NOW)
                for draft in drafts
            )
        )
        refusals = [outcome for outcome in outcomes if not isinstance(outcome, Edition)]
        assert len(refusals) < 2
        assert all(isinstance(refusal, DomainError) for refusal in refusals)
        assert kinds(refusals) in ([], ["Busy"], ["EditionExists"])
        assert days or refusals
        in_force = Edition.objects.get(status=EditionStatus.IN_FORCE)
        assert in_force == Edition.objects.in_force(TODAY).get()
        assert Edition.objects.get(code="2018").status == EditionStatus.SUPERSEDED

    def test_turned_at_once_are_turned_once(self, cast: Cast) -> None:
        soon = TODAY + timedelta(days=30)
        factories.edition()
        draft = factories.drafted_edition(cast, valid_from=soon)
        publish_edition(edition_id=draft.pk, actor=cast.second_officer, at=NOW)
        outcomes = at_once(*[lambda: turn_editions(on=soon, actor=cast.platform, at=NOW)] * 2)
        assert kinds(outcomes) == ["list", "list"]
        assert sorted(map(len, outcomes)) == [0, 2]
        assert Event.objects.filter(action="edition.supersede").count() == 1
        assert Edition.objects.get(status=EditionStatus.IN_FORCE).code == "2026"


class TestTwoProducts:
    def test_are_not_given_one_gtin_at_once(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        products = [factories.product(maker) for maker in (cast.supplier_firm, cast.rival_firm)]
        # both have found the number free before one of them takes it
        monkeypatch.setattr(product_life, "_overrides", meeting(product_life._overrides))
        look = product_life._taken
        meet = meeting(lambda found: found)
        monkeypatch.setattr(product_life, "_taken", lambda *which: meet(look(*which)))
        outcomes = at_once(
            *(
                lambda item=item: identify_product(
                    product_id=item.pk,
                    identifiers={"gtin": "6901234567892"},
                    override_reasons={},
                    actor=cast.officer,
                    at=NOW,
                )
                for item in products
            )
        )
        assert kinds(outcomes) == ["Product", "RulesBroken"]
        assert Product.objects.exclude(gtin="").count() == 1


class TestTwoPrices:
    """The same price is ended at two days: who comes second is told, and the price is not made longer again."""

    EARLIER, LATER = date(2026, 6, 1), date(2026, 7, 1)

    def in_order(self, until: Callable[[date], Func]) -> Callable[[date], Func]:
        """Both have read what stands before either ends it, the earlier day first."""
        meet = meeting(until)

        def wrapped(day: date) -> Func:
            ended: Func = meet(day)
            if day == self.LATER:
                sleep(0.3)
            return ended

        return wrapped

    def test_that_follow_one_are_not_both_fixed(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        factories.guide_price()
        product = factories.product(cast.supplier_firm)
        former = factories.procurement_price(product)
        monkeypatch.setattr(procurement_prices, "until", self.in_order(procurement_prices.until))
        outcomes = at_once(
            *(
                lambda day=day: factories.procurement_price(product, "5.00", valid_from=day)
                for day in (self.EARLIER, self.LATER)
            )
        )
        assert kinds(outcomes) == ["PriceAlreadyFixed", "ProcurementPrice"]
        [fixed] = (outcome for outcome in outcomes if isinstance(outcome, ProcurementPrice))
        former.refresh_from_db()
        assert former.validity.upper == fixed.validity.lower
        assert ProcurementPrice.objects.count() == 2

    def test_of_the_state_that_follow_one_are_not_both_entered(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        former = factories.guide_price()
        monkeypatch.setattr(prices, "until", self.in_order(prices.until))
        outcomes = at_once(
            *(lambda day=day: factories.guide_price(price="5.00", valid_from=day) for day in (self.EARLIER, self.LATER))
        )
        assert kinds(outcomes) == ["GuidePrice", "PriceAlreadyFixed"]
        [entered] = (outcome for outcome in outcomes if isinstance(outcome, GuidePrice))
        former.refresh_from_db()
        assert former.validity.upper == entered.validity.lower
        assert GuidePrice.objects.count() == 2


class TestTwoAdjustments:
    @pytest.fixture
    def product(self, cast: Cast) -> Product:
        factories.guide_price()
        product = factories.product(cast.supplier_firm)
        factories.procurement_price(product)
        return product

    def test_opened_at_once_are_one(self, cast: Cast, product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(adjustments, "require_province", meeting(adjustments.require_province))
        outcomes = at_once(
            *(
                lambda actor=actor: open_adjustment(
                    product_id=product.pk,
                    province_id=HENAN,
                    price=Decimal("5.00"),
                    valid_from=date(2026, 6, 1),
                    reason="x",
                    actor=actor,
                    at=NOW,
                )
                for actor in (cast.officer, cast.second_officer)
            )
        )
        assert kinds(outcomes) == ["AdjustmentOpen", "PriceAdjustment"]
        assert PriceAdjustment.objects.count() == 1

    def test_approved_by_two_at_once_is_approved_once(
        self, cast: Cast, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = factories.adjustment(cast, product)
        third = actor_in(cast.agency, Role.PROCUREMENT_OFFICER, user=User.objects.create(username="third_officer"))
        monkeypatch.setattr(adjustments, "may_decide_adjustment", meeting(adjustments.may_decide_adjustment))
        outcomes = at_once(
            *(
                lambda actor=actor: approve_adjustment(adjustment_id=opened.pk, actor=actor, at=NOW)
                for actor in (cast.second_officer, third)
            )
        )
        assert kinds(outcomes) == ["AlreadyDone", "PriceAdjustment"]
        assert ProcurementPrice.objects.count() == 2
