"""Prices in cents, so that no sum is ever rounded."""

Money = int

PRICES: dict[str, Money] = {"kettle": 3_490, "teapot": 2_250, "cup": 690, "tea": 480}

COUPONS = {"WELCOME": 10, "WINTER": 15}  # per cent


class UnknownArticle(KeyError):
    """The shop does not sell it."""


def price_of(article: str) -> Money:
    """The price of one, in cents."""
    if article not in PRICES:
        raise UnknownArticle(article)
    return PRICES[article]


def discounted(total: Money, coupon: str | None) -> Money:
    """The total after a coupon; a coupon that is not known changes nothing. Fractions of a cent are the customer's."""
    return total - total * COUPONS.get(coupon or "", 0) // 100
