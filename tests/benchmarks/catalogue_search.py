"""Searching 200,000 products by names and codes, against ``icontains`` over the joined tables.

Both give the same answers. The platform's page holds 50 ranked products; the baseline is what a plain admin does: every
word is looked for in every field, and the first 50 by code are shown.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Concat

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.models import Medicine, Presentation, Product
from catalog.queries.search import search_products
from catalog.services.medicines import initials_of

PRODUCTS = 200_000
MEDICINES, MAKERS = 6_000, 3_000
GOAL_MS = 50
ROUNDS = 7
STEMS = "阿莫西林青霉素头孢拉定氨苄克罗地平硝苯辛伐他汀布洛芬双氯酸钠葡萄糖维生二甲胍格列美脲雷尼替奥拉唑硫钾钙镁复方丹参黄连清热解毒银翘"
TOWNS = "华夏长江中原泰山东海南粤北岭西川江淮松花辽河太湖云贵巴蜀齐鲁燕赵吴越荆楚闽台康宁瑞德同仁福安"
FORMS = ["片", "胶囊", "注射液", "颗粒", "口服溶液", "分散片", "缓释片", "滴眼液", "软膏", "丸"]
SYLLABLES = ["amo", "xi", "cil", "lin", "pra", "zole", "met", "for", "nife", "di", "pine", "sta", "tin", "ce", "fra"]
FIELDS = ["presentation__medicine__inn", "manufacturer__name", "trade_name"]
BEGINNINGS = [
    *("presentation__medicine__initials", "presentation__medicine__atc"),
    *("code", "approval_number", "standard_code", "insurance_code", "gtin", "trace_prefix"),
]


def seed(products: int = PRODUCTS) -> None:
    """The same register every time: a few medicines and makers have most of the products."""
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
            for number in range(products)
        ),
        batch_size=10_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def questions() -> dict[str, str]:
    """What is asked, by what is remarkable about it."""
    frequent, rare = Product.objects.get(code="P000001"), Product.objects.get(code="P123456")
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


def measured(call: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each call."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def run(products: int = PRODUCTS) -> None:
    """Seed, ask everything, and print medians, p95 and the ratio to the baseline."""
    seed(products)
    everything: list[float] = []
    ratios: list[float] = []
    print(f"{products:,} products; milliseconds for the first 50, {ROUNDS} rounds")
    print(f"{'question':<34}{'found':>8}{'median':>9}{'longest':>9}{'icontains':>11}{'ratio':>8}")
    for what, question in questions().items():
        expected = set(plain(question).values_list("pk", flat=True))
        assert expected == set(Product.objects.search(question).values_list("pk", flat=True)), question
        page = search_products(question, limit=50).products
        assert len(page) == min(50, len(expected)) and {product.pk for product in page} <= expected, question
        times = measured(lambda question=question: search_products(question, limit=50))
        baseline = measured(
            lambda question=question: list(
                plain(question).select_related("presentation__medicine", "manufacturer").order_by("code")[:50]
            ),
            rounds=3,
        )
        everything += times
        ratios.append(statistics.median(baseline) / statistics.median(times))
        print(
            f"{what:<34}{len(expected):>8,}{statistics.median(times):>9.1f}{max(times):>9.1f}"
            f"{statistics.median(baseline):>11.1f}{ratios[-1]:>7.0f}×"
        )
    p95 = statistics.quantiles(everything, n=20)[-1]
    print(
        f"median {statistics.median(everything):.1f} ms, p95 {p95:.1f} ms (goal: {GOAL_MS} ms, "
        f"{'reached' if p95 <= GOAL_MS else 'missed'}); {statistics.median(ratios):.0f}× the speed of icontains"
    )
