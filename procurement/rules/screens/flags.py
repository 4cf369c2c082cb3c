"""What the collusion screens look at, what they say, and the numbers that they go by."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

# Implementing Regulation of the Bidding Law (国务院令第613号, 2011): art. 34 who may not bid side by side, art. 40 what
# counts as bidding in collusion.
SAME_CONTROL = "CN.613-2011.34"
SAME_AUTHOR = "CN.613-2011.40-1"
UNIFORM_BIDS = "CN.613-2011.40-4"

SOURCES = {
    SAME_CONTROL: "国务院令第613号《招标投标法实施条例》第34条: 单位负责人为同一人或者存在控股、管理关系",
    SAME_AUTHOR: "国务院令第613号《招标投标法实施条例》第40条(一)(五): 投标文件由同一单位或者个人编制, 相互混装",
    UNIFORM_BIDS: "国务院令第613号《招标投标法实施条例》第40条(四): 投标文件异常一致或者投标报价呈规律性差异",
}


class Kind(StrEnum):
    LOW_VARIANCE = "low_variance"
    IDENTICAL_PRICES = "identical_prices"
    REGULAR_STEPS = "regular_steps"
    REGULAR_RATIOS = "regular_ratios"
    COVER_BIDS = "cover_bids"
    CLOSE_SECOND = "close_second"
    IDENTICAL_FILES = "identical_files"
    SAME_MACHINE = "same_machine"
    SAME_ADDRESS = "same_address"
    COMMON_OWNER = "common_owner"
    COMMON_REPRESENTATIVE = "common_representative"
    ROTATION = "rotation"


RULES = {
    Kind.LOW_VARIANCE: UNIFORM_BIDS,
    Kind.IDENTICAL_PRICES: UNIFORM_BIDS,
    Kind.REGULAR_STEPS: UNIFORM_BIDS,
    Kind.REGULAR_RATIOS: UNIFORM_BIDS,
    Kind.COVER_BIDS: UNIFORM_BIDS,
    Kind.CLOSE_SECOND: UNIFORM_BIDS,
    Kind.IDENTICAL_FILES: SAME_AUTHOR,
    Kind.SAME_MACHINE: SAME_AUTHOR,
    Kind.SAME_ADDRESS: SAME_AUTHOR,
    Kind.COMMON_OWNER: SAME_CONTROL,
    Kind.COMMON_REPRESENTATIVE: SAME_CONTROL,
    Kind.ROTATION: UNIFORM_BIDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something that a supervisor should look at: figures and the rule that makes them worth a look, no verdict.

    ``lot`` is none where the whole tender is meant; ``bids`` and ``suppliers`` are in ascending order.
    """

    kind: Kind
    suppliers: tuple[str, ...]
    figures: dict[str, str]
    lot: int | None = None
    bids: tuple[int, ...] = ()

    @property
    def rule(self) -> str:
        return RULES[self.kind]

    @property
    def source(self) -> str:
        return SOURCES[self.rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBid:
    """A bid of one lot: its comparable price (yuan per unit) and the least step of that price.

    ``step`` is what the offer could at least have differed by: a fen per pack divided by the units of the pack.
    """

    bid: int
    lot: int
    supplier: str
    price: Decimal
    step: Decimal = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A file that a supplier handed in, by its SHA-256."""

    supplier: str
    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a supplier's bid was sealed or sent from: ``kind`` is ``Kind.SAME_MACHINE`` or ``Kind.SAME_ADDRESS``."""

    supplier: str
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Who owns a share (0 to 1) of a supplier; without a share, its legal representative.

    ``holder`` is the person's or firm's identifier; a firm that bids itself is known by its supplier's identifier.
    """

    supplier: str
    holder: str
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """A decided lot of this or an earlier tender: what was bought (``group``), who bid, and who came first."""

    group: Hashable
    decided_at: datetime
    bidders: frozenset[str]
    winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenLimits:
    """The numbers that the screens go by.

    ``least_prices`` is how many prices a pattern needs, ``least_losers`` how many beside the lowest for a look at
    distances. ``variation`` is the coefficient of variation under which
    prices are uniform; ``cover_distance`` the distance of the lowest price from the next, in mean distances of the
    others, from which the others look like cover, where those vary by ``cover_variation`` at most; ``close_distance``
    the same distance under which the second looks informed (D. Imhof, Simple Statistical Screens to Detect Bid
    Rigging, 2017: a uniform lot varies by less than 0.06, cover bids stand close to each other and far from the
    lowest). ``regularity`` is how much equal steps may differ, ``regular_share`` how much of a lot's prices they must
    span, ``least_steps`` how many price steps they must at least have, since coarse prices are regular by themselves.
    ``chance`` is the probability from which on a coincidence is taken for one. ``owner_share`` is the share from
    which an owner counts; ``least_contests`` and ``evenness`` (entropy of the winners' shares, 0 to 1) are what
    makes taking turns worth a look.
    """

    least_prices: int = 3
    least_losers: int = 3
    variation: Decimal = Decimal("0.05")
    cover_distance: Decimal = Decimal("8")
    cover_variation: Decimal = Decimal("0.05")
    close_distance: Decimal = Decimal("0.01")
    regularity: Decimal = Decimal("0.005")
    regular_share: Decimal = Decimal("0.5")
    least_steps: int = 10
    chance: Decimal = Decimal("0.05")
    owner_share: Decimal = Decimal("0.25")
    least_contests: int = 4
    evenness: Decimal = Decimal("0.8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a tender besides its prices.

    ``ceilings`` are yuan per unit by lot. ``published`` are the SHA-256 of the tender's own documents and forms,
    ``public_addresses`` those that anyone may send from: neither says anything about who shares them.
    """

    ceilings: dict[int, Decimal] = field(default_factory=dict)
    files: tuple[SubmittedFile, ...] = ()
    traces: tuple[Trace, ...] = ()
    holdings: tuple[Holding, ...] = ()
    contests: tuple[Contest, ...] = ()
    published: frozenset[str] = frozenset()
    public_addresses: frozenset[str] = frozenset()
