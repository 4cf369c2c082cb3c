from __future__ import annotations

from datetime import date

import pytest

from catalog.foundation.actor import Actor
from catalog.queries.guidance import dosages_of
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind
from tests import factories
from tests.cast import Cast
from tests.config.products import guide

ON = date(2024, 6, 1)


class TestDosagesOf:
    def test_gives_each_product_those_of_its_medicine(self, cast: Cast) -> None:
        one = factories.product(cast.supplier_firm)
        other = factories.product(cast.supplier_firm, factories.presentation("头孢拉定"))
        silent = factories.product(cast.supplier_firm, factories.presentation("布洛芬"))
        guide(one, {"肺炎": "0.5g", "咽炎": "0.25g"})
        guide(other, {"肺炎": "1g"}, title="临床应用指南", kind=GuidanceKind.GUIDELINE)
        found = dosages_of([one, other, silent], ON)
        assert {key: sorted(row.dose for row in rows) for key, rows in found.items()} == {
            one.pk: ["0.25g", "0.5g"],
            other.pk: ["1g"],
            silent.pk: [],
        }

    @pytest.mark.parametrize(("on", "dose"), [(date(2023, 12, 31), "0.5g"), (date(2024, 1, 1), "1g")])
    def test_reads_the_version_of_the_day(self, on: date, dose: str, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        guide(product, {"肺炎": "0.5g"})
        guide(product, {"肺炎": "1g"}, edition_label="2023年版", valid_from=date(2024, 1, 1))
        [found] = dosages_of([product], on)[product.pk]
        assert found.dose == dose

    def test_leaves_out_those_for_another_presentation(self, cast: Cast) -> None:
        own, other = factories.presentation(strength="0.25g"), factories.presentation(strength="0.5g")
        respelt = factories.presentation(strength="250mg")
        product = factories.product(cast.supplier_firm, own)
        enter_guidance(
            kind=GuidanceKind.FORMULARY,
            title="处方集",
            edition_label="1",
            issuer="卫健委",
            valid_from=date(2020, 1, 1),
            valid_until=None,
            source="",
            dosages=[
                NewDosage(medicine=own.medicine, indication="肺炎", dose=item.strength, presentation=item)
                for item in (own, other, respelt)
            ],
            actor=Actor.platform(),
            at=factories.NOW,
        )
        assert {row.dose for row in dosages_of([product], ON)[product.pk]} == {"0.25g", "250mg"}

    def test_costs_the_same_for_many(self, cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        products = [factories.product(cast.supplier_firm, factories.presentation(f"药品{n}")) for n in range(25)]
        for number, product in enumerate(products):
            guide(product, {"肺炎": "0.5g"}, title=f"处方集{number}")
        for some in (products[:1], products):
            with django_assert_num_queries(2):
                rows = dosages_of(some, ON)
                assert [str(row.document) for row in rows[some[-1].pk]]
