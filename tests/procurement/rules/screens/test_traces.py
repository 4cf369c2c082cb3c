from __future__ import annotations

from decimal import Decimal

import pytest

from procurement.rules.screens import screen_tender
from procurement.rules.screens.flags import (
    Evidence,
    Flag,
    Holding,
    Kind,
    OpenedBid,
    ScreenLimits,
    SubmittedFile,
    Trace,
)

SHA = "ab" * 32


def flags(evidence: Evidence, **lots: list[int]) -> list[Flag]:
    """Screen a tender in which each supplier bid for these lots, at prices that show nothing."""
    bids = [
        OpenedBid(bid=10 * place + lot, lot=lot, supplier=supplier, price=Decimal(2**place))
        for place, (supplier, numbers) in enumerate(lots.items())
        for lot in numbers
    ]
    return screen_tender(bids, evidence, ScreenLimits())


class TestIdenticalFiles:
    def test_of_two_suppliers_are_flagged_with_their_names(self) -> None:
        files = (SubmittedFile("B", SHA, "offer.pdf"), SubmittedFile("A", SHA, "技术标.pdf"))
        (flag,) = flags(Evidence(files=files))
        assert (flag.kind, flag.lot, flag.suppliers) == (Kind.IDENTICAL_FILES, None, ("A", "B"))
        assert flag.figures == {"sha256": SHA, "files": "技术标.pdf; offer.pdf"}

    def test_of_one_supplier_say_nothing(self) -> None:
        assert flags(Evidence(files=(SubmittedFile("A", SHA, "1.pdf"), SubmittedFile("A", SHA, "2.pdf")))) == []

    def test_that_the_tender_published_say_nothing(self) -> None:
        files = (SubmittedFile("A", SHA, "form.pdf"), SubmittedFile("B", SHA, "form.pdf"))
        assert flags(Evidence(files=files, published=frozenset({SHA}))) == []


class TestMachineTraces:
    @pytest.mark.parametrize("kind", [Kind.SAME_MACHINE, Kind.SAME_ADDRESS])
    def test_that_suppliers_share_are_flagged(self, kind: Kind) -> None:
        traces = (Trace("B", kind, "x"), Trace("A", kind, "x"), Trace("C", kind, "y"))
        (flag,) = flags(Evidence(traces=traces))
        assert (flag.kind, flag.suppliers, flag.figures) == (kind, ("A", "B"), {"trace": "x"})

    def test_of_a_public_terminal_say_nothing_by_their_address(self) -> None:
        address = tuple(Trace(supplier, Kind.SAME_ADDRESS, "192.0.2.7") for supplier in "AB")
        machine = tuple(Trace(supplier, Kind.SAME_MACHINE, "192.0.2.7") for supplier in "AB")
        found = flags(Evidence(traces=address + machine, public_addresses=frozenset({"192.0.2.7"})))
        assert [flag.kind for flag in found] == [Kind.SAME_MACHINE]

    def test_are_not_mixed_up_between_kinds(self) -> None:
        assert flags(Evidence(traces=(Trace("A", Kind.SAME_MACHINE, "x"), Trace("B", Kind.SAME_ADDRESS, "x")))) == []


class TestCommonOwners:
    def test_of_rivals_for_a_lot_are_flagged(self) -> None:
        held = (Holding("A", "Zhang", Decimal("0.6")), Holding("B", "Zhang", Decimal("0.25")))
        (flag,) = flags(Evidence(holdings=held), A=[1, 2], B=[2, 3])
        assert (flag.kind, flag.suppliers) == (Kind.COMMON_OWNER, ("A", "B"))
        assert flag.figures == {"holder": "Zhang", "lots": "2", "shares": "A 0.6, B 0.25"}

    @pytest.mark.parametrize(
        ("held", "lots"),
        [
            pytest.param((("A", "Zhang", "0.6"), ("B", "Zhang", "0.24")), {"A": [1], "B": [1]}, id="a small share"),
            pytest.param((("A", "Zhang", "0.6"), ("B", "Zhang", "0.6")), {"A": [1], "B": [2]}, id="no common lot"),
            pytest.param((("A", "Zhang", "0.6"), ("C", "Zhang", "0.6")), {"A": [1], "B": [1]}, id="one did not bid"),
            pytest.param((("A", "Zhang", "0.6"), ("B", "Li", "0.6")), {"A": [1], "B": [1]}, id="different owners"),
        ],
    )
    def test_say_nothing_otherwise(self, held: tuple[tuple[str, str, str], ...], lots: dict[str, list[int]]) -> None:
        holdings = tuple(Holding(supplier, holder, Decimal(share)) for supplier, holder, share in held)
        assert flags(Evidence(holdings=holdings), **lots) == []

    def test_may_be_bidders_themselves(self) -> None:
        (flag,) = flags(Evidence(holdings=(Holding("B", "A", Decimal("0.51")),)), A=[1], B=[1])
        assert (flag.kind, flag.suppliers) == (Kind.COMMON_OWNER, ("A", "B"))
        assert flag.figures == {"holder": "A", "lots": "1", "shares": "B 0.51"}

    def test_may_be_one_legal_representative(self) -> None:
        (flag,) = flags(Evidence(holdings=(Holding("A", "Li"), Holding("B", "Li"))), A=[1], B=[1])
        assert (flag.kind, flag.figures) == (Kind.COMMON_REPRESENTATIVE, {"holder": "Li", "lots": "1"})
