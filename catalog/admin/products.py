from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.forms import ReasonForm, beside_fields
from catalog.admin.price_panel import panel_of
from catalog.admin.product_filters import RENEWAL, EssentialFilter, LicenceFilter
from catalog.admin.product_identifiers import identifier_table, identify_page
from catalog.foundation.web.admin import ComputedColumns, DecidingAdmin, ExportColumn, actor_of, badge, sent
from catalog.foundation.web.admin.forms import DayInput
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import Product
from catalog.queries import essentiality
from catalog.services.product_life import renew_licence, resume_product, suspend_product, withdraw_product
from catalog.states import PRODUCT, ProductStatus

COLOURS: dict[str, str] = {
    ProductStatus.TRADING: "success",
    ProductStatus.SUSPENDED: "warning",
    ProductStatus.WITHDRAWN: "danger",
}


def licence_badge(product: Product) -> SafeString | str:
    """The last day of the approval, coloured by what is left of it."""
    last, today = product.licence_valid_until, localdate()
    if last is None:
        return EMPTY
    if last < today:
        return badge(_("expired on %(day)s") % {"day": last}, "danger")
    return badge(_("until %(day)s") % {"day": last}, "warning" if last <= today + RENEWAL else "success")


class LicenceForm(forms.Form):
    """The last day of the approval."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    valid_until = forms.DateField(
        label=gettext_lazy("licence valid until"),
        widget=DayInput,
        help_text=gettext_lazy("The last day of the approval."),
    )


@admin.register(Product)
class ProductAdmin(DecidingAdmin, ComputedColumns):
    """What makers register: a presentation in a pack, with its identifiers, its status and its prices."""

    fields = (
        ("code", "state"),
        "status_reason",
        ("presentation", "pack"),
        ("manufacturer", "trade_name"),
        ("quality", "licence"),
        ("is_sugar_free", "packing"),
        ("storage", "shelf_life_months", "is_controlled"),
        "identifiers",
    )
    list_display = ("code", "presentation", "pack", "manufacturer", "quality", "essential", "licence", "state")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("quality", ChoicesDropdownFilter),
        ("storage", ChoicesDropdownFilter),
        EssentialFilter,
        LicenceFilter,
        ("manufacturer", AutocompleteSelectFilter),
    )
    list_select_related = ("presentation__medicine", "manufacturer")
    # what is searched is the queryset's to say; without a field here there would be no box to type in
    search_fields = ("code",)
    search_help_text = gettext_lazy("Medicine (name, INN, initials, ATC), form, maker or any code; all words")
    actions_detail = ("identify", "renew", "suspend", "resume", "withdraw")
    change_form_outer_after_template = "admin/catalog/price_panel.html"
    export_columns = (
        ExportColumn(gettext_lazy("code"), lambda row: row.code),
        ExportColumn(gettext_lazy("medicine"), lambda row: row.presentation.medicine.name),
        ExportColumn(gettext_lazy("dosage form"), lambda row: row.presentation.form),
        ExportColumn(gettext_lazy("strength"), lambda row: row.presentation.strength),
        ExportColumn(gettext_lazy("units per pack"), lambda row: row.pack_quantity),
        ExportColumn(gettext_lazy("maker"), lambda row: row.manufacturer.name),
        ExportColumn(gettext_lazy("trade name"), lambda row: row.trade_name),
        ExportColumn(gettext_lazy("quality tier"), lambda row: row.get_quality_display()),
        ExportColumn(gettext_lazy("essential today"), lambda row: row.essentiality.reason),
        ExportColumn(gettext_lazy("storage"), lambda row: row.get_storage_display()),
        ExportColumn(gettext_lazy("shelf life (months)"), lambda row: row.shelf_life_months),
        ExportColumn(gettext_lazy("narcotic or psychotropic"), lambda row: row.is_controlled),
        ExportColumn(gettext_lazy("approval number"), lambda row: row.approval_number),
        ExportColumn(gettext_lazy("licence valid until"), lambda row: row.licence_valid_until),
        ExportColumn(gettext_lazy("drug standard code"), lambda row: row.standard_code),
        ExportColumn(gettext_lazy("insurance code"), lambda row: row.insurance_code),
        ExportColumn(gettext_lazy("GTIN"), lambda row: row.gtin),
        ExportColumn(gettext_lazy("trace-code prefix"), lambda row: row.trace_prefix),
        ExportColumn(gettext_lazy("status"), lambda row: row.get_status_display()),
        ExportColumn(gettext_lazy("reason of the status"), lambda row: row.status_reason),
    )

    def compute(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Whether each is essential today, nationally or in the person's province."""
        judged = essentiality(rows, localdate(), actor_of(request).province)
        for row in rows:
            row.essentiality = judged[row.pk]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    def offered(self, request: HttpRequest, record: Product) -> list[str]:
        if not self.may_decide(request, record) or record.status == ProductStatus.WITHDRAWN:
            return []
        return ["identify", "renew", *PRODUCT.allowed(record.status)]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The product with what it costs."""
        context: dict[str, Any] = dict(extra_context or {})
        product = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        if product is not None:
            context["panel"] = panel_of(request, product)
        return super().change_view(request, object_id, form_url, context)

    @display(description=gettext_lazy("pack"), ordering="pack_quantity")
    def pack(self, product: Product) -> str:
        return f"{product.pack_quantity} / {product.pack_unit}"

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, product: Product) -> SafeString:
        return badge(product.get_status_display(), COLOURS.get(product.status))

    @display(description=gettext_lazy("essential today"))
    def essential(self, product: Any) -> SafeString:
        found = product.essentiality
        return badge(_("essential"), "success") if found.is_essential else badge(_("not essential"))

    @display(description=gettext_lazy("licence"), ordering="licence_valid_until")
    def licence(self, product: Product) -> SafeString | str:
        return licence_badge(product)

    @display(description=gettext_lazy("identifiers"))
    def identifiers(self, product: Product) -> SafeString:
        return identifier_table(product)

    @action(description=gettext_lazy("Identifiers"), url_path="identify", icon="qr_code_2")
    def identify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the product its identifiers."""
        return identify_page(self, request, self.record_of(request, object_id))

    @action(description=gettext_lazy("Licence"), url_path="licence", icon="event_available")
    def renew(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write down until when it is approved."""
        product = self.record_of(request, object_id)
        stands = {"version": product.version, "valid_until": product.licence_valid_until}
        form = LicenceForm(**sent(request), initial=stands)

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                renew_licence(
                    product_id=product.pk,
                    valid_until=values["valid_until"],
                    actor=actor_of(request),
                    at=timezone.now(),
                    expected_version=values["version"],
                )
            return _("The licence of %(code)s is valid until %(day)s.") % {
                "code": product.code,
                "day": values["valid_until"],
            }

        return self.decide(
            request,
            title=_("Licence of %(product)s") % {"product": product},
            record=product,
            form=form,
            act=act,
            explanation=_("A day that is past is kept too: the licence is then shown as expired."),
            confirm=_("Keep"),
        )

    @action(description=gettext_lazy("Suspend"), url_path="suspend", icon="pause")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop the trade for the time being."""
        text = _("The product cannot be offered or ordered until it is resumed.")
        return self._move(request, object_id, "suspend", suspend_product, text)

    @action(description=gettext_lazy("Resume trading"), url_path="resume", icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it be traded again."""
        text = _("The product can be offered and ordered again.")
        return self._move(request, object_id, "resume", resume_product, text)

    @action(
        description=gettext_lazy("Withdraw"), url_path="withdraw", icon="delete_forever", variant=ActionVariant.DANGER
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it out of the register for good."""
        text = _("The product leaves the register for good; what was ordered of it stays. This cannot be undone.")
        return self._move(request, object_id, "withdraw", withdraw_product, text)

    def _move(
        self, request: HttpRequest, object_id: str, name: str, service: Callable[..., Product], explanation: str
    ) -> HttpResponse:
        product = self.record_of(request, object_id)
        form = ReasonForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = service(
                    product_id=product.pk, reason=values["reason"], actor=actor_of(request), at=timezone.now()
                )
            return _("Product %(code)s is now “%(status)s”.") % {
                "code": after.code,
                "status": after.get_status_display(),
            }

        label = PRODUCT.transitions[name].label
        return self.decide(
            request,
            title=_("Product %(code)s: %(action)s") % {"code": product.code, "action": label},
            record=product,
            form=form,
            act=act,
            is_final=name == "withdraw",
            explanation=f"{product}\n{explanation}",
        )
