"""A supplier reads why its price is to be explained, and answers, over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from procurement.models import Explanation
from tests import factories
from tests.cast import Cast
from tests.catalog.api.calls import machine, problem_in

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def asked(cast: Cast) -> Explanation:
    factories.procedure_rules(abnormally_low="0.9")
    lot = factories.contested_lot(cast, {cast.supplier: "2.40", cast.rival: "7.20"}, is_published=False)
    return Explanation.objects.select_related("bid__lot__tender").get(bid__lot=lot)


class TestExplanations:
    def test_tell_the_supplier_the_figures_and_until_when_it_answers(self, cast: Cast, asked: Explanation) -> None:
        [told] = machine(cast.supplier).get("/api/v1/explanations/").json()["results"]
        assert (told["id"], told["tender"], told["lot"]) == (str(asked.bid.reference), asked.bid.lot.tender.number, 1)
        assert told["figures"] == {
            "comparable_price": "0.1000",
            "mean": "0.2000",
            "share": "0.9",
            "share_of_mean": "0.5000",
        }
        assert told["answered_at"] is None
        assert machine(cast.rival).get("/api/v1/explanations/").json()["results"] == []

    def test_are_answered_once_and_again_until_they_are_due(self, cast: Cast, asked: Explanation) -> None:
        caller, path = machine(cast.supplier), f"/api/v1/explanations/{asked.bid.reference}/answer/"
        assert caller.send(path, {"text": "自产原料药"}).json()["answer"] == "自产原料药"
        assert caller.send(path, {"text": "附成本表"}).json()["answer"] == "附成本表"
        Explanation.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        problem_in(caller.send(path, {"text": "迟到的说明"}), 409, "explanation-too-late")
        asked.refresh_from_db()
        assert asked.answer == "附成本表"
