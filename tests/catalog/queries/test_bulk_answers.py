from __future__ import annotations

import csv
import io
import random
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import product as combinations
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import GuidePrice, Product, ReimbursementTerms, RuleSet
from catalog.queries import Ground
from catalog.queries.answers import PriceAnswer, prices_of
from catalog.queries.bulk_answers import COLUMNS, Question, answer_questions
from catalog.rules.reimbursement import rate_of
from catalog.states import ListClass, Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, PRICE_RATIOS, Cast
from tests.factories import presentation

DAYS = [date(2009, 1, 1), date(2019, 5, 5), date(2026, 6, 30), date(2026, 7, 1), date(2026, 9, 1), date(2027, 1, 31)]
JULY, SEPTEMBER = DAYS[3], DAYS[4]
TIERS = ["primary", "secondary", "tertiary"]


def ask(*questions: Question) -> list[dict[str, str]]:
    file = io.BytesIO()
    assert answer_questions(iter(questions), file) == len(questions)
    header, *rows = csv.reader(io.StringIO(file.getvalue().decode(), newline=""))
    assert header == list(COLUMNS)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture
def products(cast: Cast) -> list[Product]:
    """Products for which every part of an answer differs with the product, the province, the day or the tier."""
    factories.rule_set(RuleSet.Kind.PRICE_RATIO, PRICE_RATIOS, valid_until=SEPTEMBER)
    factories.rule_set(RuleSet.Kind.PRICE_RATIO, PRICE_RATIOS | {"pack_base": "1.9"}, valid_from=SEPTEMBER)
    factories.rule_set(RuleSet.Kind.RETAIL_CHECK, {"markup": "0", "markup_secondary": "0.15"}, valid_until=JULY)
    factories.rule_set(RuleSet.Kind.RETAIL_CHECK, {"markup": "0.05"}, valid_from=SEPTEMBER)
    amoxicillin, strong = presentation(), presentation(strength="0.5g")
    granules, cefradine = presentation(form="颗粒剂", strength="0.125g"), presentation("头孢拉定")
    strange, unlisted = presentation(strength="适量"), presentation("甲硝唑", "片剂", "0.2g")
    factories.guide_price(amoxicillin, is_representative=True)
    factories.guide_price(amoxicillin, price="10.05", valid_from=JULY, is_representative=True)
    factories.guide_price(amoxicillin, price="9.99", manufacturer=cast.supplier_firm, valid_until=SEPTEMBER)
    factories.guide_price(strong, price="15.333", valid_until=JULY, derivation="8.72 × 1.7")
    factories.guide_price(cefradine, price="7.015")
    made = [
        factories.product(maker, of, pack)
        for of in (amoxicillin, strong, granules, cefradine, strange, unlisted)
        for maker in (cast.supplier_firm, cast.rival_firm)
        for pack in (24, 48)
    ]
    one, other, cef = made[0], made[2], made[12]
    factories.procurement_price(one, "6.005")
    factories.procurement_price(one, "5.5", valid_from=JULY)
    factories.procurement_price(one, "6.7", province_id=HUBEI, valid_until=SEPTEMBER)
    factories.procurement_price(other, "8.7")
    factories.procurement_price(cef, "7.0001")
    factories.edition(valid_until=SEPTEMBER)
    factories.edition(
        {"form": "", "strength": ""},
        {"number": "7", "name": "头孢拉定", "form": "胶囊", "strength": ""},
        code="2026",
        valid_from=SEPTEMBER,
    )
    factories.addition(cast, cefradine, only=[cefradine], valid_until=DAYS[5])
    factories.addition(cast, unlisted)
    factories.insurance_listing(amoxicillin)
    factories.insurance_listing(strong, ListClass.B, "0.1", is_only_this=True)
    factories.insurance_listing(amoxicillin, ListClass.B, "0.2", province_id=HUBEI)
    factories.insurance_listing(amoxicillin, ListClass.B, "0.3333", province_id=HUBEI, is_only_this=True)
    factories.insurance_listing(cefradine, ListClass.B, "0.05", is_only_this=True)
    factories.reimbursement_terms(deductible="100")
    factories.reimbursement_terms(Scheme.RESIDENTS, rate="0.95", valid_from=JULY)
    factories.reimbursement_terms(Scheme.RESIDENTS, tier="secondary", province_id=HUBEI, rate="0.5555")
    ReimbursementTerms.objects.filter(scheme=Scheme.RESIDENTS).update(annual_cap=Decimal("4.20"))
    return made


def expected(question: Question, found: PriceAnswer) -> dict[str, Any]:
    """The same answer in the columns of the file."""
    ceiling, paid, listing = found.ceiling, found.procurement, found.listing
    return question._asdict() | {
        "ceiling": ceiling and ceiling.price,
        "ceiling_by": "" if ceiling is None else "derived" if ceiling.is_derived else "stated",
        "guide_price": ceiling and ceiling.guide_price.price,
        "decision": ceiling.decision.number if ceiling else "",
        "procurement_price": paid and paid.price,
        "highest_retail": found.highest_retail,
        "essential": "yes" if found.essentiality.is_essential else "no",
        "ground": found.essentiality.ground.value,
        "list_class": listing.list_class if listing else "",
        "self_pay_share": listing and listing.self_pay_share,
        "reimbursement": [
            (item.terms.scheme, rate_of(item.terms.terms, found.essentiality.is_essential), item.patient_pays)
            for item in found.reimbursed
        ],
        "problem": "",
    }


