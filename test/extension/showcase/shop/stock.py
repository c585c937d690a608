"""How many of each article lie in the warehouse, and how many of them are promised to somebody."""

from collections import Counter


class OutOfStock(Exception):
    """There are fewer left than were asked for."""


class Stock:
    def __init__(self, counts: dict[str, int]):
        self.counts = Counter(counts)
        self.reserved: Counter[str] = Counter()

    def free(self, article: str) -> int:
        """Articles that nobody has in a cart."""
        return self.counts[article] - self.reserved[article]

    def reserve(self, article: str, quantity: int) -> None:
        """Promise articles to a cart, or raise OutOfStock and promise none."""
        if self.free(article) < quantity:
            raise OutOfStock(f"{article}: {self.free(article)} left")
        self.reserved[article] += quantity

    def release(self, article: str, quantity: int) -> None:
        """Give up a promise."""
        self.reserved[article] -= min(quantity, self.reserved[article])

    def ship(self, article: str, quantity: int) -> None:
        """Articles leave the warehouse; their promise is kept."""
        self.release(article, quantity)
        self.counts[article] -= quantity
