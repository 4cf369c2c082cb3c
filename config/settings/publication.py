"""Open data: who publishes it, and where the platform is reached."""

from config.settings.environment import env

# The address under which the public reaches the platform; the links in open data begin with it.
PUBLIC_URL = env("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
# ``ocid_prefix`` is registered with the Open Contracting Partnership; the default is that of nobody.
PUBLISHER = {
    "name": env("PUBLISHER_NAME", default="药品集中采购平台"),
    "uscc": env("PUBLISHER_USCC", default=""),
    "ocid_prefix": env("OCID_PREFIX", default="ocds-000000"),
    "uri": PUBLIC_URL,
    "license": env("DATA_LICENSE", default=""),
}
