"""The catalogue in the admin: what may be bought, at what ceiling."""

from catalog.admin import editions, medicines, prices, products, regions, rulesets

__all__ = ["editions", "medicines", "prices", "products", "regions", "rulesets"]
