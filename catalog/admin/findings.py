"""What reviews found about entries of the list: shown on the entry, and entered criterion by criterion."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from catalog.foundation.web.admin import DecidingAdmin, actor_of, badge, link_to, sent, table
from catalog.foundation.web.admin.forms import Select, TextInput
from catalog.models import EditionEntry, SelectionFinding, SelectionReview
from catalog.services.reviews import Finding, add_findings
from catalog.states import Criterion

NOT_JUDGED, MET, UNMET = "", "met", "unmet"


class VerdictForm(forms.Form):
    """A verdict and a reason for each criterion; what is left open is not judged."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.general_names = list(self.fields)
        for criterion in Criterion:
            self.fields[f"{criterion}_verdict"] = forms.ChoiceField(
                label=criterion.label,
                required=False,
                choices=[(NOT_JUDGED, _("not judged")), (MET, _("met")), (UNMET, _("not met"))],
                widget=Select,
            )
            self.fields[f"{criterion}_reason"] = forms.CharField(
                label=_("reason"),
                required=False,
                max_length=500,
                widget=TextInput(attrs={"aria-label": f"{criterion.label}: {_('reason')}"}),
            )

    @property
    def general_fields(self) -> list[Any]:
        """The fields before the criteria."""
        return [self[name] for name in self.general_names]

    @property
    def criteria(self) -> list[tuple[Any, Any, Any]]:
        """Each criterion with its two fields."""
        return [(item.label, self[f"{item}_verdict"], self[f"{item}_reason"]) for item in Criterion]

    def clean(self) -> dict[str, Any]:
        """What is not met has a reason."""
        values = super().clean() or {}
        for criterion in Criterion:
            if values.get(f"{criterion}_verdict") == UNMET and not values.get(f"{criterion}_reason"):
                self.add_error(f"{criterion}_reason", _("Say why: this is kept with the decision."))
        return values

    def findings_on(self, entries: Any) -> list[Finding]:
        """The verdicts as the service takes them, for each of the entries."""
        values = self.cleaned_data
        return [
            Finding(entry, criterion, values[f"{criterion}_verdict"] == MET, values[f"{criterion}_reason"])
            for entry in entries
            for criterion in Criterion
            if values[f"{criterion}_verdict"] != NOT_JUDGED
        ]


class EntryVerdictForm(VerdictForm):
    """For one entry: which review found it."""

    review = forms.ModelChoiceField(SelectionReview.objects.none(), label=gettext_lazy("review"), widget=Select)

    def __init__(self, entry: EditionEntry, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviews = SelectionReview.objects.filter(edition=entry.edition_id)
        self.fields["review"].queryset = reviews  # type: ignore[attr-defined]
        self.fields["review"].help_text = _("A review of the edition; record it under “Selection reviews” first.")


class ReviewVerdictForm(VerdictForm):
    """For one review: about which entries it found the same."""

    entries = forms.ModelMultipleChoiceField(
        EditionEntry.objects.none(),
        label=gettext_lazy("entries"),
        widget=UnfoldAdminSelect2MultipleWidget(attrs={"style": "width: 100%"}),
    )

    def __init__(self, review: SelectionReview, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = EditionEntry.objects.filter(edition=review.edition_id, is_repeat=False).select_related("medicine")
        self.fields["entries"].queryset = rows  # type: ignore[attr-defined]
        self.fields["entries"].help_text = _("What is found below holds for each of them.")


def judge_page(model_admin: DecidingAdmin, request: HttpRequest, entry: EditionEntry) -> HttpResponse:
    """The criteria for one entry."""
    form = EntryVerdictForm(entry, **sent(request))

    def act(values: dict[str, Any]) -> str:
        return _add(request, values["review"], form.findings_on([entry]))

    title = _("Findings about “%(entry)s”") % {"entry": entry}
    return model_admin.decide(
        request, title=title, record=entry, form=form, act=act, template="admin/catalog/findings.html"
    )


def judge_many_page(model_admin: DecidingAdmin, request: HttpRequest, review: SelectionReview) -> HttpResponse:
    """The criteria for entries about which the review found the same."""
    form = ReviewVerdictForm(review, **sent(request))

    def act(values: dict[str, Any]) -> str:
        return _add(request, review, form.findings_on(values["entries"]))

    title = _("Findings of “%(review)s”") % {"review": review}
    return model_admin.decide(
        request, title=title, record=review, form=form, act=act, template="admin/catalog/findings.html"
    )


def _add(request: HttpRequest, review: SelectionReview, findings: list[Finding]) -> str:
    add_findings(review_id=review.pk, findings=findings, actor=actor_of(request), at=timezone.now())
    return _("%(count)s findings are added to “%(review)s”.") % {"count": len(findings), "review": review}


def verdict(finding: SelectionFinding) -> SafeString:
    """Met or not, at a glance."""
    return badge(_("met"), "success") if finding.is_met else badge(_("not met"), "danger")


def findings_table(entry: EditionEntry) -> str | SafeString:
    """Each criterion with what decides it: the latest review has the last word; the earlier ones stand below it."""
    rows, decided = [], set()
    findings = SelectionFinding.objects.filter(entry=entry).select_related("review").order_by("-review__held_on", "-pk")
    order = list(Criterion.values)
    for finding in sorted(findings, key=lambda item: order.index(item.criterion)):
        is_last = finding.criterion not in decided
        decided.add(finding.criterion)
        rows.append(
            [
                finding.get_criterion_display() if is_last else "",
                verdict(finding)
                if is_last
                else badge(_("met, overruled") if finding.is_met else _("not met, overruled")),
                finding.reason,
                link_to(finding.review),
                finding.review.held_on,
            ]
        )
    headers = [_("criterion"), pgettext("review", "finding"), _("reason"), _("review"), _("held on")]
    return table(headers, rows) if rows else ""
