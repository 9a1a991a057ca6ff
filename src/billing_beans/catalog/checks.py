"""What must hold of catalogue and parties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from billing_beans.books import FORMAT, Books
from billing_beans.catalog import facts as kinds
from billing_beans.catalog.facts import Revenue
from billing_beans.catalog.known import ends_later, is_known, sound_country, sound_currency, unknown
from billing_beans.catalog.standards import (
    AN_ID,
    IDS,
    is_bic,
    is_iban,
    is_identifier,
    is_locale,
    is_time_zone,
)
from billing_beans.core.accounts import Role, is_component, is_unit, place_of
from billing_beans.core.checks import Broken, check
from billing_beans.core.errors import BillingError
from billing_beans.core.money import is_currency
from billing_beans.invoicing.numbering import NumberFormat

CATALOGUE = (
    kinds.LegalEntityAdded,
    kinds.TaxCodeAdded,
    kinds.TaxRuleAdded,
    kinds.ProductAdded,
    kinds.PriceAdded,
    kinds.AgreementAdded,
    kinds.AgreementTermAdded,
    kinds.CustomerAdded,
    kinds.BillToAdded,
    kinds.TopUpRuleAdded,
    kinds.PlanAdded,
)
_PAYER = re.compile(r"[a-z][a-z0-9-]*/\S(.*\S)?")


LONGEST_TERMS = 3650
"""Days until an invoice is due; more than ten years is a typing error."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@check(
    kinds.BookDeclared,
    promise="P4: a book says once what it is, and live and test books never mix.",
    remedy='keep one `custom "billing" "book"` directive, in setup/accounts.beancount',
)
def one_book(books: Books, fact: kinds.BookDeclared) -> Iterator[str]:
    declared = books.catalog.declared()
    if declared is not None:
        yield f"the book is declared again, as {fact.book}; it is {declared.book} already"
    if fact.format != FORMAT:
        yield f"the book {fact.book} has format {fact.format}, and this release reads format {FORMAT}"


@check(
    *CATALOGUE,
    promise=IDS,
    remedy=AN_ID,
)
def sound_id(books: Books, fact: kinds.ProductAdded) -> Iterator[str]:
    identifier: str = getattr(fact, fact.shape.keys[0].name)
    if not is_identifier(identifier):
        yield f"{identifier!r} can't be the id of a {fact.shape.kind}"


@check(
    kinds.LegalEntityAdded,
    promise="B3: each legal entity has its accounts, its numbers and its currency.",
    remedy="correct what is wrong; docs/ledger.md says what a legal entity needs",
)
def sound_entity(books: Books, fact: kinds.LegalEntityAdded) -> Iterator[str | Broken]:
    yield from _said(fact.entity, name=fact.name, address=fact.address)
    yield from _component(fact.account, fact.entity)
    yield from sound_currency(fact.currency)
    yield from sound_country(fact.country)
    yield from _terms(fact.entity, fact.payment_terms)
    if not is_time_zone(fact.time_zone):
        yield f"{fact.entity} is in the time zone {fact.time_zone!r}, which the tz database doesn't know"
    if fact.accent is not None and not _COLOUR.fullmatch(fact.accent):
        yield f"{fact.entity} has the accent {fact.accent!r}; a colour is written like #1f4e79"
    yield from _formats(books, fact)
    yield from _bank(fact)
    others = books.catalog.entities.range("account", fact.account)
    if taken := next((one.entity for one in others if one.entity != fact.entity), None):
        yield f"{fact.entity} and {taken} both have the account component {fact.account}"
    if any(one.account != fact.account for one in books.catalog.entities.range("versions", fact.entity)):
        yield f"{fact.entity} has another account component than before; accounts can't be renamed"


