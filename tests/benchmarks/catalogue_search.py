"""Searching 200,000 products by names and codes, against ``icontains`` over the joined tables.

Both give the same answers. The platform's page holds 50 ranked products; the baseline is what a plain admin does: every
word is looked for in every field, and the first 50 by code are shown.
"""

from __future__ import annotations

import random
import statistics
import sys
from typing import Any

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Concat

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.models import Medicine, Presentation, Product
from catalog.queries.search import search_products
from catalog.services.medicines import initials_of
from tests.benchmarks import Comparison, Run, timed

ROWS = 200_000
PAGE = 50
MEDICINES, MAKERS = 6_000, 3_000
GOAL_MS = 50
ROUNDS = 7
STEMS = (
    "阿莫西林青霉素头孢拉定氨苄克罗地平硝苯辛伐他汀布洛芬双氯酸钠葡萄糖维生二甲胍"
    "格列美脲雷尼替奥拉唑硫钾钙镁复方丹参黄连清热解毒银翘"
)
TOWNS = "华夏长江中原泰山东海南粤北岭西川江淮松花辽河太湖云贵巴蜀齐鲁燕赵吴越荆楚闽台康宁瑞德同仁福安"
FORMS = ["片", "胶囊", "注射液", "颗粒", "口服溶液", "分散片", "缓释片", "滴眼液", "软膏", "丸"]
SYLLABLES = ["amo", "xi", "cil", "lin", "pra", "zole", "met", "for", "nife", "di", "pine", "sta", "tin", "ce", "fra"]
BEGINNINGS = [
    *("presentation__medicine__initials", "presentation__medicine__atc"),
    *("code", "approval_number", "standard_code", "insurance_code", "gtin", "trace_prefix"),
]


def seed(rows: int) -> dict[str, str]:
    """A register in which a few medicines and makers have most of the products; and what is asked of it."""
    dice = random.Random(2009)
    names = list(dict.fromkeys("".join(dice.choices(STEMS, k=dice.randint(3, 6))) for _ in range(MEDICINES)))
    medicines = Medicine.objects.bulk_create(
        Medicine(
            name=name,
            inn="".join(dice.choices(SYLLABLES, k=4)),
            initials=initials_of(name),
            atc=f"{dice.choice('ABCDGHJLMNPRSV')}{dice.randint(1, 16):02}A{dice.choice('ABC')}{dice.randint(1, 60):02}",
        )
        for name in names
    )
    makers = Organization.objects.bulk_create(
        Organization(
            code=f"M{number:05}",
            kind=OrganizationKind.SUPPLIER,
            name="".join(dice.choices(TOWNS, k=3)) + "制药有限公司",
        )
        for number in range(MAKERS)
    )
    presentations = Presentation.objects.bulk_create(
        Presentation(medicine=medicine, form=form, strength=f"0.{strength}g")
        for medicine in medicines
        for form, strength in zip(dice.sample(FORMS, 3), dice.sample(range(1, 99), 3), strict=True)
    )
    Product.objects.bulk_create(
        (
            Product(
                code=f"P{number:06}",
                presentation=presentations[int(len(presentations) * dice.random() ** 2)],
                manufacturer=makers[maker := int(MAKERS * dice.random() ** 2)],
                pack_quantity=number + 1,
                approval_number=f"国药准字H{dice.randint(1986, 2024)}{dice.randint(0, 9999):04}",
                standard_code=f"869{maker:05}{number:06}",
                insurance_code=f"XJ01CAA{number % 900:03}A001010{number:06}",
                gtin=f"069{maker:05}{number:06}",
                trace_prefix=f"8{number:06}",
            )
            for number in range(rows)
        ),
        batch_size=10_000,
    )
    return questions(rows)


