"""What a price of each model must say, and what else it may (U2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from billing_beans.catalog.facts import PriceModel


class Says(NamedTuple):
    """What a price of one model must say, and what else it may."""

    must: tuple[str, ...]
    may: tuple[str, ...] = ()


BOUNDS = ("minimum", "maximum")
_OF_EVENTS = ("free_events", "free_amount", "event_minimum", "event_maximum")
SAYS: Mapping[PriceModel, Says] = {
    PriceModel.FLAT: Says(("unit_price",)),
    PriceModel.PER_UNIT: Says(("unit_price",), ("included", *BOUNDS)),
    PriceModel.GRADUATED: Says(("tiers",), ("included", *BOUNDS)),
    PriceModel.VOLUME: Says(("tiers",), ("included", *BOUNDS)),
    PriceModel.PACKAGE: Says(("unit_price", "package_size"), ("included", *BOUNDS)),
    PriceModel.PERCENTAGE: Says(("rate",), ("unit_price", *_OF_EVENTS, *BOUNDS)),
    PriceModel.GRADUATED_PERCENTAGE: Says(("tiers",), BOUNDS),
}
EVERY = tuple(dict.fromkeys(name for says in SAYS.values() for name in (*says.must, *says.may)))


class Misfit(NamedTuple):
    """The fields that a model needs and a price lacks, and those that it says and the model has no use for."""

    absent: tuple[str, ...]
    stray: tuple[str, ...]


class OfModel(Protocol):
    """A price, or what is asked for as one: its fields have the names of the fact's."""

    @property
    def model(self) -> PriceModel | None:
        """How it makes an amount."""


def misfit(price: OfModel) -> Misfit:
    """What is missing in a price of its model, and what is too much."""
    says = SAYS[price.model or PriceModel.PER_UNIT]
    said = {name for name in EVERY if _is_said(getattr(price, name))}
    absent = tuple(name for name in says.must if name not in said)
    return Misfit(absent, tuple(name for name in EVERY if name in said and name not in (*says.must, *says.may)))


def _is_said(value: object) -> bool:
    return bool(value) if value.__class__ is tuple else value is not None
