"""The identifiers of a product: what is known of each, and the form that changes them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from catalog.admin.forms import beside_fields
from catalog.foundation.web.admin import DecidingAdmin, actor_of, badge, sent, table
from catalog.foundation.web.admin.forms import TextInput
from catalog.models import IdentifierOverride, Product
from catalog.rules.identifiers import check_identifier, normalise_identifier
from catalog.services.product_life import identify_product
from catalog.states import IdentifierKind


def identifier_table(product: Product) -> SafeString:
    """Each identifier with its check: right, wrong, or kept all the same by whom, when and why."""
    overrides = {(item.kind, item.value): item for item in product.overrides.select_related("overridden_by")}
    rows = [
        (capfirst(kind.label), value or "–", *_checked(kind, value, overrides.get((kind, value))))
        for kind, value in ((kind, product.identifiers()[kind]) for kind in IdentifierKind)
    ]
    return table([_("identifier"), _("value"), _("check"), _("remark")], rows)


def _checked(kind: str, value: str, override: IdentifierOverride | None) -> tuple[Any, Any]:
    if not value:
        return badge(_("not known")), ""
    problem = check_identifier(kind, value)
    if problem is None:
        return badge(_("right"), "success"), ""
    if override is None:
        return badge(_("wrong"), "danger"), str(problem)
    remark = format_html(
        "{}<br>{}",
        problem,
        _("Kept by %(person)s on %(day)s: %(reason)s")
        % {
            "person": override.overridden_by,
            "day": date_format(localtime(override.overridden_at), "DATETIME_FORMAT"),
            "reason": override.reason,
        },
    )
    return badge(_("kept all the same"), "warning"), remark


class IdentifiersForm(forms.Form):
    """Every identifier as it stands; a reason is asked for where one fails its check and may be kept all the same."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, product: Product, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = product.version
        for kind, stands in product.identifiers().items():
            self.fields[kind] = forms.CharField(
                label=IdentifierKind(kind).label,
                initial=stands,
                required=False,
                max_length=100,
                widget=TextInput,
            )
            given = normalise_identifier(kind, self.data.get(kind, stands))
            problem = check_identifier(kind, given) if given and given != stands else None
            if problem is not None and problem.may_override:
                self.fields[reason_of(kind)] = forms.CharField(
                    label=_("%(identifier)s: why it is kept all the same") % {"identifier": IdentifierKind(kind).label},
                    required=False,
                    max_length=300,
                    widget=TextInput,
                    help_text=_("Only if the papers bear this number; your name is kept with the reason."),
                )

    def identifiers(self) -> dict[str, str]:
        """What was given, by kind."""
        return {kind: self.cleaned_data[kind] for kind in IdentifierKind.values}

    def reasons(self) -> dict[str, str]:
        """The reasons that were given, by kind."""
        return {kind: self.cleaned_data.get(reason_of(kind), "") for kind in IdentifierKind.values}


def reason_of(kind: str) -> str:
    """The name of the field for the reason."""
    return f"reason_{kind}"


def identify_page(model_admin: DecidingAdmin, request: HttpRequest, product: Product) -> HttpResponse:
    """Give a product its identifiers."""
    form = IdentifiersForm(product, **sent(request))

    def act(values: dict[str, Any]) -> str:
        with beside_fields(form):
            identify_product(
                product_id=product.pk,
                identifiers=form.identifiers(),
                override_reasons=form.reasons(),
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
        return _("The identifiers of %(code)s are kept.") % {"code": product.code}

    return model_admin.decide(
        request,
        title=_("Identifiers of %(product)s") % {"product": product},
        record=product,
        form=form,
        act=act,
        explanation=_("Spaces and full-width signs do not matter. An empty field takes the identifier away."),
        confirm=_("Keep"),
    )
