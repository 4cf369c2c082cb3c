from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from random import Random

import pytest
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from distribution.models import Order
from distribution.queries.performance import By, performance, together
from distribution.rules.indicators import LineFact, measure
from distribution.services.despatches import advise_despatch
from distribution.services.orders import LineAnswer, confirm_order
from distribution.services.rests import close_rest
from distribution.states import AnswerReason, OrderStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, Cast
from tests.distribution.measured import DAY, DELIVERED, HOUR, REFUSED, THREE_DAYS, at_random, facts_of, measured_order
from tests.factories import NOW

SINCE = NOW - 30 * DAY


@pytest.fixture
def lines(cast: Cast, rule_sets: object) -> list[AgreementLine]:
    """Two medicines, agreed long before."""
    return factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"], at=SINCE)


@pytest.fixture
def orders(cast: Cast, lines: list[AgreementLine]) -> list[Order]:
    """Eighty orders of two provinces, of whatever became of them, at random but the same every time."""
    random = Random(56)
    village = Organization.objects.create(
        code="V", kind="institution", name="村卫生室", region_id=ZHENGZHOU, ordering_centre=cast.hospital
    )
    made = []
    for _ in range(80):
        institution = random.choice([cast.hospital, cast.other_hospital])
        made.append(
            measured_order(
                institution,
                [(agreed, at_random(random)) for agreed in lines[: random.randint(1, 2)]],
                placed_at=NOW - random.randint(2, 40) * DAY - random.randint(0, 20) * HOUR,
                supplier=random.choice([cast.supplier_firm, cast.rival_firm]),
                distributor=random.choice([None, cast.distributor_firm]),
                recipient=village if institution == cast.hospital and random.random() < 0.3 else None,
                answered_after=random.choice([None, HOUR, DAY, DAY + HOUR]),
                status=random.choice([OrderStatus.CONFIRMED, OrderStatus.REFUSED, OrderStatus.CANCELLED]),
            )
        )
    return made


def keys(by: By, order: Order) -> list[tuple[str, int]]:
    """The key of each line of an order in the order of its lines."""
    place = order.recipient or order.institution
    single = {
        By.SUPPLIER: order.supplier_id,
        By.DISTRIBUTOR: order.distributor_id,
        By.COUNTY: place.region_id,
        By.INSTITUTION: order.institution_id,
        By.MONTH: localdate(order.placed_at + THREE_DAYS * DAY).replace(day=1),
    }
    return [
        (str(line.product.presentation.medicine_id if by == By.MEDICINE else single[by]), line.pk)
        for line in order.lines.all()
    ]


class TestPerformance:
    @pytest.mark.parametrize("province_id", [HENAN, None], ids=["a province", "the nation"])
    def test_is_what_the_rule_says_of_the_lines(self, orders: list[Order], province_id: str | None) -> None:
        measured = [
            order
            for order in orders
            if province_id in (None, order.province_id) and SINCE <= order.placed_at + THREE_DAYS * DAY < NOW
        ]
        assert len(measured) < len(orders)
        for by in By:
            facts: defaultdict[str, list[LineFact]] = defaultdict(list)
            for order in measured:
                key_of = {line: key for key, line in keys(by, order)}
                for fact in facts_of(order):
                    facts[key_of[fact.line]].append(fact)
            facts.pop("None", None)
            rows = performance(by, since=SINCE, until=NOW, three_days=THREE_DAYS, province_id=province_id)
            assert {row.key: row.indicators for row in rows} == {
                key: measure(lines, three_days=THREE_DAYS) for key, lines in facts.items()
            }
            rates = [row.indicators.delivery_rate for row in rows]
            assert rates == sorted(rates)

    def test_adds_up_over_periods_and_over_rows(self, orders: list[Order]) -> None:
        def total(since: timedelta, until: timedelta) -> int:
            rows = performance(By.COUNTY, since=NOW - since, until=NOW - until, three_days=THREE_DAYS)
            return together(rows).counts.lines

        assert total(60 * DAY, 15 * DAY) + total(15 * DAY, 0 * DAY) == total(60 * DAY, 0 * DAY) > 0

    def test_leaves_out_what_still_runs(self, cast: Cast, lines: list[AgreementLine]) -> None:
        measured_order(cast.hospital, [(lines[0], DELIVERED)], placed_at=NOW - 3 * DAY + HOUR)
        measured_order(cast.hospital, [(lines[0], REFUSED)], placed_at=NOW - 3 * DAY - HOUR)
        [row] = performance(By.MEDICINE, since=SINCE, until=NOW, three_days=THREE_DAYS)
        assert (row.name, row.indicators.counts.lines, row.indicators.refusal_rate) == ("阿莫西林", 1, 1)

    def test_is_of_one_firm_or_institution_where_one_is_named(self, cast: Cast, orders: list[Order]) -> None:
        of_rival = performance(By.SUPPLIER, since=SINCE, until=NOW, three_days=THREE_DAYS, firm_id=cast.rival_firm.pk)
        assert [row.code for row in of_rival] == ["RIVAL"]
        of_hospital = performance(
            By.INSTITUTION, since=SINCE, until=NOW, three_days=THREE_DAYS, institution_id=cast.other_hospital.pk
        )
        assert [row.code for row in of_hospital] == ["HOSP-HB"]

    def test_takes_one_statement(self, cast: Cast, django_assert_num_queries: object) -> None:
        with django_assert_num_queries(1):  # type: ignore[operator]
            assert performance(By.SUPPLIER, since=SINCE, until=NOW, three_days=THREE_DAYS, province_id=HUBEI) == []

    def test_counts_goods_received_by_the_services(self, cast: Cast, lines: list[AgreementLine]) -> None:
        then = NOW - 5 * DAY
        factories.receipt(cast, {lines[0]: 10}, at=then)
        [row] = performance(By.SUPPLIER, since=SINCE, until=NOW, three_days=THREE_DAYS)
        assert (row.indicators.delivery_rate, row.indicators.in_full_on_time_rate, row.indicators.response_rate) == (
            1,
            1,
            1,
        )

    def test_holds_against_nobody_what_was_not_wanted_or_could_not_come(
        self, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        then = NOW - 5 * DAY
        for packs, code in ((6, AnswerReason.FORCE_MAJEURE), (10, "")):
            order = factories.placed_order(cast, {lines[0]: 10}, at=then)
            ordered = order.lines.get()
            answers = [LineAnswer(ordered.pk, packs, code=code, reason="洪水")]
            confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=then)
            sent = [factories.sent(ordered, 6)]
            despatch = advise_despatch(order_id=order.pk, reference="DN", sent=sent, actor=cast.supplier, at=then)
            factories.received(cast, despatch, at=then)
        close_rest(order_id=order.pk, reason="不再需要", actor=cast.buyer, at=NOW)
        [row] = performance(By.SUPPLIER, since=SINCE, until=NOW, three_days=THREE_DAYS)
        assert (row.indicators.counts.packs, row.indicators.delivery_rate) == (12, 1)
        assert (row.indicators.three_day_rate, row.indicators.in_full_on_time_rate) == (1, 1)