def _formats(books: Books, fact: kinds.LegalEntityAdded) -> Iterator[str]:
    for number_format in (fact.invoice_format, fact.credit_note_format):
        try:
            if number_format is not None:
                NumberFormat(number_format)
        except BillingError as error:
            yield error.what
    if fact.invoice_format == fact.credit_note_format:
        yield f"{fact.entity} numbers invoices and credit notes alike, as {fact.invoice_format}"
    own = {fact.invoice_format, fact.credit_notes_format}
    for other in books.catalog.entities.all():
        if other.entity != fact.entity and (same := own & {other.invoice_format, other.credit_notes_format}):
            yield f"{fact.entity} and {other.entity} both number as {min(same)}; numbers are unique in the book"


def _bank(fact: kinds.LegalEntityAdded) -> Iterator[str]:
    if fact.iban is not None and not is_iban(fact.iban):
        yield f"{fact.entity} has the IBAN {fact.iban!r}, whose form or check digits are wrong"
    if fact.bic is not None and not is_bic(fact.bic):
        yield f"{fact.entity} has the BIC {fact.bic!r}, which is none: 8 or 11 capitals and digits, with a country"
    if fact.bank is not None and not _is_account(fact.bank, Role.BANK, fact.account):
        yield f"{fact.entity} is paid into {fact.bank}, and its bank accounts are Assets:{fact.account}:Bank:..."


@check(
    kinds.CustomerAdded,
    promise="P1: a customer has a name, perhaps a place and a language, and accounts of its own.",
    remedy="give the customer an account component that nobody else has",
)
def sound_customer(books: Books, fact: kinds.CustomerAdded) -> Iterator[str | Broken]:
    yield from _said(fact.customer, name=fact.name)
    yield from _component(fact.account, fact.customer)
    yield from sound_country(fact.country)
    if fact.locale is not None and not is_locale(fact.locale):
        yield Broken(f"{fact.customer} has the locale {fact.locale!r}", "write language and country, such as en_SG")
    others = books.catalog.customers.range("account", fact.account)
    if taken := next((one.customer for one in others if one.customer != fact.customer), None):
        yield f"{fact.customer} and {taken} both have the account component {fact.account}"
    if any(one.account != fact.account for one in books.catalog.customers.range("versions", fact.customer)):
        yield f"{fact.customer} has another account component than before; accounts can't be renamed"
    if fact.seller is not None and not is_known(books.catalog.entities, fact.seller, fact.date):
        yield unknown("legal entity", fact.seller, fact.date)


@check(
    kinds.PayerKnown,
    promise="Y6: a payer, as a bank or a processor names it, pays for one known customer.",
    remedy="write it as stripe/cus_9, iban/DE02120300000000202051 or email/ap@acme.example, with a customer of the books",
)
def sound_payer(books: Books, fact: kinds.PayerKnown) -> Iterator[str]:
    if _PAYER.fullmatch(fact.payer) is None:
        yield f"{fact.payer!r} names no payer"
    elif fact.payer.startswith("iban/") and not is_iban(fact.payer.removeprefix("iban/")):
        yield f"{fact.payer} holds no IBAN"
    if books.catalog.customer(fact.customer, fact.date) is None:
        yield f"{fact.payer} pays for {fact.customer}, who is no customer on {fact.date}"


@check(
    kinds.BillToAdded,
    promise="P2: an invoice is addressed by a bill-to profile, in its currency.",
    remedy="correct what is wrong; docs/ledger.md says what a bill-to profile needs",
)
def sound_bill_to(books: Books, fact: kinds.BillToAdded) -> Iterator[str | Broken]:
    yield from _said(f"the {fact.currency} profile of {fact.customer}", name=fact.name, address=fact.address)
    yield from sound_currency(fact.currency)
    yield from sound_country(fact.country)
    yield from _terms(fact.customer, fact.payment_terms)
    if not is_known(books.catalog.customers, fact.customer, fact.date):
        yield unknown("customer", fact.customer, fact.date)


