"""Screens on what suppliers share: files, machines, addresses, owners and legal representatives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from procurement.rules.screens.flags import Flag, Holding, Kind, ScreenLimits, SubmittedFile, Trace


def screen_files(files: Iterable[SubmittedFile], *, published: frozenset[str]) -> Iterator[Flag]:
    """Find files that several suppliers handed in; the tender's own documents and forms are everybody's."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted(files, key=lambda file: (file.sha256, file.supplier, file.name)):
        if file.sha256 not in published:
            names[file.sha256].setdefault(file.supplier, file.name)
    for sha256, by_supplier in names.items():
        if len(by_supplier) > 1:
            yield Flag(
                kind=Kind.IDENTICAL_FILES,
                suppliers=tuple(by_supplier),
                figures={"sha256": sha256, "files": "; ".join(by_supplier.values())},
            )


def screen_traces(traces: Iterable[Trace], *, public_addresses: frozenset[str]) -> Iterator[Flag]:
    """Find machines and network addresses that several suppliers used within one tender."""
    used: dict[tuple[Kind, str], set[str]] = defaultdict(set)
    for trace in traces:
        if trace.kind == Kind.SAME_MACHINE or trace.value not in public_addresses:
            used[trace.kind, trace.value].add(trace.supplier)
    for (kind, value), suppliers in sorted(used.items()):
        if len(suppliers) > 1:
            yield Flag(kind=kind, suppliers=tuple(sorted(suppliers)), figures={"trace": value})


def screen_holdings(
    holdings: Iterable[Holding], *, lots: Mapping[str, frozenset[int]], limits: ScreenLimits
) -> Iterator[Flag]:
    """Find suppliers that bid for the same lot under one owner or one legal representative, or own one another.

    ``lots`` are those that each supplier bid for. Owners of owners are found where the holdings name them.
    """
    shares: dict[str, dict[str, Decimal]] = defaultdict(dict)
    represented: dict[str, set[str]] = defaultdict(set)
    for holding in holdings:
        if holding.supplier not in lots:
            continue
        if holding.share is None:
            represented[holding.holder].add(holding.supplier)
        elif holding.share >= limits.owner_share:
            shares[holding.holder][holding.supplier] = holding.share
    for holder, held in sorted(shares.items()):
        # A bidder that owns another is on both sides.
        owned = held | ({holder: Decimal(1)} if holder in lots else {})
        yield from _related(Kind.COMMON_OWNER, holder, sorted(owned), lots, held)
    for holder, suppliers in sorted(represented.items()):
        yield from _related(Kind.COMMON_REPRESENTATIVE, holder, sorted(suppliers), lots, {})


def _related(
    kind: Kind, holder: str, suppliers: list[str], lots: Mapping[str, frozenset[int]], shares: Mapping[str, Decimal]
) -> Iterator[Flag]:
    shared = {lot for one, other in combinations(suppliers, 2) for lot in lots[one] & lots[other]}
    concerned = tuple(supplier for supplier in suppliers if lots[supplier] & shared)
    if shared:
        figures = {"holder": holder, "lots": ", ".join(map(str, sorted(shared)))}
        if shares:
            figures["shares"] = ", ".join(f"{name} {shares[name]}" for name in concerned if name in shares)
        yield Flag(kind=kind, suppliers=concerned, figures=figures)
