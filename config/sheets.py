"""What the platform stands on and takes from sheets: who is who, what may be bought, and at what ceiling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.imports import Checked, Column, Table
from catalog.models import Edition, PriceDecision
from catalog.services.editions import COLUMNS as EDITION_COLUMNS
from catalog.services.editions import check_edition_table, load_edition
from catalog.services.organizations import COLUMNS as ORGANIZATION_COLUMNS
from catalog.services.organizations import check_organization_table, load_organizations
from catalog.services.people import COLUMNS as PEOPLE_COLUMNS
from catalog.services.people import NewLogin, check_people_table, load_people
from catalog.services.prices import GUIDE_PRICE_COLUMNS, check_guide_price_table, load_guide_prices
from catalog.services.products import PRODUCT_COLUMNS, check_product_table, load_products
from catalog.services.regions import COLUMNS as REGION_COLUMNS
from catalog.services.regions import check_region_table, load_regions


@dataclass(frozen=True, slots=True)
class Option:
    """Something to be said about a sheet as a whole, under the name of the service's argument."""

    name: str
    help: str
    is_day: bool = False
    is_needed: bool = True

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return f"--{self.name.removeprefix('valid_').replace('_', '-')}"


TITLE = Option("title", "its full title")
SOURCE = Option("source", "where it was published")
FROM = Option("valid_from", "the first day in force", is_day=True)
UNTIL = Option("valid_until", "the first day no longer in force; none: open", is_day=True, is_needed=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet and the service that loads it.

    ``check`` takes the table and the values of the options, ``load`` also who loads it, and when; ``count`` says how
    much there is, ``tell`` what else has to be said once it is loaded. The options describe a ``record``, whose fields
    say what they may be.
    """

    rows: str
    columns: Sequence[Column]
    check: Callable[..., Checked]
    load: Callable[..., Any]
    count: Callable[[Checked], list[str]]
    tell: Callable[[Any], Iterable[str]] = lambda loaded: ()
    options: Sequence[Option] = ()
    record: type[Model] | None = None


def counted(words: Promise) -> Callable[[Checked], list[str]]:
    """One line that says how many rows there are."""
    return lambda checked: [str(words) % {"count": len(checked.rows)}]


def count_list(checked: Checked) -> list[str]:
    """How many medicines and presentations there are, and how many in each part of the list."""
    rows = [row for _number, row in checked.rows]
    medicines = {(row["part"], row["number"]) for row in rows}
    first = _("%(medicines)s medicines, %(presentations)s presentations")
    return [
        first % {"medicines": len(medicines), "presentations": len(rows)},
        *(
            "  " + _("%(part)s: %(count)s presentations") % {"part": part, "count": count}
            for part, count in sorted(Counter(row["part"] for row in rows).items())
        ),
    ]


def count_people(checked: Checked) -> list[str]:
    """How many people and roles there are."""
    names = {row["username"] for _number, row in checked.rows}
    return [_("%(people)s people, %(roles)s roles") % {"people": len(names), "roles": len(checked.rows)}]


def tell_logins(logins: Sequence[NewLogin]) -> list[str]:
    """The passwords of the new people, which are stored only as hashes."""
    if not logins:
        return []
    said = _("Passwords of the new people, shown this once:")
    return [said, *(f"  {login.username}  {login.password}" for login in logins)]


def check_guide_prices(table: Table, *, valid_from: date | None, valid_until: date | None, **options: Any) -> Checked:
    """Check the rows, and where the first day is known, whether they are alone in the period."""
    return check_guide_price_table(table, within=DateRange(valid_from, valid_until) if valid_from else None)


KINDS = {
    "regions": Kind(
        rows="one row per region; level: province, prefecture or county; a known code is renamed",
        columns=REGION_COLUMNS,
        check=check_region_table,
        load=lambda *, table, actor, at: load_regions(table=table),
        count=counted(gettext_lazy("%(count)s regions")),
    ),
    "organizations": Kind(
        rows="one row per organization",
        columns=ORGANIZATION_COLUMNS,
        check=check_organization_table,
        load=load_organizations,
        count=counted(gettext_lazy("%(count)s organizations")),
    ),
    "people": Kind(
        rows="one row per person, organization and role; prints the passwords of new people, once",
        columns=PEOPLE_COLUMNS,
        check=check_people_table,
        load=load_people,
        count=count_people,
        tell=tell_logins,
    ),
    "list": Kind(
        rows="an edition of the list, with one row per form and strength",
        columns=EDITION_COLUMNS,
        check=lambda table, **options: check_edition_table(table),
        load=load_edition,
        count=count_list,
        options=(Option("code", "a short name of the edition, such as 2026"), TITLE, SOURCE, FROM, UNTIL),
        record=Edition,
    ),
    "products": Kind(
        rows="one row per product; manufacturer: the code of a supplier",
        columns=PRODUCT_COLUMNS,
        check=check_product_table,
        load=load_products,
        count=counted(gettext_lazy("%(count)s products")),
    ),
    "guide-prices": Kind(
        rows="a price decision, with one row per presentation and pack; price: yuan per pack",
        columns=GUIDE_PRICE_COLUMNS,
        check=check_guide_prices,
        load=load_guide_prices,
        count=counted(gettext_lazy("%(count)s guide prices")),
        options=(
            Option("number", "the number of the decision"),
            TITLE,
            Option("issuer", "who decided"),
            Option("decided_on", "the day of the decision", is_day=True),
            Option("source", "where it was published", is_needed=False),
            FROM,
            UNTIL,
        ),
        record=PriceDecision,
    ),
}
