"""Facts of catalogue and parties, made from what a person asks for. Pure; what is left out gets a default that can be seen."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import (
    AgreementAdded,
    AgreementTermAdded,
    BillToAdded,
    CustomerAdded,
    LegalEntityAdded,
    PayerKnown,
    ProductAdded,
    Revenue,
    TaxCodeAdded,
    TaxRuleAdded,
)
from billing_beans.catalog.standards import AN_ID, IDS, currency_of, is_country, is_identifier, time_zone_of
from billing_beans.catalog.versions import given_values, without_envelope
from billing_beans.core.accounts import Account, Role, account_of, component_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import AgreementId, CustomerId, EntityId, ProductId, TaxCodeId
from billing_beans.core.money import Money
from billing_beans.core.records import record

_BY_THE_ENTITY = "B3: each legal entity has its accounts, its numbers and its currency."
_LONGEST_CODE = 3


@record
class AddEntity:
    """A seller of record. Account, formats, currency and time zone follow from id and country where they are left out."""

    entity: str
    name: str
    address: str
    country: str
    currency: str | None = None
    time_zone: str | None = None
    account: str | None = None
    invoice_format: str | None = None
    credit_note_format: str | None = None
    payment_terms: int | None = None
    tax_number: str | None = None
    bank: str | None = None
    bank_name: str | None = None
    account_number: str | None = None
    iban: str | None = None
    bic: str | None = None
    email: str | None = None
    footer: str | None = None
    logo: str | None = None
    accent: str | None = None


@record
class AddTaxCode:
    """A rate of tax, a fraction; its account, or the legal entity from which the account's name is made."""

    tax_code: str
    rate: Decimal
    account: str | None = None
    entity: str | None = None
    name: str | None = None


@record
class AddTaxRule:
    """Which tax code a product carries for customers of a country."""

    product: str
    country: str
    tax_code: str


@record
class AddProduct:
    """What can be sold, and what it costs where that is said. Without `units`, one grants one unit, or is one credit."""

    product: str
    name: str
    revenue: Revenue
    tax_code: str
    entitlement: str | None = None
    units: Decimal | None = None
    platform_fee_bps: int | None = None
    fee_tax_code: str | None = None
    income: str | None = None
    unit_price: Money | None = None
    meter: str | None = None
    credit_unit: str | None = None
    bonus_units: Decimal | None = None
    valid_days: int | None = None


@record
class AddAgreement:
    """An agreement with a customer; the id of one that there is makes the next version of it."""

    customer: str
    agreement: str | None = None
    since: date | None = None
    until: date | None = None


@record
class AddTerm:
    """What an agreement says of a product."""

    agreement: str
    product: str
    unit_price: Money | None = None
    platform_fee_bps: int | None = None
    discount: Decimal | None = None


@record
class AddPayer:
    """Who pays for a customer, as a bank or a processor names them: `stripe/cus_9`, `iban/DE02...`, `email/ap@acme.example`."""

    customer: str
    payer: str


@record
class AddBillTo:
    """Whom invoices in a currency are addressed to. What is left out is as in the customer's profile before."""

    customer: str
    currency: str
    name: str | None = None
    address: str | None = None
    attention: str | None = None
    email: str | None = None
    tax_number: str | None = None
    country: str | None = None
    payment_terms: int | None = None


@record
class AddCustomer:
    """A customer with its first bill-to profile, in the seller's currency where none is said."""

    customer: str
    name: str
    address: str
    country: str | None = None
    currency: str | None = None
    account: str | None = None
    locale: str | None = None
    seller: str | None = None
    attention: str | None = None
    email: str | None = None
    tax_number: str | None = None
    payment_terms: int | None = None


def zone_for(request: AddEntity) -> str:
    """The time zone of a legal entity: as said, or that of its country. Raises `WrongUsage` where it has several."""
    if request.time_zone is not None:
        return request.time_zone
    zone = time_zone_of(_country(request.country))
    if zone is None:
        raise _ambiguous(request.country, "time zone", "--time-zone America/New_York")
    return zone


