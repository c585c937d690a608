"""What it costs to send a parcel, and how long it takes."""

from prices import Money

FREE_FROM = 5_000  # cents
HOME, NEIGHBOURS = "home", "neighbours"
RATES: dict[str, Money] = {HOME: 490, NEIGHBOURS: 990, "elsewhere": 1_990}
DAYS = {HOME: 2, NEIGHBOURS: 4, "elsewhere": 9}


def shipping_cost(total: Money, zone: str) -> Money:
    """Shipping is free at home when the articles cost 50.00 or more; everywhere else it is always paid."""
    if zone == HOME and total >= FREE_FROM:
        return 0
    return RATES.get(zone, RATES["elsewhere"])


def days_until_delivery(zone: str, ordered_at_hour: int) -> int:
    """Working days; what is ordered after two in the afternoon leaves the next day."""
    late = 1 if ordered_at_hour >= 14 else 0
    return DAYS.get(zone, DAYS["elsewhere"]) + late
