"""Who signs in, and how passwords and the secrets of API clients are kept."""

from django.conf import global_settings

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "portal:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# The first one hashes passwords; the last one only what asks for it by name.
PASSWORD_HASHERS = [*global_settings.PASSWORD_HASHERS, "catalog.accounts.hashers.ApiSecretHasher"]

# The library's own model; named here because migrations that point at a swappable model look it up by this setting.
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
