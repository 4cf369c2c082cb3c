"""Answering a million questions about prices from a file, beside the same answer asked for one by one.

20,000 products with prices in 31 provinces (see ``price_import``); any product, province, day of a year and tier, in
any order. The answer has the ceiling, stated or derived, what the province pays, the highest retail price, and what
three schemes leave to the patient.
"""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.models import InsuranceListing, Medicine, Product, ReimbursementTerms
from catalog.queries.answers import price_of
from catalog.queries.bulk_answers import Question
from catalog.services.price_import import import_prices, read_price_rows
from catalog.states import ListClass, Scheme
from tests.benchmarks import Comparison, Run, price_import, timed
from tests.factories import edition

ROWS = 1_000_000
# As many as are asked one by one.
FEW = 300
TIERS = ("primary", "secondary", "tertiary")
SCHEMES = (Scheme.EMPLOYEES, Scheme.RESIDENTS, Scheme.ASSISTANCE)


@dataclass(frozen=True, slots=True)
class World:
    """The questions, all in a file and a few at hand; ``folder`` goes with the file."""

    folder: tempfile.TemporaryDirectory[str]
    questions: Path
    few: list[Question]
    rows: int


def seed(rows: int) -> World:
    """Products with prices, an edition, insurance, and the file of questions."""
    products = price_import.make_products(min(20_000, max(40, rows // 50)))
    folder = tempfile.TemporaryDirectory()
    prices, questions = Path(folder.name, "prices.csv"), Path(folder.name, "questions.csv")
    price_import.write_file(prices, products)
    with prices.open(newline="", encoding="utf-8") as file:
        import_prices(rows=read_price_rows(file, name="prices.csv"), actor=Actor.platform(), at=timezone.now())
    edition(
        {"name": "药品0", "form": "片剂", "strength": "5mg"},
        {"name": "药品1", "number": "7", "form": "", "strength": ""},
    )
    make_insurance()
    draw = random.Random(7)
    with questions.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(Question._fields)
        few = []
        for _number in range(rows):
            code, _ceiling = draw.choice(products)
            day = date(2025, 7, 1) + timedelta(days=draw.randrange(365))
            question = Question(code, draw.choice(price_import.PROVINCES), day.isoformat(), draw.choice(TIERS))
            lines.writerow(question)
            if len(few) < FEW:
                few.append(question)
    return World(folder, questions, few, rows)


def make_insurance() -> None:
    """Every second medicine is listed, every third of those on list B; three schemes in every province and tier."""
    since = DateRange(date(2020, 1, 1), None)
    InsuranceListing.objects.bulk_create(
        InsuranceListing(
            medicine=medicine,
            list_class=ListClass.A if place % 3 else ListClass.B,
            self_pay_share=Decimal(0) if place % 3 else Decimal("0.1"),
            validity=since,
            source="医保目录",
        )
        for place, medicine in enumerate(Medicine.objects.order_by("pk")[::2])
    )
    ReimbursementTerms.objects.bulk_create(
        ReimbursementTerms(
            scheme=scheme,
            province_id=province,
            tier=tier,
            rate=Decimal("0.6"),
            essential_bonus=Decimal("0.1"),
            validity=since,
            source="医保",
        )
        for province in price_import.PROVINCES
        for tier in TIERS
        for scheme in SCHEMES
    )


def agree(world: World) -> None:
    """The first questions have the same answer, all are answered, and the answers are not all alike."""
    by_file(world)
    with Path(world.folder.name, "answers.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        found = [next(rows) for _question in world.few]
        assert len(found) + sum(1 for _row in rows) == world.rows
    assert [
        (
            *(Decimal(row[name]) if row[name] else None for name in ("ceiling", "procurement_price", "highest_retail")),
            row["ground"],
            [Decimal(part.split(" ")[2]) for part in row["reimbursement"].split("; ") if part],
        )
        for row in found
    ] == list(one_by_one(world.few))
    assert len({row["ceiling_by"] for row in found}) > 1


def one_by_one(questions: Iterable[Question]) -> Iterator[tuple[object, ...]]:
    """The answers as the page of one product gets them: three prices, the ground, and what the patient pays."""
    for question in questions:
        found = price_of(
            Product.objects.get(code=question.product),
            province_id=question.province,
            on=date.fromisoformat(question.day),
            tier=question.tier,
        )
        yield (
            found.ceiling and found.ceiling.price,
            found.procurement and found.procurement.price,
            found.highest_retail,
            found.essentiality.ground.value,
            [item.patient_pays for item in found.reimbursed],
        )


def singly(world: World) -> Run:
    """A few of the questions, each by itself."""
    with timed(len(world.few)) as run:
        for _answer in one_by_one(world.few):
            pass
    return run


def by_file(world: World) -> Run:
    """The file of questions into a file of answers, by the command."""
    with timed(world.rows) as run:
        call_command("answer_prices", world.questions, Path(world.folder.name, "answers.csv"), stdout=io.StringIO())
    return run


COMPARISONS = [
    Comparison(
        name="answers from a file / one by one",
        unit="questions",
        goal=100,
        agree=agree,
        baseline=singly,
        product=by_file,
        pairs=3,
    )
]
