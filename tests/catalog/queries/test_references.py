from __future__ import annotations

from datetime import date

from catalog.models import DosageEntry, EditionEntry, Presentation, Product
from catalog.queries.references import references_to
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind
from procurement.models import DemandLine
from tests import factories
from tests.cast import Cast
from tests.catalog.admin.lists import listing, published
from tests.factories import NOW


class TestReferencesTo:
    def test_counts_the_records_of_every_app_also_those_that_lead_back_by_no_name(self, cast: Cast) -> None:
        capsules, tablets = factories.presentation(), factories.presentation(form="片剂")
        published("2018", [listing()], cast)
        factories.product(cast.supplier_firm, capsules)
        factories.product(cast.rival_firm, capsules)
        factories.demand(cast, [capsules])
        enter_guidance(
            kind=GuidanceKind.GUIDELINE,
            title="用药指南",
            edition_label="2018",
            issuer="国家卫生健康委员会",
            valid_from=date(2018, 11, 1),
            valid_until=None,
            source="",
            dosages=[NewDosage(capsules.medicine, "感染", "0.5g", presentation=capsules)],
            actor=cast.officer,
            at=NOW,
        )
        found = references_to([capsules, tablets])
        counts = {model: (by_id.get(capsules.pk), by_id.get(tablets.pk)) for model, by_id in found.items()}
        assert (
            counts.items()
            >= {
                Product: (2, None),
                EditionEntry: (1, None),
                DosageEntry: (1, None),
                DemandLine: (2, None),
            }.items()
        )
        assert Presentation not in counts

    def test_finds_nothing_where_nothing_refers(self, db: None) -> None:
        assert references_to([factories.presentation()]) == {}
