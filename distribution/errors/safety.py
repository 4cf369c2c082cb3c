"""What can be refused about adverse reactions and recalls."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class EventMissing(RuleBroken):
    code = "event-missing"
    template = _("Name the adverse event by its term, such as “rash”.")


class PersonTold(RuleBroken):
    code = "person-told"
    template = _("“%(text)s” holds a number by which a person could be found: no patient is named here; leave it out.")


class PlaceUnclear(RuleBroken):
    code = "place-unclear"
    template = _("A firm belongs to no province: name the province in which the reaction was seen.")


class DaysImpossible(RuleBroken):
    code = "days-impossible"
    template = _(
        "A reaction begins (%(onset_on)s) before it is known (%(known_on)s), and is known on the day it is reported "
        "(%(today)s) at the latest."
    )


class LotsTwice(RuleBroken):
    code = "lots-twice"
    template = _("Lot “%(lot)s” is named more than once.")


class RecallUnderWay(Conflict):
    code = "recall-under-way"
    template = _("%(product)s is recalled already, in part or whole, by %(recall)s.")
