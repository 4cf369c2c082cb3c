"""Logging in: one page for the staff of hospitals and, where they come by, for everybody else."""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import reverse

from catalog.accounts.logins import LoginForm
from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Channel
from distribution.querysets import INSTITUTION_ROLES, SELLERS


class PortalLogin(LoginView):
    """Whoever was not on the way to a page goes where their role works."""

    authentication_form = LoginForm
    template_name = "registration/login.html"

    def get_default_redirect_url(self) -> str:
        actor = actor_of_page(self.request, Channel.PORTAL)
        if actor.has(*INSTITUTION_ROLES):
            return reverse("portal:dashboard")
        if actor.has(*SELLERS):
            return reverse("portal:firm")
        return reverse("admin:index") if self.request.user.is_staff else reverse("home")