def read(row: dict[str, str]) -> dict[str, Any]:
    """A row of the file with its numbers as numbers."""
    numbers = ("ceiling", "guide_price", "procurement_price", "highest_retail", "self_pay_share")
    schemes = [part.split(" ") for part in row["reimbursement"].split("; ") if part]
    return (
        row
        | {name: Decimal(row[name]) if row[name] else None for name in numbers}
        | {"reimbursement": [(scheme, Decimal(rate), Decimal(pays)) for scheme, rate, pays in schemes]}
    )


class TestAnswerQuestions:
    def test_says_what_the_single_answer_says(self, products: list[Product]) -> None:
        answers = {
            Question(answer.product.code, province, day.isoformat(), tier): answer
            for province, day, tier in combinations([HENAN, HUBEI], DAYS, TIERS)
            for answer in prices_of(products, province_id=province, on=day, tier=tier).values()
        }
        questions = list(answers)
        random.Random(3).shuffle(questions)
        found = [read(row) for row in ask(*questions)]
        assert found == [expected(question, answers[question]) for question in questions]
        self.sees_every_kind(found)

    def sees_every_kind(self, found: list[dict[str, Any]]) -> None:
        """The comparison would be worth little where all answers were alike."""
        assert {row["ground"] for row in found} >= {
            Ground.LISTED,
            Ground.FORM_LISTED,
            Ground.MEDICINE_LISTED,
            Ground.ADDED,
            Ground.OTHER_PRESENTATION,
            Ground.NOT_LISTED,
            Ground.NO_EDITION,
        }
        kinds = Counter((row["ceiling_by"], row["list_class"], len(row["reimbursement"])) for row in found)
        assert len({key[0] for key in kinds}) == len({key[1] for key in kinds}) == len({key[2] for key in kinds}) == 3
        assert {row["self_pay_share"] for row in found} >= {Decimal(text) for text in ("0.1", "0.2", "0.3333", "0.05")}

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"product": "none"}, "unknown-product"),
            ({"province": "410100"}, "unknown-province"),
            ({"day": "2026-02-30"}, "bad-day"),
            ({"tier": "village"}, "unknown-tier"),
        ],
        ids=["product", "province", "day", "tier"],
    )
    def test_names_what_is_wrong_with_a_question(
        self, products: list[Product], changed: dict[str, str], problem: str
    ) -> None:
        good = Question(products[0].code, HENAN, "2026-07-01")
        bad, answered = ask(good._replace(**changed), good)
        assert {name: value for name, value in bad.items() if value} == good._replace(**changed)._asdict() | {
            "problem": problem
        }
        assert (answered["problem"], answered["ceiling"]) == ("", "9.9900")

    def test_asks_as_often_for_many_questions_as_for_few(self, products: list[Product]) -> None:
        def asked(*items: Product) -> int:
            with CaptureQueriesContext(connection) as queries:
                ask(*(Question(item.code, HENAN, "2026-06-30") for item in items))
            return len(queries)

        assert asked(*products[:4]) == asked(*products)

    def test_finds_a_derived_ceiling_on_days_before_and_after_a_stated_one(self, cast: Cast) -> None:
        factories.rule_set(RuleSet.Kind.PRICE_RATIO, PRICE_RATIOS)
        factories.guide_price(is_representative=True)
        one, other = (factories.product(maker, pack_quantity=48) for maker in (cast.supplier_firm, cast.rival_firm))
        factories.guide_price(
            pack_quantity=48, price="11", manufacturer=cast.supplier_firm, valid_from=JULY, valid_until=SEPTEMBER
        )
        # the first day that is asked about is one on which only one of them has a derived price
        found = ask(*(Question(item.code, HENAN, day) for day in ("2026-07-01", "2026-09-01") for item in (one, other)))
        assert [row["ceiling"] for row in found] == ["11.0000", "17.0000", "17.0000", "17.0000"]
        assert GuidePrice.objects.count() == 2


class TestCommand:
    def run(self, folder: Path, text: str) -> str:
        questions, answers = folder / "questions.csv", folder / "answers.csv"
        questions.write_text(text, encoding="utf-8-sig")
        call_command("answer_prices", questions, answers)
        assert sorted(item.name for item in folder.iterdir()) == ["answers.csv", "questions.csv"]
        return answers.read_text()

    def test_answers_a_file(self, products: list[Product], tmp_path: Path) -> None:
        found = self.run(tmp_path, f"day,product,remark,province\n2026-07-01,{products[0].code},x,410000\n\n")
        [row] = csv.DictReader(io.StringIO(found))
        assert (row["product"], row["ceiling"], row["procurement_price"]) == (products[0].code, "9.9900", "5.5000")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("product,province\n", "day"),
            ("", "product, province, day"),
            ('product,province,day\n"open', "unexpected end"),
        ],
        ids=["a column is missing", "empty", "no CSV"],
    )
    def test_says_what_is_wrong_with_the_file(self, db: None, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(CommandError, match=said):
            self.run(tmp_path, text)
        assert [item.name for item in tmp_path.iterdir()] == ["questions.csv"]

    def test_says_that_there_is_no_file(self, db: None, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="No such file"):
            call_command("answer_prices", tmp_path / "none.csv", tmp_path / "answers.csv")
