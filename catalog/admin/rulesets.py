from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.admin.filters import InForceFilter
from catalog.foundation.web.admin import RecordAdmin, evidence_table, period
from catalog.models import RuleSet

PARAMETERS = {
    "strength_base": _("price ratio for twice the strength"),
    "volume_base": _("price ratio for twice the volume"),
    "pack_base": _("price ratio for twice the pack"),
    "markup": _("mark-up allowed on the purchase price"),
}


@admin.register(RuleSet)
class RuleSetAdmin(RecordAdmin):
    """The numbers of the rules, and from when to when they hold."""

    operators = True
    fields = ("kind", "title", "source", "term", "numbers")
    list_display = ("title", "kind", "term", "source")
    list_filter = (("kind", ChoicesDropdownFilter), InForceFilter)

    @display(description=_("in force"), ordering="validity")
    def term(self, rules: RuleSet) -> str:
        return period(rules.validity)

    @display(description=_("parameters"))
    def numbers(self, rules: RuleSet) -> str | SafeString:
        return evidence_table(rules.parameters, PARAMETERS)