def entity_added(request: AddEntity, day: date) -> LegalEntityAdded:
    """A seller of record from this day on (B3). Raises `WrongUsage` where a default can't be found."""
    account = request.account or _entity_component(request.entity)
    currency = request.currency or currency_of(_country(request.country))
    if currency is None:
        raise _ambiguous(request.country, "currency", "--currency USD")
    return LegalEntityAdded(
        date=day,
        entity=EntityId(request.entity),
        name=request.name,
        address=request.address,
        tax_number=request.tax_number,
        country=request.country,
        currency=currency,
        time_zone=zone_for(request),
        account=account,
        invoice_format=request.invoice_format or f"{account}-{{year}}-{{sequence:05d}}",
        credit_note_format=request.credit_note_format or f"{account}C-{{year}}-{{sequence:05d}}",
        payment_terms=request.payment_terms,
        bank=Account(request.bank) if request.bank else None,
        bank_name=request.bank_name,
        account_number=request.account_number,
        iban=compact(request.iban),
        bic=compact(request.bic),
        email=request.email,
        footer=request.footer,
        logo=request.logo,
        accent=request.accent,
    )


def compact(text: str | None) -> str | None:
    """An IBAN or a BIC as the ledger has it: capitals, no spaces."""
    return "".join(text.split()).upper() if text else None


def _entity_component(entity: str) -> str:
    """`sg` is a code, and becomes `SG`; `example-holding` is a name, and becomes `Example-Holding`."""
    return component_from(entity.upper() if len(entity) <= _LONGEST_CODE else entity)


def component_from(identifier: str) -> str:
    """The account component for an id, which may have dots and underscores. Raises `WrongUsage`."""
    if not is_identifier(identifier):
        raise WrongUsage(f"{identifier!r} can't be an id.", rule=IDS, instead=AN_ID)
    return component_of(re.sub(r"[._]", "-", identifier))


def _country(code: str) -> str:
    if not is_country(code):
        found = code.upper() if is_country(code.upper()) else "SG"
        raise WrongUsage(
            f"{code!r} is no country of ISO 3166.",
            rule="P1: a country is a code of two capitals.",
            instead=f"--country {found}",
        )
    return code


def _ambiguous(country: str, what: str, example: str) -> WrongUsage:
    return WrongUsage(
        f"{country} does not have exactly one {what}.", rule=_BY_THE_ENTITY, instead=f"say which, for example {example}"
    )


def tax_code_added(books: Books, request: AddTaxCode, day: date) -> TaxCodeAdded:
    """A rate from this day on. Without an account: `Liabilities:SG:Tax:GST` for SG-GST-9 of the legal entity SG."""
    account = request.account
    if account is None:
        account = _tax_account(request.tax_code, entity_named(books, request.entity, day))
    return TaxCodeAdded(
        date=day,
        tax_code=TaxCodeId(request.tax_code),
        rate=request.rate,
        account=Account(account),
        name=request.name,
    )


def _tax_account(tax_code: str, entity: LegalEntityAdded) -> str:
    words = [word for word in re.split(r"[-._]", tax_code) if word and word not in (entity.country, entity.account)]
    name = next((word for word in words if not word.isdecimal()), tax_code)
    return account_of(Role.TAX, entity.account, component_from(name))


def entity_named(books: Books, entity: str | None, day: date, option: str = "--entity or --seller") -> LegalEntityAdded:
    """The legal entity of this id, or the only one there is; `option` chooses it. Raises `WrongUsage` or `Refused`."""
    every = books.catalog.valid_on(LegalEntityAdded, day)
    if entity is None and len(every) == 1:
        return every[0]
    if entity is None:
        names = ", ".join(one.entity for one in every) or "none"
        raise WrongUsage(
            f"These books have {len(every)} legal entities on {day}: {names}.",
            rule=_BY_THE_ENTITY,
            instead=f"choose one with {option}" if every else "billing-beans entity add",
        )
    found = books.catalog.entity(entity, day)
    if found is None:
        raise Refused(
            f"There is no legal entity {entity} on {day}.", rule=_BY_THE_ENTITY, instead="billing-beans entity list"
        )
    return found


def tax_rule_added(request: AddTaxRule, day: date) -> TaxRuleAdded:
    """From this day on the product carries this tax code for customers of the country."""
    return TaxRuleAdded(
        date=day, product=ProductId(request.product), country=request.country, tax_code=TaxCodeId(request.tax_code)
    )


def product_added(request: AddProduct, day: date) -> ProductAdded:
    """A product from this day on (P1)."""
    grants = request.entitlement is not None or request.credit_unit is not None
    units = Decimal(1) if request.units is None and grants else request.units
    return ProductAdded(
        date=day,
        product=ProductId(request.product),
        name=request.name,
        revenue=request.revenue,
        tax_code=TaxCodeId(request.tax_code),
        entitlement=request.entitlement,
        units_per_quantity=units,
        platform_fee_bps=request.platform_fee_bps,
        fee_tax_code=TaxCodeId(request.fee_tax_code) if request.fee_tax_code else None,
        income=request.income,
        meter=request.meter,
        credit_unit=request.credit_unit,
        bonus_units=request.bonus_units,
        valid_days=request.valid_days,
    )


