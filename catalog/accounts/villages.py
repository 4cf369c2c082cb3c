"""Which institution may order for which: one step, within a province."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization


def problem_of_centre(
    centre: Organization, *, code: str, kind: str, region_id: str, has_villages: bool, is_village: bool = False
) -> str:
    """Why the centre does not order for the organization of this code, kind and region; empty where it may.

    ``has_villages`` says of the organization that it orders for others itself, ``is_village`` of the centre that it is
    about to be ordered for.
    """
    if kind != OrganizationKind.INSTITUTION:
        return _("must be empty: only institutions are ordered for")
    if centre.kind != OrganizationKind.INSTITUTION:
        return _("is not an institution")
    if centre.code == code:
        return _("is the institution itself")
    if is_village or centre.ordering_centre_id is not None:
        return _("is itself ordered for by another centre")
    if has_villages:
        return _("must be empty: the institution orders for villages itself")
    if (centre.region_id or "")[:2] != region_id[:2]:
        return _("lies in another province")
    return ""