def questions(rows: int) -> dict[str, str]:
    """What is asked, by what is remarkable about it."""
    frequent, rare = Product.objects.get(code="P000001"), Product.objects.get(code=f"P{rows - 1:06}")
    name = frequent.presentation.medicine.name
    return {
        "two characters, in most": "制药",
        "two characters": name[:2],
        "two characters, within": name[1:3],
        "one character, in most": "制",
        "one character": "片",
        "three characters, frequent": "注射液",
        "whole name": name,
        "name with form": f"{name}{frequent.presentation.form}",
        "maker": frequent.manufacturer.name,
        "INN, its beginning": frequent.presentation.medicine.inn[:5],
        "initials": frequent.presentation.medicine.initials[:3],
        "ATC group": frequent.presentation.medicine.atc[:3],
        "one letter, in all": "p",
        "product code": rare.code,
        "product code, beginning": rare.code[:5],
        "approval number": rare.approval_number,
        "approval number, beginning": rare.approval_number[:7],
        "approval number, letters in all": "国药准字H",
        "standard code, beginning": rare.standard_code[:8],
        "insurance code": rare.insurance_code,
        "GTIN, beginning in all": "069",
        "trace prefix": rare.trace_prefix,
        "two words, both frequent": "制药 胶囊",
        "name and maker": f"{name[:2]} {frequent.manufacturer.name[:2]}",
        "frequent and rare": f"制药 {rare.trace_prefix}",
        "three words": f"{name[:2]} 制药 {frequent.presentation.form}",
        "two words, none has both": f"{rare.code} {frequent.code}",
        "nothing": "犇羴",
    }


def plain(question: str) -> Any:
    """Every word in one of the fields, as ``search_fields`` of an admin would have it."""
    found = Product.objects.alias(
        full_name=Concat(
            "presentation__medicine__name",
            "presentation__form",
            Value(" "),
            "presentation__strength",
            output_field=TextField(),
        ),
        inn_start=Func(Value(" "), F("presentation__medicine__inn"), function="CONCAT", output_field=TextField()),
    )
    for word in question.split():
        condition = Q(full_name__icontains=word) | Q(manufacturer__name__icontains=word)
        condition |= Q(inn_start__icontains=f" {word}")
        for field in BEGINNINGS:
            condition |= Q(**{f"{field}__istartswith": word})
        found = found.filter(condition)
    return found


def agree(world: dict[str, str]) -> None:
    """Both find the same products; and how long a page takes, question by question."""
    times: list[float] = []
    say(f"{'question':<36}{'found':>9}{'median ms':>11}{'longest':>9}")
    for what, question in world.items():
        expected = set(plain(question).values_list("pk", flat=True))
        assert expected == set(Product.objects.search(question).values_list("pk", flat=True)), question
        found = search_products(question, limit=PAGE).products
        assert len(found) == min(PAGE, len(expected)), question
        assert {product.pk for product in found} <= expected, question
        spent = [timed_page(question) for _ in range(ROUNDS)]
        times += spent
        say(f"{what:<36}{len(expected):>9,}{statistics.median(spent):>11.1f}{max(spent):>9.1f}")
    p95 = statistics.quantiles(times, n=20)[-1]
    say(f"a page: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms; the goal is {GOAL_MS} ms")


def say(line: str) -> None:
    """Beside the results, which may be read by a program."""
    print(line, file=sys.stderr)


def timed_page(question: str) -> float:
    """Milliseconds for the first page."""
    with timed(1) as run:
        search_products(question, limit=PAGE)
    return run.seconds * 1000


def baseline(world: dict[str, str]) -> Run:
    """All questions, once each."""
    with timed(len(world)) as run:
        for question in world.values():
            list(plain(question).select_related("presentation__medicine", "manufacturer").order_by("code")[:PAGE])
    return run


def product(world: dict[str, str]) -> Run:
    """All questions, once each."""
    with timed(len(world)) as run:
        for question in world.values():
            search_products(question, limit=PAGE)
    return run


COMPARISONS = [Comparison("first page of products", "searches", 10, agree, baseline, product)]
