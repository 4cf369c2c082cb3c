"""Files of retail prices, the limits they are held to, peers, sweeps, and the check again by a new guide price."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from catalog.accounts.kinds import Role, Tier
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NothingGiven, WrongState
from catalog.foundation.imports import MissingColumns, read_table
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import Product, RuleSet
from catalog.queries import guide_prices
from catalog.rules.retail_rules import RetailRules
from catalog.services.procurement_prices import end_procurement_prices
from distribution.errors import RetailFileTooLarge, SweepUnderWay
from distribution.models import PriceLimit, RetailFile, RetailFinding, RetailPrice, RetailReport, RetailSweep
from distribution.queries.retail_checks import OF_REPORTS, judge
from distribution.rules.retail import Peers, check_retail_price
from distribution.services import retail_files, retail_sweeps
from distribution.services.price_limits import draw_up_for_province, draw_up_missing
from distribution.services.retail import ReportedPrice, report_retail_prices
from distribution.services.retail_checks import check_retail_report, recheck_decision, recheck_product
from distribution.services.retail_files import Source, hand_in_retail_file, store_retail_file, take_retail_file
from distribution.services.retail_sweeps import execute_sweep, request_sweep
from distribution.states import RetailFileStatus, RetailReportStatus, RetailVerdict, SweepStatus
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast, actor_in, make_cast, make_rule_sets
from tests.config.products import pay, state
from tests.factories import NOW, TODAY
from tests.refusals import refused

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

SINCE = date(2015, 1, 1)
YESTERDAY = TODAY - timedelta(days=1)
GUIDE, PURCHASE = Decimal("8.72"), Decimal("6.00")
PEERS = [f"PEER-{number}" for number in range(6)]


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Amoxicillin at 6.00 under a guide price of 8.72; ibuprofen of 0.2 g at 5.00, and a larger strength derived."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        bought = factories.product(cast.supplier_firm)
        factories.guide_price(bought.presentation)
        pay(bought, "6.00", since=SINCE)
        small = factories.presentation("布洛芬", strength="0.2g")
        factories.guide_price(small, price="5.00", is_representative=True)
        factories.product(cast.supplier_firm, small)
        factories.product(cast.supplier_firm, factories.presentation("布洛芬", strength="0.4g"))
        Organization.objects.bulk_create(
            Organization(code=code, name=code, kind="institution", region_id=ZHONGYUAN, tier=list(Tier)[1 + place % 3])
            for place, code in enumerate(PEERS)
        )
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def bought(cast: Cast) -> Product:
    """Amoxicillin, at 6.00 under 8.72."""
    return Product.objects.get(presentation__medicine__name="阿莫西林")


@pytest.fixture
def ibuprofen(cast: Cast) -> Product:
    """At 5.00, stated; bought by no province."""
    return Product.objects.get(presentation__medicine__name="布洛芬", presentation__strength="0.2g")


@pytest.fixture
def derived(cast: Cast) -> Product:
    """Twice as strong, and no decision states its price."""
    return Product.objects.get(presentation__medicine__name="布洛芬", presentation__strength="0.4g")


def pharmacist_of(code: str) -> Actor:
    return actor_in(Organization.objects.get(code=code), Role.PHARMACIST)


def report(actor: Actor, product: Product, price: str, on: date = TODAY) -> RetailReport:
    """Reported, and checked as it arrives."""
    line = ReportedPrice(product.code, Decimal(price), on, "/prices/0")
    stored = report_retail_prices(prices=[line], actor=actor, at=NOW)
    return check_retail_report(report_id=stored.pk, actor=Actor.platform(), at=NOW)


def standing() -> list[tuple[str, str, Decimal | None]]:
    """Institution, verdict and limit of each finding that is not gone."""
    rows = RetailFinding.objects.standing().order_by("institution__code", "pk")
    return list(rows.values_list("institution__code", "verdict", "limit"))


def sweep(cast: Cast, at: object = NOW) -> RetailSweep:
    asked = request_sweep(province_id=HENAN, actor=cast.officer, at=NOW, reason="x")
    return execute_sweep(sweep_id=asked.pk, actor=cast.platform, at=NOW)


class TestLimits:
    def test_cover_all_of_time_with_what_is_stated_derived_and_paid(
        self, cast: Cast, bought: Product, derived: Product
    ) -> None:
        report(cast.pharmacist, derived, "1.00")
        draw_up_for_province(province_id=HENAN)
        for product in (bought, derived):
            spans = list(PriceLimit.objects.filter(product=product).values_list("valid_from", "valid_until"))
            assert (spans[0][0], spans[-1][1]) == (date.min, date.max)
            assert all(one[1] == other[0] for one, other in pairwise(spans))
        today = PriceLimit.objects.filter(valid_from__lte=TODAY, valid_until__gt=TODAY)
        paid = today.get(product=bought)
        assert (paid.ceiling, paid.purchase_price, paid.suspect_above) == (GUIDE, PURCHASE, PURCHASE)
        assert PriceLimit.objects.get(product=bought, valid_from=date.min).ceiling is None
        by_ratio = today.get(product=derived)
        assert by_ratio.ceiling == guide_prices([derived], TODAY)[derived.pk].price
        assert "0.2g" in by_ratio.derivation and "×" not in paid.derivation

    def test_are_drawn_up_when_a_product_is_reported_for_the_first_time(self, cast: Cast, ibuprofen: Product) -> None:
        report(cast.pharmacist, ibuprofen, "5.00")
        assert set(PriceLimit.objects.values_list("product", "province")) == {(ibuprofen.pk, HENAN)}

    def test_are_drawn_up_anew_when_a_report_finds_other_prices_in_force(self, cast: Cast, bought: Product) -> None:
        report(cast.pharmacist, bought, "6.00", YESTERDAY)
        end_procurement_prices([(bought.pk, HENAN)], on=TODAY)
        pay(bought, "5.00", since=TODAY)
        report(pharmacist_of(PEERS[0]), bought, "6.00")
        assert standing() == [(PEERS[0], "above_purchase_price", Decimal("5.00"))]
        state(bought, "7.00", number="2号", since=TODAY)
        report(pharmacist_of(PEERS[1]), bought, "7.01")
        assert (PEERS[1], "above_guide_price", Decimal("7.00")) in standing()
        assert draw_up_missing(report_id=RetailReport.objects.latest("pk").pk) == 0

    def test_know_of_a_procurement_price_that_was_ended(self, cast: Cast, bought: Product) -> None:
        report(cast.pharmacist, bought, "6.00", YESTERDAY)
        end_procurement_prices([(bought.pk, HENAN)], on=TODAY)
        report(pharmacist_of(PEERS[0]), bought, "6.50")
        assert standing() == []


class TestJudge:
    def test_says_of_every_price_what_the_rules_say(self, cast: Cast, bought: Product, derived: Product) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).update(
            parameters={"markup": "0", "markup_primary": "0.1", "markup_tertiary": "0.15", "least_peers": 3}
        )
        prices = [
            "2.99",
            "3.00",
            "5.99",
            "6.00",
            "6.01",
            "6.60",
            "6.61",
            "6.90",
            "6.91",
            "7.79",
            "7.81",
            "8.72",
            "8.73",
        ]
        reports = [
            report_retail_prices(
                prices=[
                    ReportedPrice(product.code, Decimal(price), TODAY - timedelta(days=day), f"/prices/{day}")
                    for product in (bought, derived)
                    for day, price in enumerate(prices)
                ],
                actor=pharmacist_of(code),
                at=NOW,
            )
            for code in PEERS[:3]
        ]
        RetailReport.objects.update(status=RetailReportStatus.CHECKED)
        draw_up_for_province(province_id=HENAN)
        rules = RetailRules.read(RuleSet.objects.get(kind=RuleSet.Kind.RETAIL_CHECK).parameters)
        expected = set()
        limits = list(PriceLimit.objects.all())
        ceilings = {item.pk: guide_prices([item], TODAY)[item.pk].price for item in (bought, derived)}
        for row in RetailPrice.objects.select_related("institution"):
            [limit] = [
                limit
                for limit in limits
                if limit.product_id == row.product_id and limit.valid_from <= row.observed_on < limit.valid_until
            ]
            peers = limit.peer_median and Peers(limit.peer_count, limit.peer_median, limit.peer_low, limit.peer_high)
            expected |= {
                (row.pk, said.verdict.value, said.limit)
                for said in check_retail_price(
                    row.price,
                    guide_price=ceilings[row.product_id],
                    purchase_price=PURCHASE if row.product_id == bought.pk else None,
                    markup=rules.markup_of(row.institution.tier),
                    peers=peers or None,
                )
            }
        judge(OF_REPORTS, {"reports": [stored.pk for stored in reports]})
        with connection.cursor() as cursor:
            cursor.execute("SELECT retail_price_id, verdict, amount FROM retail_hit")
            assert set(cursor.fetchall()) == expected
        assert {verdict for _pk, verdict, _limit in expected} >= {
            RetailVerdict.ABOVE_GUIDE_PRICE,
            RetailVerdict.ABOVE_PURCHASE_PRICE,
            RetailVerdict.ABNORMALLY_HIGH,
        }


class TestPeers:
    @pytest.mark.parametrize(
        ("price", "verdict"),
        [("2.60", None), ("2.61", "abnormally_high"), ("1.00", None), ("0.99", "abnormally_low")],
    )
    def test_make_a_price_stand_out_in_both_directions(
        self, cast: Cast, ibuprofen: Product, price: str, verdict: str | None
    ) -> None:
        for code in PEERS[:5]:
            report(pharmacist_of(code), ibuprofen, "2.00")
        report(cast.pharmacist, ibuprofen, price)
        assert standing() == []
        assert sweep(cast).found_count == (verdict is not None)
        if verdict:
            [finding] = RetailFinding.objects.all()
            assert (finding.verdict, finding.severity) == (verdict, "alarm")
            assert finding.evidence["peer_median"] == "2.00" and finding.evidence["peer_count"] == "6"

    def test_are_too_few_to_compare_with(self, cast: Cast, ibuprofen: Product) -> None:
        for code in PEERS[:3]:
            report(pharmacist_of(code), ibuprofen, "2.00")
        report(cast.pharmacist, ibuprofen, "5.00")
        assert sweep(cast).found_count == 0


class TestSweep:
    def test_sees_what_nobody_was_told_of_and_keeps_what_is_gone(self, cast: Cast, bought: Product) -> None:
        report(cast.pharmacist, bought, "6.50")
        before = standing()
        assert before == [("HOSP-HA", "above_purchase_price", PURCHASE)]
        RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).update(parameters={"markup": "0.1"})
        done = sweep(cast)
        assert (done.status, done.expected_count, done.checked_count) == (SweepStatus.FINISHED, 1, 1)
        assert (done.found_count, done.ended_count, standing()) == (0, 1, [])
        RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).update(parameters={"markup": "0"})
        assert sweep(cast).found_count == 1
        assert standing() == before and RetailFinding.objects.count() == 2
        assert (sweep(cast).found_count, RetailFinding.objects.count()) == (0, 2)

    def test_goes_on_where_it_was_killed(self, cast: Cast, ibuprofen: Product, monkeypatch: pytest.MonkeyPatch) -> None:
        for code in PEERS[:3]:
            report(pharmacist_of(code), ibuprofen, "5.00")
        RetailPrice.objects.update(price=Decimal("5.01"))
        monkeypatch.setattr(retail_sweeps, "CHUNK", 1)
        whole, calls = retail_sweeps.recheck_reports, []

        def killed(**given: object) -> object:
            calls.append(given["report_ids"])
            if len(calls) == 2:
                raise KeyboardInterrupt
            return whole(**given)  # type: ignore[arg-type]

        monkeypatch.setattr(retail_sweeps, "recheck_reports", killed)
        asked = request_sweep(province_id=HENAN, actor=cast.officer, at=NOW)
        with pytest.raises(KeyboardInterrupt):
            execute_sweep(sweep_id=asked.pk, actor=cast.platform, at=NOW)
        asked.refresh_from_db()
        assert (asked.status, asked.checked_count, len(standing())) == (SweepStatus.RUNNING, 1, 1)
        done = execute_sweep(sweep_id=asked.pk, actor=cast.platform, at=NOW)
        assert (done.checked_count, done.found_count, len(calls)) == (3, 3, 4)
        with refused(WrongState):
            execute_sweep(sweep_id=asked.pk, actor=cast.platform, at=NOW)

    def test_waits_once_for_an_officer_of_the_province(self, cast: Cast) -> None:
        for actor in (cast.foreign_officer, cast.supervisor, cast.pharmacist):
            with refused(NotAllowed):
                request_sweep(province_id=HENAN, actor=actor, at=NOW)
        request_sweep(province_id=HENAN, actor=cast.officer, at=NOW)
        with refused(SweepUnderWay):
            request_sweep(province_id=HENAN, actor=cast.second_officer, at=NOW)
        message = Delivery.objects.get(event__action="retail_sweep.request")
        assert message.subscriber == "distribution.execute_retail_sweep"


class TestNewGuidePrice:
    def test_is_held_against_the_prices_of_its_days_and_no_others(self, cast: Cast, ibuprofen: Product) -> None:
        report(cast.pharmacist, ibuprofen, "5.00", TODAY - timedelta(days=10))
        report(cast.pharmacist, ibuprofen, "5.00")
        assert standing() == []
        state(ibuprofen, "4.99", number="2号", since=YESTERDAY, is_representative=True)
        event = Event.objects.filter(action="price_decision.enter").latest("pk")
        heard = Delivery.objects.filter(event=event).values_list("subscriber", flat=True)
        assert list(heard) == ["distribution.recheck_decision"]
        assert recheck_decision(decision_id=event.subject_id, at=NOW).found == 1
        [finding] = RetailFinding.objects.all()
        assert (finding.retail_price.observed_on, finding.limit) == (TODAY, Decimal("4.99"))
        assert finding.evidence["guide_price_source"] == "2号"
        assert recheck_decision(decision_id=event.subject_id, at=NOW).found == 0

    def test_reaches_what_is_derived_from_it(self, cast: Cast, ibuprofen: Product, derived: Product) -> None:
        ceiling = guide_prices([derived], TODAY)[derived.pk].price
        report(cast.pharmacist, derived, str(ceiling))
        state(ibuprofen, "4.00", number="2号", since=YESTERDAY, is_representative=True)
        decision = Event.objects.filter(action="price_decision.enter").latest("pk").subject_id
        assert recheck_decision(decision_id=decision, at=NOW).found == 1
        assert standing() == [("HOSP-HA", "above_guide_price", guide_prices([derived], TODAY)[derived.pk].price)]
        assert "0.2g" in RetailFinding.objects.get().evidence["guide_price_derivation"]

    def test_of_a_purchase_is_checked_for_its_product(self, cast: Cast, ibuprofen: Product) -> None:
        report(cast.pharmacist, ibuprofen, "5.00")
        pay(ibuprofen, "4.00", since=YESTERDAY)
        changed = recheck_product(product_id=ibuprofen.pk, province_id=HENAN, at=NOW)
        assert (changed.found, standing()) == (1, [("HOSP-HA", "above_purchase_price", Decimal("4.00"))])


HEADER = "institution,product,price,observed_on"


def csv_of(*rows: object, header: str = HEADER) -> bytes:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]).encode()  # type: ignore[call-overload]


def store(content: bytes, name: str = "prices.csv", **source: object) -> tuple[retail_files.Intake, list[str]]:
    """What was taken in, and the refused rows in words."""
    said: list[str] = []
    intake = store_retail_file(
        source=Source(io.BytesIO(content), name, **source),  # type: ignore[arg-type]
        refuse=lambda header, rows: said.extend(f"{row.number}: {row.problem}" for row in rows),
        actor=Actor.platform(),
        at=NOW,
    )
    return intake, said


class TestStoreRetailFile:
    def test_makes_a_report_for_each_institution_the_short_and_the_long_way(
        self, cast: Cast, bought: Product, ibuprofen: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = [(code, item.code, "6.50", TODAY) for code in PEERS[:2] for item in (bought, ibuprofen)]
        seen = []
        for content in (csv_of(*rows), csv_of(*((*row[:2], f" ￥{row[2]}", row[3]) for row in rows))):
            with transaction.atomic():
                intake, said = store(content)
                assert (intake.rows, intake.bad, len(intake.report_ids), said) == (4, 0, 2, [])
                seen.append(
                    list(RetailPrice.objects.order_by("pk").values_list("institution__code", "product", "price"))
                )
                heard = Delivery.objects.filter(subscriber="distribution.check_retail_report")
                assert set(heard.values_list("event__subject_id", flat=True)) == set(intake.report_ids)
                transaction.set_rollback(True)
        assert seen[0] == seen[1] and len(seen[0]) == 4

    def test_names_every_bad_row_and_stores_nothing(self, cast: Cast, bought: Product) -> None:
        report(pharmacist_of(PEERS[0]), bought, "6.00", YESTERDAY)
        code, good = bought.code, (PEERS[0], bought.code, "6.00", TODAY)
        bad = [
            (PEERS[0], code, "6.00", YESTERDAY),
            (PEERS[1], "none", "6.00", TODAY),
            ("none", code, "6.00", TODAY),
            ("HOSP-HB", code, "6.00", TODAY),
            (PEERS[1], code, "6.12345", TODAY),
            (PEERS[1], code, "NaN", TODAY),
            (PEERS[1], code, "0", TODAY),
            (PEERS[1], code, "6.00", TODAY + timedelta(days=1)),
            (PEERS[1], code, "6.00", "2000-01-01"),
            (PEERS[1], code, "6.00", "someday"),
            good,
        ]
        intake, said = store(csv_of(good, *bad), province_id=HENAN)
        assert (intake.rows, intake.bad) == (12, 11)
        assert [line.split(":")[0] for line in said] == [str(number) for number in range(3, 14)]
        assert RetailPrice.objects.count() == 1 and RetailReport.objects.count() == 1
        for word, line in zip(["already", "none", "none", "HOSP-HB", "6.12345"], said, strict=False):
            assert word in line

    @pytest.mark.parametrize(("content", "error"), [(csv_of(), NothingGiven), (b"product,price\nP1,1", MissingColumns)])
    def test_refuses_what_is_no_such_file(self, cast: Cast, content: bytes, error: type) -> None:
        with refused(error):
            store(content)


class TestTakeRetailFile:
    def test_takes_an_institutions_own_without_naming_it(self, cast: Cast, bought: Product) -> None:
        content = csv_of((bought.code, "6.01", TODAY), header="product,price,observed_on")
        handed = hand_in_retail_file(file_name="p.csv", content=content, actor=cast.pharmacist, at=NOW)
        assert Delivery.objects.get(event__action="retail_file.hand_in").subscriber == "distribution.take_retail_file"
        done = take_retail_file(file_id=handed.pk, actor=cast.platform, at=NOW)
        stored = RetailReport.objects.get()
        assert (done.status, done.read_count, stored.file, stored.institution) == ("taken", 1, done, cast.hospital)
        assert (stored.reported_by_id, stored.status) == (cast.pharmacist.user_id, RetailReportStatus.RECEIVED)
        assert RetailFile.objects.get().content is None
        with refused(AlreadyDone):
            take_retail_file(file_id=handed.pk, actor=cast.platform, at=NOW)

    def test_gives_an_officers_back_with_every_bad_row(self, cast: Cast, bought: Product) -> None:
        content = csv_of(("HOSP-HA", bought.code, "6", TODAY), ("HOSP-HB", bought.code, "6", TODAY))
        handed = hand_in_retail_file(file_name="p.csv", content=content, actor=cast.officer, at=NOW)
        done = take_retail_file(file_id=handed.pk, actor=cast.platform, at=NOW)
        assert (done.status, done.read_count, done.bad_count) == (RetailFileStatus.REFUSED, 2, 1)
        kept = RetailFile.objects.get()
        [row] = read_table(bytes(kept.refused_rows), name="refused.xlsx").rows
        assert row[0] == "HOSP-HB" and "HOSP-HB" in row[-1]
        assert not RetailPrice.objects.exists()

    def test_says_what_is_wrong_with_a_file_that_cannot_be_read(self, cast: Cast) -> None:
        handed = hand_in_retail_file(file_name="p.csv", content=b"nothing", actor=cast.pharmacist, at=NOW)
        done = take_retail_file(file_id=handed.pk, actor=cast.platform, at=NOW)
        assert (done.status, "observed_on" in done.problem) == (RetailFileStatus.REFUSED, True)

    def test_is_handed_in_by_pharmacists_and_officers_and_seen_by_whom_it_concerns(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retail_files, "MAX_MEGABYTES", 0)
        with refused(RetailFileTooLarge):
            hand_in_retail_file(file_name="p.csv", content=b"x", actor=cast.officer, at=NOW)
        monkeypatch.undo()
        for actor in (cast.buyer, cast.supplier, cast.supervisor):
            with refused(NotAllowed):
                hand_in_retail_file(file_name="p.csv", content=b"x", actor=actor, at=NOW)
        hand_in_retail_file(file_name="p.csv", content=b"x", actor=cast.officer, at=NOW)
        seers = {
            name: RetailFile.objects.visible_to(getattr(cast, name)).count()
            for name in ("officer", "foreign_officer", "supervisor", "pharmacist", "supplier")
        }
        assert seers == {"officer": 1, "foreign_officer": 0, "supervisor": 1, "pharmacist": 0, "supplier": 0}
