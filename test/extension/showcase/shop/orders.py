"""From a cart to an order that can be paid and sent."""

from dataclasses import dataclass
from enum import Enum
from itertools import count

from cart import Cart
from prices import Money, discounted
from shipping import shipping_cost
from stock import Stock

numbers = count(1_000)


class State(Enum):
    PLACED = "placed"
    PAID = "paid"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass
class Order:
    number: int
    cart: Cart
    zone: str
    to_pay: Money
    state: State = State.PLACED


def place_order(cart: Cart, zone: str, coupon: str | None = None) -> Order:
    """The coupon counts before shipping: what it takes off may cost the customer free shipping."""
    if not cart.lines:
        raise ValueError("an empty cart cannot be ordered")
    articles = discounted(cart.total(), coupon)
    return Order(next(numbers), cart, zone, articles + shipping_cost(articles, zone))


def pay(order: Order, amount: Money) -> None:
    """Exactly what is owed, once."""
    if order.state is not State.PLACED or amount != order.to_pay:
        raise ValueError(f"order {order.number} cannot be paid with {amount}")
    order.state = State.PAID


def cancel(order: Order, stock: Stock) -> None:
    """An order can be cancelled until it is sent; its articles are free again."""
    if order.state is State.SENT:
        raise ValueError(f"order {order.number} is on its way")
    for line in order.cart.lines:
        stock.release(line.article, line.quantity)
    order.state = State.CANCELLED
