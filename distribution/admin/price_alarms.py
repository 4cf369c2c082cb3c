"""Price alarms: what is listed how far above the lowest of the same medicine, quarter by quarter."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from catalog.accounts.kinds import Role
from catalog.admin.filters import ProvinceFilter
from catalog.foundation.web.admin import READERS, ExportingAdmin, badge, link_to, yuan
from catalog.foundation.web.admin.values import EMPTY
from distribution.models import PriceAlarm
from procurement.rules.price_alarms import RULE
from procurement.states import AlarmTier

COLOURS: dict[str, str] = {
    AlarmTier.YELLOW: "warning",
    AlarmTier.RED_1: "danger",
    AlarmTier.RED_2: "danger",
    AlarmTier.RED_3: "danger",
}


@admin.register(PriceAlarm)
class PriceAlarmAdmin(ExportingAdmin):
    """The alarms of the own province; supervisors read all."""

    readers = (*READERS, Role.HEALTH_OFFICER)
    fields = (
        ("product", "tier_badge"),
        ("province", "quarter"),
        ("listed", "comparable"),
        ("lowest", "lowest_comparable"),
        "times",
        ("rules", "rule"),
        ("suspension", "drawn_at"),
    )
    list_display = ("product", "tier_badge", "times", "listed", "lowest", "province", "quarter", "suspension")
    list_filter = (("tier", ChoicesDropdownFilter), ProvinceFilter, ("quarter", RangeDateFilter))
    list_select_related = (
        *("product__presentation__medicine", "product__manufacturer", "province", "rules", "hold__product"),
        *("lowest__presentation__medicine", "lowest__manufacturer"),
    )
    search_fields = ("product__code", "product__presentation__medicine__name", "product__manufacturer__name")

    @display(description=gettext_lazy("tier"), ordering="multiple")
    def tier_badge(self, alarm: PriceAlarm) -> SafeString:
        return badge(alarm.get_tier_display(), COLOURS[alarm.tier])

    @display(description=gettext_lazy("multiple"), ordering="multiple")
    def times(self, alarm: PriceAlarm) -> str:
        return f"{alarm.multiple.normalize():f} ×"

    @display(description=gettext_lazy("procurement price"), ordering="price")
    def listed(self, alarm: PriceAlarm) -> str:
        return yuan(alarm.price)

    @display(description=gettext_lazy("comparable price"), ordering="comparable_price")
    def comparable(self, alarm: PriceAlarm) -> str:
        return yuan(alarm.comparable_price, 4)

    @display(description=gettext_lazy("its comparable price"), ordering="lowest_price")
    def lowest_comparable(self, alarm: PriceAlarm) -> str:
        return yuan(alarm.lowest_price, 4)

    @display(description=gettext_lazy("rule"))
    def rule(self, alarm: PriceAlarm) -> str:
        return f"{RULE} ({alarm.rules.source})"

    @display(description=gettext_lazy("suspension of trading"))
    def suspension(self, alarm: PriceAlarm) -> str | SafeString:
        if alarm.hold is None:
            return EMPTY
        return link_to(alarm.hold, _("suspended") if alarm.hold.lifted_at is None else _("traded again"))
