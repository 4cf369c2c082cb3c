from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from catalog.accounts.admin.registers import RegisterAdmin
from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership, Organization, User
from catalog.accounts.services import give_role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import Lines, actor_of, sent
from catalog.foundation.web.admin.forms import Select

admin.site.unregister(Group)


class MembershipLines(Lines):
    model = Membership
    fields = ("organization", "role")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("organization", "user")


@admin.register(User)
class PersonAdmin(UserAdmin, RegisterAdmin):  # type: ignore[misc]
    """People who log in. What they may do follows from their memberships, not from Django's permissions."""

    noun = "person"
    actions = None
    readers = (Role.SUPERVISOR,)
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("last_name", "first_name", "email")}),
        (gettext_lazy("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "last_name", "first_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", ("memberships__role", ChoicesDropdownFilter))
    filter_horizontal = ()
    inlines = (MembershipLines,)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever only reads does not see the password's hash."""
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("username",)}), *self.fieldsets[1:])
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()


class MembershipForm(forms.Form):
    """Who, where, as what."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"), label=gettext_lazy("person"), widget=Select
    )
    organization = forms.ModelChoiceField(
        Organization.objects.filter(is_active=True), label=gettext_lazy("organization"), widget=Select
    )
    role = forms.ChoiceField(choices=Role.choices, label=gettext_lazy("role"), widget=Select)


@admin.register(Membership)
class MembershipAdmin(RegisterAdmin):
    """Who does what where: a role is given by a service and taken away by removing its row."""

    noun = "membership"
    readers = (Role.SUPERVISOR,)
    fields = ("user", "organization", "role")
    list_display = ("user", "organization", "role")
    list_filter = (("role", ChoicesDropdownFilter), ("organization__kind", ChoicesDropdownFilter))
    list_select_related = ("user", "organization")
    search_fields = ("user__username", "user__last_name", "user__first_name", "organization__name")
    actions_list = ("give", "export_workbook", "export_csv")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    @action(description=gettext_lazy("Give a role"), url_path="give", icon="person_add")
    def give(self, request: HttpRequest) -> HttpResponse:
        """Give a person a role in an organization."""

        def act(values: dict[str, Any]) -> str:
            membership = give_role(
                user=values["user"],
                organization=values["organization"],
                role=Role(values["role"]),
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("Given: %(membership)s.") % {"membership": membership}

        return self.decide(request, title=_("Give a role"), form=MembershipForm(**sent(request)), act=act)
