from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.foundation.web.admin import RecordAdmin, badge
from catalog.models import Product
from catalog.states import ProductStatus

COLOURS: dict[str, str] = {
    ProductStatus.TRADING: "success",
    ProductStatus.SUSPENDED: "warning",
    ProductStatus.WITHDRAWN: "danger",
}


@admin.register(Product)
class ProductAdmin(RecordAdmin):
    """What makers register: a presentation in a pack."""

    fields = ("code", "presentation", "pack_quantity", "pack_unit", "manufacturer", "state")
    list_display = ("code", "presentation", "pack", "manufacturer", "state")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_select_related = ("presentation__medicine", "manufacturer")
    search_fields = (
        "code",
        "presentation__medicine__name",
        "presentation__medicine__inn",
        "presentation__medicine__initials",
        "manufacturer__name",
        "manufacturer__short_name",
    )
    search_help_text = _("Code, medicine (name, INN, initials) or maker")

    @display(description=_("pack"), ordering="pack_quantity")
    def pack(self, product: Product) -> str:
        return f"{product.pack_quantity} / {product.pack_unit}"

    @display(description=_("status"), ordering="status")
    def state(self, product: Product) -> SafeString:
        return badge(product.get_status_display(), COLOURS.get(product.status))
