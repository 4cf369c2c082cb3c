from django.contrib.auth.hashers import PBKDF2PasswordHasher


class ApiSecretHasher(PBKDF2PasswordHasher):
    """For the secrets of API clients: 128 random characters, so that slow hashing would protect nothing more.

    People's passwords keep Django's full number of rounds.
    """

    algorithm = "pbkdf2_api_secret"
    iterations = 1_000