def agreement_added(books: Books, request: AddAgreement, day: date) -> AgreementAdded:
    """An agreement from this day on, with the next id AG-n unless one is given."""
    return AgreementAdded(
        date=request.since or day,
        agreement=AgreementId(request.agreement or books.catalog.counters.next("AG")),
        customer=CustomerId(request.customer),
        active_until=request.until,
    )


def term_added(request: AddTerm, day: date) -> AgreementTermAdded:
    """What an agreement says of a product from this day on. It replaces what it said before, whole."""
    return AgreementTermAdded(
        date=day,
        agreement=AgreementId(request.agreement),
        product=ProductId(request.product),
        unit_price=request.unit_price,
        platform_fee_bps=request.platform_fee_bps,
        discount=request.discount,
    )


def customer_added(books: Books, request: AddCustomer, day: date) -> tuple[CustomerAdded, BillToAdded]:
    """A customer and its first bill-to profile (P1, P2)."""
    customer = CustomerAdded(
        date=day,
        customer=CustomerId(request.customer),
        name=request.name,
        country=request.country,
        account=request.account or component_from(request.customer),
        locale=request.locale.replace("-", "_") if request.locale else None,
        seller=EntityId(request.seller) if request.seller else None,
    )
    bill_to = BillToAdded(
        date=day,
        customer=customer.customer,
        currency=request.currency or entity_named(books, request.seller, day).currency,
        name=request.name,
        attention=request.attention,
        email=request.email,
        address=request.address,
        tax_number=request.tax_number,
        payment_terms=request.payment_terms,
    )
    return customer, bill_to


PAYER_KINDS = ("stripe", "paypal", "iban", "email")
"""How imports name who paid: by the account at a processor or a bank, or by email."""


def payer_added(books: Books, request: AddPayer, day: date) -> PayerKnown:
    """Whom a payer pays for (Y6). An IBAN is written without spaces, in capitals, and an e-mail address in small letters."""
    kind, slash, name = request.payer.strip().partition("/")
    if slash and kind not in PAYER_KINDS:
        raise WrongUsage(
            f"No import looks for a payer by {kind}/, so {request.payer} would never be found.",
            rule="Y6: a payer is named as a bank statement or a processor names it.",
            instead="write it as stripe/cus_9, paypal/PAYERID, iban/DE02120300000000202051 or email/ap@acme.example",
        )
    if kind == "iban":
        name = re.sub(r"\s", "", name).upper()
    elif kind == "email":
        name = name.strip().lower()
    customer = books.catalog.customer(request.customer, day)
    if customer is None:
        raise Refused(f"There is no customer {request.customer} on {day}.", instead="billing-beans customer list")
    return PayerKnown(date=day, payer=f"{kind}{slash}{name}", customer=customer.customer)


def bill_to_added(books: Books, request: AddBillTo, day: date) -> BillToAdded:
    """The profile of a currency from this day on: as it was, or as in the customer's first currency, with what is given."""
    catalog = books.catalog
    customer = catalog.customer(request.customer, day)
    if customer is None:
        raise Refused(
            f"There is no customer {request.customer} on {day}.",
            rule="P2: a bill-to profile belongs to a customer.",
            instead="billing-beans customer list, or billing-beans customer add",
        )
    currencies = [request.currency, *catalog.bill_to_currencies(request.customer, day)]
    profiles = (catalog.bill_to_of(request.customer, one, day) for one in currencies)
    before = next((one for one in profiles if one is not None), None)
    if before is None and request.address is None:
        raise WrongUsage(
            f"{request.customer} has no profile yet from which the address could be taken.",
            rule="P2: an invoice is addressed by a bill-to profile.",
            instead="give it with --address",
        )
    base = without_envelope(before) if before else None
    base = base or BillToAdded(
        date=day, customer=customer.customer, currency=request.currency, name=customer.name, address=""
    )
    names = ("name", "address", "attention", "email", "tax_number", "country", "payment_terms")
    given = {name: getattr(request, name) for name in names}
    return replace(base, date=day, currency=request.currency, **given_values(base, given))
