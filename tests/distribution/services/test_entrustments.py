from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from distribution.errors import EntrustmentExists, EntrustmentTermEmpty
from distribution.models import Entrustment
from distribution.queries import entrusted_distributors
from distribution.services.entrustments import file_entrustment
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, ZHONGYUAN, Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused

TOMORROW, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=300)


def file(cast: Cast, **changed: Any) -> Entrustment:
    options = {
        "distributor_code": cast.distributor_firm.code,
        "region_code": HENAN,
        "valid_from": TODAY,
        "valid_until": LATER,
        "actor": cast.supplier,
        "at": NOW,
    } | changed
    return file_entrustment(**options)


class TestFileEntrustment:
    def test_entrusts_a_distributor_for_a_time(self, cast: Cast) -> None:
        filed = file(cast)
        assert (filed.supplier, filed.distributor) == (cast.supplier_firm, cast.distributor_firm)
        assert Event.objects.filter(action="entrustment.file").count() == 1

    def test_is_public(self, cast: Cast) -> None:
        file(cast)
        assert Entrustment.objects.visible_to(cast.visitor).exists()

    def test_refuses_a_second_one_for_the_region_in_the_period(self, cast: Cast) -> None:
        file(cast)
        with refused(EntrustmentExists):
            file(cast, valid_from=LATER - timedelta(days=1), valid_until=LATER + timedelta(days=1))
        assert Entrustment.objects.count() == 1

    def test_may_follow_another_one_and_stand_beside_one_of_another_region_or_supplier(self, cast: Cast) -> None:
        file(cast)
        file(cast, valid_from=LATER, valid_until=LATER + timedelta(days=1))
        file(cast, region_code=ZHENGZHOU)
        file(cast, actor=cast.rival)
        assert Entrustment.objects.count() == 4

    @pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1)])
    def test_refuses_a_term_without_a_day(self, cast: Cast, until: date) -> None:
        with refused(EntrustmentTermEmpty):
            file(cast, valid_until=until)

    @pytest.mark.parametrize(
        "changed",
        [{"distributor_code": "none"}, {"distributor_code": "RIVAL"}, {"region_code": "999999"}],
        ids=["nobody", "no distributor", "nowhere"],
    )
    def test_refuses_what_is_not_there(self, cast: Cast, changed: dict[str, str]) -> None:
        with refused(NotVisible):
            file(cast, **changed)

    def test_refuses_a_distributor_that_is_no_longer_active(self, cast: Cast) -> None:
        type(cast.hospital).objects.filter(pk=cast.distributor_firm.pk).update(is_active=False)
        with refused(NotVisible):
            file(cast)

    @pytest.mark.parametrize("role", ["distributor", "officer", "buyer", "platform", "visitor"])
    def test_refuses_who_is_no_supplier(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            file(cast, actor=getattr(cast, role))


class TestEntrustedDistributors:
    @pytest.mark.parametrize(
        ("regions", "chosen"),
        [
            ([], None),
            ([HUBEI], None),
            ([HENAN], HENAN),
            ([HENAN, ZHENGZHOU], ZHENGZHOU),
            ([ZHONGYUAN, ZHENGZHOU, HENAN], ZHONGYUAN),
            ([ZHONGYUAN], ZHONGYUAN),
        ],
    )
    def test_are_those_of_the_narrowest_region(self, cast: Cast, regions: list[str], chosen: str | None) -> None:
        firms = {}
        for region in regions:
            firms[region] = type(cast.hospital).objects.create(code=f"D{region}", kind="distributor", name=region)
            factories.entrustment(cast, region, distributor=firms[region])
        found = entrusted_distributors([cast.supplier_firm.pk, cast.rival_firm.pk], cast.hospital, TODAY)
        assert found == ({cast.supplier_firm.pk: firms[chosen].pk} if chosen else {})

    def test_are_those_of_the_day(self, cast: Cast) -> None:
        file(cast, valid_from=TOMORROW)
        assert entrusted_distributors([cast.supplier_firm.pk], cast.hospital, TODAY) == {}
        assert entrusted_distributors([cast.supplier_firm.pk], cast.hospital, TOMORROW)
        assert entrusted_distributors([cast.supplier_firm.pk], cast.hospital, LATER) == {}
