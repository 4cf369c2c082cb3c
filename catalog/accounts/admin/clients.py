from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oauth2_provider.models import (
    get_access_token_model,
    get_application_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)
from unfold.decorators import action, display

from catalog.accounts.admin.registers import RegisterAdmin
from catalog.accounts.kinds import Role
from catalog.accounts.models import ApiClient, Organization
from catalog.accounts.services import create_api_client
from catalog.foundation.web.admin import RecordAdmin, actor_of, sent
from catalog.foundation.web.admin.forms import Checkboxes, Select, TextInput

Application = get_application_model()
AccessToken = get_access_token_model()

# Only machines call, with client credentials: the other kinds of grants and tokens never come into being.
for model in (Application, AccessToken, get_grant_model(), get_id_token_model(), get_refresh_token_model()):
    admin.site.unregister(model)

# The library names these in English alone.
apps.get_app_config("oauth2_provider").verbose_name = gettext_lazy("API access")
Application._meta.verbose_name = gettext_lazy("OAuth client")
Application._meta.verbose_name_plural = gettext_lazy("OAuth clients")
AccessToken._meta.verbose_name = gettext_lazy("access token")
AccessToken._meta.verbose_name_plural = gettext_lazy("access tokens")


class ApiClientForm(forms.Form):
    """A name, the organization it acts for, and what it may do there."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=100, widget=TextInput)
    organization = forms.ModelChoiceField(
        Organization.objects.filter(is_active=True), label=gettext_lazy("organization"), widget=Select
    )
    roles = forms.MultipleChoiceField(choices=Role.choices, label=gettext_lazy("roles"), widget=Checkboxes)


@admin.register(ApiClient)
class ApiClientAdmin(RegisterAdmin):
    """Organizations' own systems. Removing one takes its access away at once."""

    noun = "api_client"
    readers = (Role.SUPERVISOR,)
    fields = ("client_id", "application", "organization", "role_names")
    list_display = ("client_id", "name", "organization", "role_names")
    list_select_related = ("application", "organization")
    search_fields = ("application__client_id", "application__name", "organization__name")
    actions_list = ("create", "export_workbook", "export_csv")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    @display(description=gettext_lazy("client id"))
    def client_id(self, client: ApiClient) -> str:
        return str(client.application.client_id)

    @display(description=gettext_lazy("name"))
    def name(self, client: ApiClient) -> str:
        return str(client.application.name)

    @display(description=gettext_lazy("roles"))
    def role_names(self, client: ApiClient) -> str:
        return ", ".join(str(Role(role).label) for role in client.roles)

    @action(description=gettext_lazy("Create API client"), url_path="create", icon="vpn_key")
    def create(self, request: HttpRequest) -> HttpResponse:
        """Make a client and show its secret, this once."""

        def act(values: dict[str, Any]) -> HttpResponse:
            credentials = create_api_client(
                organization=values["organization"],
                name=values["name"],
                roles=[Role(role) for role in values["roles"]],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return self.page(
                request,
                "admin/api_client_created.html",
                title=_("API client created"),
                credentials=credentials,
                organization=values["organization"],
            )

        return self.decide(request, title=_("Create API client"), form=ApiClientForm(**sent(request)), act=act)


@admin.register(Application)
class ApplicationAdmin(RecordAdmin):
    """The OAuth side of API clients; made with them, never by hand."""

    readers = ()
    operators = True
    fields = ("client_id", "name", "client_type", "authorization_grant_type", "created", "updated")
    list_display = ("client_id", "name", "client_type", "authorization_grant_type", "created")
    search_fields = ("client_id", "name")


@admin.register(AccessToken)
class AccessTokenAdmin(RecordAdmin):
    """Who holds a token until when; the token itself is kept as a hash and not shown."""

    readers = ()
    operators = True
    fields = ("application", "scope", "created", "expires")
    list_display = ("application", "scope", "created", "expires")
    list_select_related = ("application",)
    search_fields = ("application__client_id", "application__name")
