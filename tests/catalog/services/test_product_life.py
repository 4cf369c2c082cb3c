from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from stdnum import ean

from catalog.errors import BadIdentifier, IdentifierTaken, ReasonNeeded
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import IdentifierOverride, Product
from catalog.services.product_life import (
    identify_product,
    renew_licence,
    resume_product,
    suspend_product,
    withdraw_product,
)
from catalog.services.products import NewProduct, ProductExists, register_products
from catalog.states import ProductStatus
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

GTIN = "6901234567892"
WRONG_GTIN = "6901234567890"
STANDARD_CODE = "8690123456789" + ean.calc_check_digit("8690123456789")
GOOD = {
    "approval_number": "国药准字H20054321",
    "standard_code": STANDARD_CODE,
    "insurance_code": "XJ01CAA040E001010100001",
    "gtin": GTIN,
    "trace_prefix": "8123456",
}


@pytest.fixture
def product(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm)


def identify(product: Product, actor: Actor, reasons: dict[str, str] | None = None, /, **identifiers: str) -> Product:
    return identify_product(
        product_id=product.pk, identifiers=identifiers, override_reasons=reasons or {}, actor=actor, at=NOW
    )


class TestIdentifyProduct:
    def test_takes_good_ones_of_every_kind(self, cast: Cast, product: Product) -> None:
        identified = identify(product, cast.officer, **GOOD)
        identified.refresh_from_db()
        assert (identified.identifiers(), identified.version) == (GOOD, product.version + 1)
        assert Event.objects.get(action="product.identify").changes == {kind: ["", GOOD[kind]] for kind in GOOD}
        assert not IdentifierOverride.objects.exists()

    @pytest.mark.parametrize(
        ("kind", "written", "kept"),
        [
            ("gtin", "６９０１２３４５６７８９２", GTIN),
            ("approval_number", "批准文号：国药准字 h20054321", "国药准字H20054321"),
        ],
    )
    def test_keeps_them_in_one_spelling(self, cast: Cast, product: Product, kind: str, written: str, kept: str) -> None:
        assert getattr(identify(product, cast.officer, **{kind: written}), kind) == kept

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("gtin", WRONG_GTIN),
            ("gtin", "690123"),
            ("standard_code", "86901234567890"),
            ("standard_code", "79901234567899"),
            ("approval_number", "国药准字X20054321"),
            ("insurance_code", "Y123"),
            ("trace_prefix", "81234"),
        ],
    )
    def test_refuses_one_that_fails_its_check(self, cast: Cast, product: Product, kind: str, value: str) -> None:
        with refused(BadIdentifier) as refusal:
            identify(product, cast.officer, **{kind: value})
        assert refusal.pointers == [f"/{kind}"]
        product.refresh_from_db()
        assert not any(product.identifiers().values())

    def test_names_every_wrong_one(self, cast: Cast, product: Product) -> None:
        with refused(BadIdentifier, BadIdentifier):
            identify(product, cast.officer, gtin=WRONG_GTIN, trace_prefix="8", approval_number="国药准字H20054321")

    def test_lets_a_wrong_one_stand_with_a_reason_by_a_named_person(self, cast: Cast, product: Product) -> None:
        reason = "与药品注册证书一致"
        identified = identify(product, cast.officer, {"gtin": f" {reason} "}, gtin=WRONG_GTIN)
        assert identified.gtin == WRONG_GTIN
        override = IdentifierOverride.objects.get()
        assert (override.kind, override.value, override.reason) == ("gtin", WRONG_GTIN, reason)
        assert (override.overridden_by_id, override.overridden_at) == (cast.officer.user_id, NOW)
        changes = Event.objects.get(action="product.identify").changes
        assert changes["override_gtin"] == [override.problem, reason]

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_refuses_an_override_without_a_reason(self, cast: Cast, product: Product, reason: str) -> None:
        with refused(BadIdentifier):
            identify(product, cast.officer, {"gtin": reason}, gtin=WRONG_GTIN)

    def test_refuses_an_override_that_no_column_holds(self, cast: Cast, product: Product) -> None:
        with refused(BadIdentifier):
            identify(product, cast.officer, {"gtin": "x"}, gtin="9" * 21)

    def test_needs_no_reason_for_a_good_one(self, cast: Cast, product: Product) -> None:
        identify(product, cast.officer, {"gtin": "x"}, gtin=GTIN)
        assert not IdentifierOverride.objects.exists()

    def test_takes_one_away(self, cast: Cast, product: Product) -> None:
        identify(product, cast.officer, **GOOD)
        assert identify(product, cast.officer, gtin="").identifiers() == GOOD | {"gtin": ""}

    def test_writes_nothing_where_nothing_changes(self, cast: Cast, product: Product) -> None:
        first = identify(product, cast.officer, gtin=GTIN)
        assert identify(product, cast.officer, gtin=GTIN).version == first.version
        assert Event.objects.filter(action="product.identify").count() == 1

    @pytest.mark.parametrize("kind", ["gtin", "trace_prefix"])
    def test_refuses_one_that_names_another_product(self, cast: Cast, product: Product, kind: str) -> None:
        other = factories.product(cast.rival_firm)
        identify(other, cast.officer, **{kind: GOOD[kind]})
        with refused(IdentifierTaken) as refusal:
            identify(product, cast.officer, **{kind: GOOD[kind]})
        assert (refusal.pointers, refusal.facts["product"]) == ([f"/{kind}"], other.code)

    def test_takes_one_that_a_withdrawn_product_had(self, cast: Cast, product: Product) -> None:
        other = factories.product(cast.rival_firm)
        identify(other, cast.officer, gtin=GTIN)
        withdraw_product(product_id=other.pk, reason="注销", actor=cast.officer, at=NOW)
        assert identify(product, cast.officer, gtin=GTIN).gtin == GTIN

    @pytest.mark.parametrize("kind", ["approval_number", "standard_code", "insurance_code"])
    def test_lets_several_packs_share_an_approval(self, cast: Cast, product: Product, kind: str) -> None:
        other = factories.product(cast.supplier_firm, pack_quantity=48)
        for item in (product, other):
            assert getattr(identify(item, cast.officer, **{kind: GOOD[kind]}), kind) == GOOD[kind]

    def test_refuses_a_system_and_who_is_no_officer(self, cast: Cast, product: Product) -> None:
        for actor in (machine_of(cast.officer), cast.supplier, cast.supervisor):
            with refused(NotAllowed):
                identify(product, actor, gtin=GTIN)

    def test_lets_the_platform_enter_good_ones_alone(self, cast: Cast, product: Product) -> None:
        assert identify(product, cast.platform, gtin=GTIN)
        with refused(NotAllowed):
            identify(product, cast.platform, {"gtin": "x"}, gtin=WRONG_GTIN)

    def test_refuses_a_product_that_there_is_not_and_an_old_version(self, cast: Cast, product: Product) -> None:
        given: dict[str, Any] = {"identifiers": {}, "override_reasons": {}, "actor": cast.officer, "at": NOW}
        with refused(NotVisible):
            identify_product(product_id=0, **given)
        with refused(Stale):
            identify_product(product_id=product.pk, expected_version=9, **given)


