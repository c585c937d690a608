"""What a customer has put aside."""

from dataclasses import dataclass, field

from prices import Money, price_of
from stock import Stock

MOST_OF_ONE_ARTICLE = 20


@dataclass
class Line:
    """One article and how many of it."""

    article: str
    quantity: int


@dataclass
class Cart:
    """Lines in the order in which their articles were first put in."""

    lines: list[Line] = field(default_factory=list)

    def add(self, article: str, quantity: int, stock: Stock) -> None:
        """Put articles in; an article that is in already gets a larger quantity."""
        if quantity < 1:
            raise ValueError("at least one article is put into a cart")
        line = self.line_of(article)
        wanted = quantity + (line.quantity if line else 0)
        if wanted > MOST_OF_ONE_ARTICLE:
            raise ValueError(f"a cart holds at most {MOST_OF_ONE_ARTICLE} of one article")
        stock.reserve(article, quantity)
        if line:
            line.quantity = wanted
        else:
            self.lines.append(Line(article, quantity))

    def remove(self, article: str, stock: Stock) -> None:
        """Take an article out and give what was reserved back to the stock."""
        line = self.line_of(article)
        if line:
            self.lines.remove(line)
            stock.release(article, line.quantity)

    def line_of(self, article: str) -> Line | None:
        return next((line for line in self.lines if line.article == article), None)

    def total(self) -> Money:
        """The price of everything, without shipping."""
        return sum(line.quantity * price_of(line.article) for line in self.lines)
