"""How the admin looks, what its sidebar offers, and what its first page shows."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": _("Essential medicines procurement"),
    "SITE_HEADER": _("Essential medicines"),
    "SITE_SUBHEADER": _("Centralized procurement"),
    "SITE_SYMBOL": "medication",
    "SITE_URL": "/",
    # None: browsers would ask for one and get a 404.
    "SITE_FAVICONS": [{"rel": "icon", "href": "data:,"}],
    "SHOW_LANGUAGES": True,
    "LOGIN": {"form": "catalog.accounts.logins.AdminLoginForm"},
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [lambda _request: static("figures/figures.css")],
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        # By task, and only what the person may see.
        "navigation": "config.navigation.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .013 236.62)",
            "100": "oklch(95.1% .026 236.824)",
            "200": "oklch(90.1% .058 230.902)",
            "300": "oklch(82.8% .111 230.318)",
            "400": "oklch(74.6% .16 232.661)",
            "500": "oklch(60% .13 240)",
            "600": "oklch(52% .13 244)",
            "700": "oklch(45% .12 245)",
            "800": "oklch(40% .1 245)",
            "900": "oklch(35% .08 246)",
            "950": "oklch(27% .06 248)",
        },
    },
}