@check(
    kinds.TaxCodeAdded,
    promise="P1: tax is a fraction of the net amount, held on an account of its own.",
    remedy="write the rate as a fraction (0.09 for 9 %) and the account as Liabilities:<entity>:Tax:...",
)
def sound_tax_code(books: Books, fact: kinds.TaxCodeAdded) -> Iterator[str]:
    if not 0 <= fact.rate < 1:
        yield f"{fact.tax_code} has the rate {fact.rate:f}"
    if not _is_account(fact.account, Role.TAX):
        yield f"{fact.tax_code} names {fact.account}, which is no tax account"
    elif not is_known(books.catalog.entities, fact.account.split(":")[1], fact.date, "account"):
        yield f"{fact.tax_code} names {fact.account}, and no legal entity has the account component {fact.account.split(':')[1]}"


@check(
    kinds.TaxRuleAdded,
    promise="P1: what is sold is taxed by a code of the catalogue.",
    remedy="add product and tax code first, with the same date or an earlier one",
)
def sound_tax_rule(books: Books, fact: kinds.TaxRuleAdded) -> Iterator[str | Broken]:
    yield from sound_country(fact.country)
    if not is_known(books.catalog.products, fact.product, fact.date):
        yield unknown("product", fact.product, fact.date)
    if not is_known(books.catalog.tax_codes, fact.tax_code, fact.date):
        yield unknown("tax code", fact.tax_code, fact.date)


_RESERVED = frozenset({"TRUE", "FALSE", "NULL"})


@check(
    kinds.ProductAdded,
    promise="P1: a product says how it is taxed, when its revenue counts and what it grants.",
    remedy="correct what is wrong; docs/ledger.md says what a product needs",
)
def sound_product(books: Books, fact: kinds.ProductAdded) -> Iterator[str | Broken]:
    yield from _said(fact.product, name=fact.name)
    for code in (fact.tax_code, fact.fee_tax_code):
        if code is not None and not is_known(books.catalog.tax_codes, code, fact.date):
            yield unknown("tax code", code, fact.date)
    if (fact.revenue in (Revenue.ON_CONSUMPTION, Revenue.AGENT)) != (fact.entitlement is not None):
        yield f"{fact.product} has revenue {fact.revenue}; exactly on-consumption and agent products grant an entitlement"
    if fact.entitlement is not None and not is_unit(fact.entitlement):
        yield f"{fact.entitlement!r} can't be the unit of an entitlement: capitals, digits and dashes"
    if fact.entitlement is not None and (fact.entitlement in _RESERVED or fact.entitlement.endswith("-FEE")):
        yield f"{fact.entitlement!r} can't be the unit of an entitlement: it means something else in a ledger"
    if fact.entitlement is not None and is_currency(fact.entitlement):
        yield f"{fact.entitlement!r} can't be the unit of an entitlement: it is a currency"
    if fact.income is not None and not all(is_component(one) for one in fact.income.split(":")):
        yield f"{fact.product} earns on {fact.income!r}, which is no part of an account: Placement, Sales:Gig"
    if fact.units_per_quantity is not None and fact.units_per_quantity <= 0:
        yield f"{fact.product} grants {fact.units_per_quantity:f} units for each"
    if fact.revenue is Revenue.AGENT:
        yield from _sound_agent(books, fact)


def _sound_agent(books: Books, fact: kinds.ProductAdded) -> Iterator[str]:
    if fact.platform_fee_bps is None or fact.fee_tax_code is None:
        yield f"{fact.product} is sold as an agent and needs platform-fee-bps and fee-tax-code"
    elif not 0 <= fact.platform_fee_bps <= 10_000:
        yield f"{fact.product} has a platform fee of {fact.platform_fee_bps} basis points"
    code = books.catalog.tax_code(fact.tax_code, fact.date)
    if code is not None and code.rate != 0:
        yield f"{fact.product} is sold as an agent, and {fact.tax_code} taxes the principal; it must be exempt"


