"""Catalogue and parties as facts. The date is when each becomes valid; what changes is a new fact of a later date (P1).

The kinds stand in the order in which they fold within a day: each behind those that it names.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_beans.core.accounts import Account
from billing_beans.core.calendar import Every
from billing_beans.core.facts import Fact, fact, key, meta, part, parts
from billing_beans.core.ids import AgreementId, CustomerId, EntityId, PlanId, PriceId, ProductId, RuleId, TaxCodeId
from billing_beans.core.money import Money


class Revenue(StrEnum):
    """When the revenue of a product counts."""

    ON_ISSUE = "on-issue"
    ON_CONSUMPTION = "on-consumption"
    ON_USAGE = "on-usage"
    OVER_PERIOD = "over-period"
    AGENT = "agent"
    TOP_UP = "top-up"


@fact("book")
class BookDeclared(Fact):
    """What these books are: whose, live or test, and the version of their format (P4, B4)."""

    book: str = key()
    organization: str = meta()
    livemode: bool = meta()
    format: int = meta()


@fact("legal-entity")
class LegalEntityAdded(Fact):
    """A seller of record: its numbering, tax number, currency, time zone, and account component (P1, B3)."""

    entity: EntityId = key(link=True)
    name: str = meta()
    address: str = meta()
    tax_number: str | None = meta(default=None)
    country: str = meta()
    currency: str = meta()
    time_zone: str = meta()
    account: str = meta()
    invoice_format: str = meta()
    credit_note_format: str | None = meta(default=None)
    payment_terms: int | None = meta(default=None)
    bank: Account | None = meta(default=None)
    bank_name: str | None = meta(default=None)
    account_number: str | None = meta(default=None)
    iban: str | None = meta(default=None)
    bic: str | None = meta(default=None)
    email: str | None = meta(default=None)
    footer: str | None = meta(default=None)
    logo: str | None = meta(default=None)
    accent: str | None = meta(default=None)

    @property
    def credit_notes_format(self) -> str:
        """How credit notes are numbered: as it says, else like its invoices with CN- before."""
        return self.credit_note_format or f"CN-{self.invoice_format}"


@fact("tax-code")
class TaxCodeAdded(Fact):
    """A rate of tax, as a fraction of the net amount (0.09 is 9 %), and the account that holds it."""

    tax_code: TaxCodeId = key(link=True)
    rate: Decimal = meta()
    account: Account = meta()
    name: str | None = meta(default=None)


@fact("policy")
class PolicyChosen(Fact):
    """How these books do something that can be done in several ways, from this day on: `credit-order`, `scope-first`.

    What is not chosen is done in the first of the ways that `catalog/policies.py` knows.
    """

    policy: str = key()
    choice: str = meta()


@fact("credit-unit")
class CreditUnitAdded(Fact):
    """A kind of wallet credits: its commodity, and what one of them is worth when it is used (`face`), which never changes."""

    credit_unit: str = key(link=True)
    name: str = meta()
    face: Money = meta()


@fact("product")
class ProductAdded(Fact):
    """What can be sold, when its revenue counts, how it is taxed, and which entitlement it grants.

    A top-up sells credits: `units_per_quantity` of a `credit_unit`, and `bonus_units` free ones with them, which can be used
    for `valid_days` from the day on which they are granted. What is sold by a `meter` can be paid with credits for it.
    """

    product: ProductId = key(link=True)
    name: str = meta()
    revenue: Revenue = meta()
    tax_code: TaxCodeId = meta()
    entitlement: str | None = meta(default=None)
    units_per_quantity: Decimal | None = meta(default=None)
    platform_fee_bps: int | None = meta(default=None)
    fee_tax_code: TaxCodeId | None = meta(default=None)
    income: str | None = meta(default=None)
    meter: str | None = meta(default=None)
    credit_unit: str | None = meta(default=None)
    bonus_units: Decimal | None = meta(default=None)
    valid_days: int | None = meta(default=None)


@fact("tax-rule")
class TaxRuleAdded(Fact):
    """Which tax code a product carries for customers of one country, instead of its own."""

    product: ProductId = key(link=True)
    country: str = key()
    tax_code: TaxCodeId = meta()


class PriceModel(StrEnum):
    """How a price makes an amount of what is sold (U2)."""

    FLAT = "flat"
    PER_UNIT = "per-unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    PERCENTAGE = "percentage"
    GRADUATED_PERCENTAGE = "graduated-percentage"


@part("price-tier")
class PriceTier:
    """What is charged from where the tier before ends until `up_to`, included; the last tier has no end (U2).

    `unit_price` is for one unit, `rate` a fraction of an amount. `flat_fee` comes once, with the first unit in the tier.
    """

    tier: int = key()
    up_to: Decimal | None = meta(default=None)
    unit_price: Money | None = meta(default=None)
    rate: Decimal | None = meta(default=None)
    flat_fee: Money | None = meta(default=None)


@fact("price")
class PriceAdded(Fact):
    """What a product costs, for customers of one country or of all, in one currency. Without a `model` it is per unit (P2, U2).

    `unit_price` is the price of one unit, of a package of `package_size`, of all there is (flat), or the fee of each
    transaction (percentage), of which `rate` is a fraction. `included` units are free in a period; of a percentage price so
    many `free_events` and so much (`free_amount`), whichever ends first. A transaction costs at least `event_minimum` and at
    most `event_maximum`. A period comes to at least `minimum` and at most `maximum`. `currency` stands where no amount says it.
    """

    price: PriceId = key(link=True)
    product: ProductId = key(link=True)
    country: str | None = meta(default=None)
    model: PriceModel | None = meta(default=None)
    unit_price: Money | None = meta(default=None)
    currency: str | None = meta(default=None)
    package_size: Decimal | None = meta(default=None)
    rate: Decimal | None = meta(default=None)
    included: Decimal | None = meta(default=None)
    free_events: int | None = meta(default=None)
    free_amount: Money | None = meta(default=None)
    event_minimum: Money | None = meta(default=None)
    event_maximum: Money | None = meta(default=None)
    minimum: Money | None = meta(default=None)
    maximum: Money | None = meta(default=None)
    active_until: date | None = meta(default=None)
    tiers: tuple[PriceTier, ...] = parts(default=())

    @property
    def is_per_unit(self) -> bool:
        """Whether it is so much for each unit, and says nothing else: quantity times unit price is all of it."""
        only_price = self.included is None and self.minimum is None and self.maximum is None
        return self.model in (None, PriceModel.PER_UNIT) and only_price

    @property
    def priced_in(self) -> str:
        """The currency that its amounts are in; empty where it says none."""
        if self.unit_price is not None:
            return self.unit_price.currency
        return next((one.currency for one in self.amounts()), self.currency or "")

    def amounts(self) -> tuple[Money, ...]:
        """Every amount that it names."""
        own = (self.unit_price, self.free_amount, self.event_minimum, self.event_maximum, self.minimum, self.maximum)
        of_tiers = (one for tier in self.tiers for one in (tier.unit_price, tier.flat_fee))
        return tuple(one for one in (*own, *of_tiers) if one is not None)


class Timing(StrEnum):
    """When a charge of a plan is billed: as a period begins, when it is over, or once, with the first."""

    IN_ADVANCE = "in-advance"
    IN_ARREARS = "in-arrears"
    ONCE = "once"


@part("plan-charge")
class PlanCharge:
    """What a plan charges for each period: a product, at its price. Of a fixed `quantity`, or as many as the subscription has."""

    charge: str = key()
    product: ProductId = meta()
    timing: Timing = meta()
    quantity: Decimal | None = meta(default=None)


@fact("plan")
class PlanAdded(Fact):
    """What can be subscribed to: its charges, and how often they come (P1, U3).

    A period is billed as the plan was on its first day. `trial_days` are free at the beginning, where a subscription doesn't say
    otherwise; `active_until` is the last day on which one can begin.
    """

    plan: PlanId = key(link=True)
    name: str = meta()
    every: Every = meta()
    charges: tuple[PlanCharge, ...] = parts()
    trial_days: int | None = meta(default=None)
    active_until: date | None = meta(default=None)


@fact("customer")
class CustomerAdded(Fact):
    """A customer: who, where, and the component of its accounts."""

    customer: CustomerId = key(link=True)
    name: str = meta()
    country: str | None = meta(default=None)
    account: str = meta()
    locale: str | None = meta(default=None)
    seller: EntityId | None = meta(default=None)


@fact("bill-to")
class BillToAdded(Fact):
    """Whom invoices of one currency are addressed to. A document snapshots it."""

    customer: CustomerId = key(link=True)
    currency: str = key()
    name: str = meta()
    attention: str | None = meta(default=None)
    email: str | None = meta(default=None)
    address: str = meta()
    tax_number: str | None = meta(default=None)
    country: str | None = meta(default=None)
    payment_terms: int | None = meta(default=None)


@fact("payer")
class PayerKnown(Fact):
    """Who pays for whom: `stripe/cus_9`, `iban/DE02120300000000202051`, `email/ap@acme.example`, as bank and processor name them (Y6)."""

    payer: str = key()
    customer: CustomerId = meta(link=True)


@fact("agreement")
class AgreementAdded(Fact):
    """An agreement with a customer, from its date until its last valid day."""

    agreement: AgreementId = key(link=True)
    customer: CustomerId = key(link=True)
    active_until: date | None = meta(default=None)


@fact("agreement-term")
class AgreementTermAdded(Fact):
    """What an agreement says of one product: a unit price, a fee rate in basis points, a discount as a fraction."""

    agreement: AgreementId = key(link=True)
    product: ProductId = key(link=True)
    unit_price: Money | None = meta(default=None)
    platform_fee_bps: int | None = meta(default=None)
    discount: Decimal | None = meta(default=None)


@fact("top-up-rule")
class TopUpRuleAdded(Fact):
    """Credits that a customer gets again and again (W2): `every` month, say, or when fewer than `below` are available, or both.

    They come on the day of the first version, which is the anchor of all others, and then `every` so often: each time once, as the
    version says that is valid on the day. With a `product` they are sold by an invoice, and free without one. `active_until` of
    the last version is the last day of the rule. What it does is a fact of its own, with the source `top-up-rule/RULE-1@2026-03-01`.
    """

    rule: RuleId = key(link=True)
    customer: CustomerId = key(link=True)
    seller: EntityId = meta()
    credit_unit: str = meta()
    units: Decimal = meta()
    every: Every | None = meta(default=None)
    below: Decimal | None = meta(default=None)
    product: ProductId | None = meta(default=None)
    scope_subscription: str | None = meta(default=None)
    scope_meter: str | None = meta(default=None)
    valid_days: int | None = meta(default=None)
    priority: int | None = meta(default=None)
    active_until: date | None = meta(default=None)


@fact("dunning-level")
class DunningLevelAdded(Fact):
    """A level of reminding: from how many days after its due day an invoice is on it, and what its letter says.

    Levels are numbered from 1, and each begins later than those below it. They are the same for all legal entities.
    """

    level: int = key()
    days: int = meta()
    title: str | None = meta(default=None)
    text: str | None = meta(default=None)
    active_until: date | None = meta(default=None)
