"""Logging in with a password, and no more guesses at it than a forgetful person makes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from catalog.accounts.throttling import MINUTE, address_of, forgive, is_within

SPAN = 15 * MINUTE
FAILURES_OF_A_NAME = 10
FAILURES_OF_AN_ADDRESS = 60


class LoginForm(AuthenticationForm):
    """Counts failures by name and address, so that nobody locks a person out from elsewhere, and by address."""

    # told apart from a password that does not fit
    is_stopped = False

    def clean(self) -> dict[str, Any]:
        """Compare the password, unless too many did not fit.

        An attempt is counted before the password is looked at: guesses sent at once do not slip through.
        """
        assert self.request is not None  # the views give it
        address = address_of(self.request.META)
        of_name = f"login {self.cleaned_data.get('username', '')}@{address}"
        of_address = f"login @{address}"
        if not (
            is_within(FAILURES_OF_A_NAME, of_name, seconds=SPAN)
            and is_within(FAILURES_OF_AN_ADDRESS, of_address, seconds=SPAN)
        ):
            self.is_stopped = True
            raise ValidationError(_("Too many attempts: try again in a few minutes."), code="too-many-attempts")
        values = super().clean()
        if self.get_user() is not None:
            forgive(of_name, seconds=SPAN)
            forgive(of_address, 1, seconds=SPAN)
        return values


class AdminLoginForm(LoginForm, UnfoldAuthenticationForm):
    """The same with the looks of the admin, and for those whom it lets in."""
