"""Rule sets in the admin: read in words, the one in force marked, the next one entered."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from catalog.models import RuleSet
from tests.cast import PRICE_RATIOS, Cast
from tests.procurement.admin.pages import action_of, client_of, get, list_of, operator_client, page_of, post

ENTER = "admin:catalog_ruleset_enter"
NEXT = localdate() + timedelta(days=10)


def filled(parameters: Any, **changed: str) -> dict[str, str]:
    text = parameters if isinstance(parameters, str) else json.dumps(parameters, ensure_ascii=False)
    return {
        "title": "新规则",
        "source": "发改价格",
        "valid_from": str(NEXT),
        "valid_until": "",
        "parameters": text,
    } | changed


def enter(kind: str) -> str:
    return f"{reverse(ENTER)}?kind={kind}"


class TestPage:
    def test_reads_the_price_ratios_in_words(self, cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
        page = get(client_of(cast.supervisor), page_of(rule_sets["price_ratio"]))
        for words in ("咀嚼片 (chewable_tablet)", "Ratios of dosage forms", "are rounded to", "1.95", "in force"):
            assert words in page
        assert "{&#x27;" not in page

    def test_reads_the_mark_ups_per_level(self, cast: Cast) -> None:
        parameters = {"markup": "0.05", "markup_primary": "0"}
        client = client_of(cast.officer)
        post(client, enter("retail_check"), **filled(parameters))
        page = get(client, page_of(RuleSet.objects.get(kind="retail_check")))
        for words in ("Primary institution", "0%", "All other institutions", "5%"):
            assert words.lower() in page.lower()

    def test_reads_the_least_bonus_in_percentage_points(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        post(client, enter("reimbursement"), **filled({"least_bonus": "0.05"}))
        assert "5 percentage points above" in get(client, page_of(RuleSet.objects.get(kind="reimbursement")))

    def test_is_open_to_operators(self, rule_sets: dict[str, RuleSet]) -> None:
        client = operator_client()
        assert "Ratios of dosage forms" in get(client, page_of(rule_sets["price_ratio"]))
        assert reverse(ENTER) not in get(client, list_of(RuleSet))


class TestEnter:
    def test_offers_the_present_set_to_change(self, cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
        client = client_of(cast.officer)
        page = post(client, action_of(rule_sets["price_ratio"], "succeed"))
        assert "&quot;strength_base&quot;: &quot;1.7&quot;" in page

    def test_enters_the_next_one_and_ends_the_present(self, cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
        page = post(client_of(cast.officer), enter("price_ratio"), **filled(PRICE_RATIOS | {"strength_base": "1.8"}))
        assert "is entered" in page
        present = rule_sets["price_ratio"]
        present.refresh_from_db()
        assert present.validity.upper == NEXT
        assert RuleSet.objects.get(title="新规则").parameters["strength_base"] == "1.8"

    @pytest.mark.parametrize(
        ("parameters", "words"),
        [
            ("{", "This is not JSON: line 1, column 2."),
            ("[]", "Give a table of names and values"),
            ({}, "is missing"),
            ({"markup": 0.05}, "is not a decimal number as text"),
            ({"markup": "2"}, "must be at most 1"),
            ({"markup": "0", "rebate": "0"}, "is not a parameter of this kind; possible: markup"),
        ],
    )
    def test_tells_in_words_what_is_wrong_and_keeps_what_was_typed(
        self, cast: Cast, parameters: Any, words: str
    ) -> None:
        values = filled(parameters)
        answer = client_of(cast.officer).post(enter("retail_check"), values)
        form = answer.context["form"]
        assert words in str(form.errors["parameters"])
        assert form["parameters"].value() == values["parameters"]
        assert not RuleSet.objects.filter(title=values["title"]).exists()

    def test_tells_of_all_that_is_wrong_at_once(self, cast: Cast) -> None:
        answer = client_of(cast.officer).post(enter("retail_check"), filled({"markup": "2", "rebate": "0"}))
        assert len(answer.context["form"].errors["parameters"]) == 2

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        assert client.post(enter("retail_check"), filled({"markup": "0"})).status_code == 403


class TestList:
    def test_marks_the_one_in_force(self, cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
        client = client_of(cast.officer)
        post(client, enter("price_ratio"), **filled(PRICE_RATIOS))
        page = get(client, f"{list_of(RuleSet)}?kind__exact=price_ratio")
        assert page.count("in force</span>") == 1

    def test_is_exported(self, cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
        response: Any = client_of(cast.supervisor).get(reverse("admin:catalog_ruleset_export_csv"))
        assert "药品差比价规则" in response.getvalue().decode()