@check(
    kinds.AgreementAdded,
    promise="P1: an agreement is with a known customer.",
    remedy="add the customer first, with the same date or an earlier one",
)
def sound_agreement(books: Books, fact: kinds.AgreementAdded) -> Iterator[str | Broken]:
    yield from ends_later(fact.agreement, fact.date, fact.active_until)
    if not is_known(books.catalog.customers, fact.customer, fact.date):
        yield unknown("customer", fact.customer, fact.date)
    if any(one.customer != fact.customer for one in books.catalog.agreements.range("versions", fact.agreement)):
        yield Broken(f"{fact.agreement} is an agreement with another customer already", "choose another id with --id")


@check(
    kinds.AgreementTermAdded,
    promise="P2: a term belongs to an agreement and says price, fee rate or discount.",
    remedy="give --unit-price, --platform-fee-bps or --discount, as they are possible for the product",
)
def sound_term(books: Books, fact: kinds.AgreementTermAdded) -> Iterator[str | Broken]:
    if not is_known(books.catalog.agreements, fact.agreement, fact.date):
        yield unknown("agreement", fact.agreement, fact.date)
    product = books.catalog.product(fact.product, fact.date)
    if product is None:
        yield unknown("product", fact.product, fact.date)
    elif product.revenue is Revenue.AGENT and fact.discount is not None:
        yield f"{fact.product} is sold as an agent: what is held for others can't be discounted"
    if fact.unit_price is None and fact.discount is None and fact.platform_fee_bps is None:
        yield f"{fact.agreement} says nothing of {fact.product}: no unit price, no fee rate, no discount"
    if fact.unit_price is not None:
        yield from sound_currency(fact.unit_price.currency)
    if fact.unit_price is not None and fact.unit_price.number < 0:
        yield f"{fact.agreement} prices {fact.product} below zero"
    if fact.discount is not None and not 0 <= fact.discount <= 1:
        yield f"{fact.agreement} discounts {fact.product} by {fact.discount:f}; write a fraction, 0.1 for 10 %"
    if fact.platform_fee_bps is not None and not 0 <= fact.platform_fee_bps <= 10_000:
        yield f"{fact.agreement} has a platform fee of {fact.platform_fee_bps} basis points"


@check(
    *CATALOGUE,
    kinds.DunningLevelAdded,
    kinds.PayerKnown,
    kinds.CreditUnitAdded,
    kinds.PolicyChosen,
    promise="P1: what changes is a new fact of a later date.",
    remedy="one of the two has to go where both are new; else the later one gets a later date",
)
def one_version_a_day(books: Books, fact: kinds.ProductAdded) -> Iterator[Broken]:
    if books.catalog.same_version(fact) is not None:
        keys = " ".join(str(getattr(fact, field.name)) for field in fact.shape.keys)
        yield Broken(
            f"there is a version of {fact.shape.kind} {keys} of {fact.date} already",
            f"give the new version a later date, such as --date {fact.date + timedelta(days=1)}",
        )


def _component(text: str, of: str) -> Iterator[Broken]:
    if not is_component(text):
        yield Broken(
            f"{of} has the account component {text!r}", "write a capital or a digit, then letters, digits and dashes"
        )


def _is_account(account: str, role: Role, entity: str | None = None) -> bool:
    place = place_of(account)
    if place is None or place.role is not role or entity not in (None, place.entity):
        return False
    return all(map(is_component, (place.entity, *place.owner)))


def _said(of: str, **texts: str) -> Iterator[Broken]:
    for name, text in texts.items():
        if not text.strip():
            yield Broken(f"{of} has no {name}", f"give the {name} as it is to stand on invoices")


def _terms(of: str, days: int | None) -> Iterator[Broken]:
    if days is not None and not 0 <= days <= LONGEST_TERMS:
        yield Broken(f"{of} has payment terms of {days} days", f"give the days until it is due, 0 to {LONGEST_TERMS}")
