"""The last stretch of distribution in the demonstration: a county's townships, a township centre and its village.

The townships are those of 登封市; which of them is remote, the institutions, licences and duties are invented.
"""

from __future__ import annotations

from datetime import date, datetime

from catalog.accounts.kinds import OrganizationKind, Tier
from catalog.accounts.models import Licence, Organization
from catalog.models import Township
from catalog.services.licences import enter_licence
from config.demo import data
from config.demo.people import COMMAND
from distribution.services.duties import give_duties

DISTRIBUTORS = {"D01": "豫中医药配送（演示）", "D02": "豫北医药配送（演示）", "D03": "豫南医药配送（演示）"}
COLD_CHAIN = "D01"
CENTRE, VILLAGE = "HN9001", "HN9002"
LICENSED = [Licence.Scope.CHEMICAL, Licence.Scope.BIOLOGICAL, Licence.Scope.TRADITIONAL]


def load_townships() -> None:
    """The townships of the county."""
    Township.objects.bulk_create(
        Township(code=row["code"], name=row["name"], county_id=row["county"], is_remote=row["remote"] == "yes")
        for row in data.rows("townships")
    )


def load_villages() -> list[Organization]:
    """A township centre, and the village clinic that it orders for."""
    township = data.rows("townships")[-1]
    place = {
        "kind": OrganizationKind.INSTITUTION,
        "region_id": township["county"],
        "township_id": township["code"],
        "tier": Tier.PRIMARY,
    }
    centre = Organization.objects.create(code=CENTRE, name=f"{township['name']}卫生院（演示）", **place)
    village = Organization.objects.create(
        code=VILLAGE, name=f"{township['name']}村卫生室（演示）", ordering_centre=centre, **place
    )
    return [centre, village]


def license_distributors(at: datetime) -> None:
    """Every distributor has its licence on file; one of them may carry what has to stay cold."""
    firms = Organization.objects.in_bulk(DISTRIBUTORS, field_name="code")
    for code, firm in firms.items():
        enter_licence(
            organization=firm,
            kind=Licence.Kind.DISTRIBUTION,
            number=f"豫AA371{code[1:]}0001（演示）",
            scopes=[*LICENSED, *([Licence.Scope.COLD_CHAIN] if code == COLD_CHAIN else [])],
            valid_from=date(2024, 1, 1),
            valid_until=date(2029, 1, 1),
            actor=COMMAND,
            at=at,
        )


def oblige_distributors(at: datetime) -> int:
    """Somebody must serve every township but the last, which the list of gaps names; return how many are served."""
    *served, _gap = [row["code"] for row in data.rows("townships")]
    duties = give_duties(
        township_codes=served,
        distributor_code=COLD_CHAIN,
        valid_from=date(2026, 1, 1),
        valid_until=None,
        actor=COMMAND,
        at=at,
    )
    return len(duties)
