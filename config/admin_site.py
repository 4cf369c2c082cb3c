"""The site of the admin: Unfold's, without the list of all models that no page of ours shows."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class PlatformAdminSite(UnfoldAdminSite):
    """Unfold's site, whose pages reckon the list of all models only where they show it.

    Django hands the list to every page; the sidebar is `config.navigation`'s.
    """

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The models that the person may look at, by app, once somebody looks at them."""
        return SimpleLazyObject(lambda: super(PlatformAdminSite, self).get_app_list(request, app_label))


class PlatformAdminConfig(AdminConfig):
    """Django's admin on the platform's site."""

    default_site = "config.admin_site.PlatformAdminSite"