class TestRenewLicence:
    def renew(self, product: Product, actor: Actor, until: date = date(2031, 5, 31), **changed: Any) -> Product:
        return renew_licence(product_id=product.pk, valid_until=until, actor=actor, at=NOW, **changed)

    def test_writes_down_the_former_day_and_the_new_one(self, cast: Cast, product: Product) -> None:
        self.renew(product, cast.officer)
        renewed = self.renew(product, cast.second_officer, date(2036, 5, 31))
        renewed.refresh_from_db()
        assert (renewed.licence_valid_until, renewed.version) == (date(2036, 5, 31), product.version + 2)
        changes = Event.objects.filter(action="product.renew_licence").order_by("pk").values_list("changes", flat=True)
        assert [change["licence_valid_until"] for change in changes] == [
            [None, "2031-05-31"],
            ["2031-05-31", "2036-05-31"],
        ]

    def test_takes_a_day_that_is_past(self, cast: Cast, product: Product) -> None:
        assert self.renew(product, cast.officer, date(2020, 1, 1)).licence_valid_until == date(2020, 1, 1)

    def test_changes_nothing_where_the_day_stands(self, cast: Cast, product: Product) -> None:
        first = self.renew(product, cast.officer)
        assert self.renew(product, cast.officer).version == first.version
        assert Event.objects.filter(action="product.renew_licence").count() == 1

    def test_refuses_on_an_old_version(self, cast: Cast, product: Product) -> None:
        with refused(Stale):
            self.renew(product, cast.officer, expected_version=product.version + 1)

    def test_refuses_a_system_who_is_no_officer_and_what_there_is_not(self, cast: Cast, product: Product) -> None:
        for actor in (machine_of(cast.officer), cast.supplier, cast.buyer, cast.supervisor):
            with refused(NotAllowed):
                self.renew(product, actor)
        with refused(NotVisible):
            renew_licence(product_id=0, valid_until=date(2031, 5, 31), actor=cast.officer, at=NOW)


class TestTrading:
    def move(
        self, service: Callable[..., Product], product: Product, actor: Actor, reason: str = "抽检不合格"
    ) -> Product:
        return service(product_id=product.pk, reason=reason, actor=actor, at=NOW)

    def test_stops_goes_on_and_ends(self, cast: Cast, product: Product) -> None:
        courses = ((suspend_product, "suspended"), (resume_product, "trading"), (withdraw_product, "withdrawn"))
        for number, (service, status) in enumerate(courses):
            moved = self.move(service, product, cast.officer, f" 理由{number} ")
            assert (moved.status, moved.status_reason) == (status, f"理由{number}")
            is_trading = Product.objects.trading().filter(pk=product.pk).exists()
            assert is_trading == (status == ProductStatus.TRADING)
        event = Event.objects.get(action="product.withdraw")
        assert event.changes["status"] == ["trading", "withdrawn"]

    @pytest.mark.parametrize("service", [suspend_product, withdraw_product])
    def test_refuses_without_a_reason(self, cast: Cast, product: Product, service: Callable[..., Product]) -> None:
        with refused(ReasonNeeded):
            self.move(service, product, cast.officer, "  ")
        product.refresh_from_db()
        assert product.status == ProductStatus.TRADING

    def test_refuses_what_does_not_start_from_the_state(self, cast: Cast, product: Product) -> None:
        with refused(AlreadyDone):
            self.move(resume_product, product, cast.officer)
        self.move(withdraw_product, product, cast.officer)
        for service, error in (
            (suspend_product, WrongState),
            (resume_product, WrongState),
            (withdraw_product, AlreadyDone),
        ):
            with refused(error):
                self.move(service, product, cast.officer)

    def test_refuses_a_system_and_who_is_no_officer(self, cast: Cast, product: Product) -> None:
        for actor in (machine_of(cast.officer), cast.supplier, cast.buyer):
            with refused(NotAllowed):
                self.move(suspend_product, product, actor)

    def test_lets_a_withdrawn_product_be_registered_again(self, cast: Cast, product: Product) -> None:
        again = NewProduct("P-AGAIN", product.presentation, product.pack_quantity, cast.supplier_firm)
        with refused(ProductExists):
            register_products(products=[again], actor=cast.platform, at=NOW)
        self.move(suspend_product, product, cast.officer)
        with refused(ProductExists):
            register_products(products=[again], actor=cast.platform, at=NOW)
        self.move(withdraw_product, product, cast.officer)
        [registered] = register_products(products=[again], actor=cast.platform, at=NOW)
        assert registered.pk != product.pk
        assert Product.objects.trading().get() == registered
