"""What must hold of catalogue and parties."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from billing_beans.books import FORMAT, Books
from billing_beans.catalog import facts as kinds
from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Role, is_component, is_unit, place_of
from billing_beans.core.checks import check
from billing_beans.core.errors import BillingError
from billing_beans.core.money import minor_digits
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
)


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
    promise="P1: what changes is a new fact of a later date.",
    remedy="give the new version a later date; one of the two has to go where both are new",
)
def one_version_a_day(books: Books, fact: kinds.ProductAdded) -> Iterator[str]:
    if books.catalog.same_version(fact) is not None:
        yield f"{fact.shape.kind} {' '.join(fact.entities())} has two versions of {fact.date}"


@check(
    kinds.LegalEntityAdded,
    promise="B3: each legal entity has its accounts, its numbers and its currency.",
    remedy="correct the directive; see docs/ledger.md for what a legal entity says",
)
def sound_entity(books: Books, fact: kinds.LegalEntityAdded) -> Iterator[str]:
    yield from _component(fact.account, fact.entity)
    yield from _currency(fact.currency)
    try:
        NumberFormat(fact.invoice_format)
    except BillingError as error:
        yield error.what
    others = books.catalog.entities.range("account", fact.account)
    if taken := next((one.entity for one in others if one.entity != fact.entity), None):
        yield f"{fact.entity} and {taken} both have the account component {fact.account}"
    if any(one.account != fact.account for one in books.catalog.entities.range("versions", fact.entity)):
        yield f"{fact.entity} has another account component than before; accounts can't be renamed"


@check(
    kinds.CustomerAdded,
    promise="P1: each customer has accounts of its own.",
    remedy="give the customer an account component that nobody else has",
)
def sound_customer(books: Books, fact: kinds.CustomerAdded) -> Iterator[str]:
    yield from _component(fact.account, fact.customer)
    others = books.catalog.customers.range("account", fact.account)
    if taken := next((one.customer for one in others if one.customer != fact.customer), None):
        yield f"{fact.customer} and {taken} both have the account component {fact.account}"
    if any(one.account != fact.account for one in books.catalog.customers.range("versions", fact.customer)):
        yield f"{fact.customer} has another account component than before; accounts can't be renamed"
    if fact.seller is not None and not _known(books.catalog.entities, fact.seller, fact.date):
        yield f"{fact.customer} buys from {fact.seller}, which is no legal entity on {fact.date}"


@check(
    kinds.BillToAdded,
    promise="P2: an invoice is in the currency of a bill-to profile.",
    remedy="add the customer first, with the same date or an earlier one",
)
def sound_bill_to(books: Books, fact: kinds.BillToAdded) -> Iterator[str]:
    yield from _currency(fact.currency)
    if not _known(books.catalog.customers, fact.customer, fact.date):
        yield f"there is no customer {fact.customer} on {fact.date}"


@check(
    kinds.TaxCodeAdded,
    promise="P1: tax is a fraction of the net amount, held on an account of its own.",
    remedy="write the rate as a fraction (0.09 for 9 %) and the account as Liabilities:<entity>:Tax:...",
)
def sound_tax_code(books: Books, fact: kinds.TaxCodeAdded) -> Iterator[str]:
    if not 0 <= fact.rate < 1:
        yield f"{fact.tax_code} has the rate {fact.rate:f}"
    place = place_of(fact.account)
    if place is None or place.role is not Role.TAX:
        yield f"{fact.tax_code} names {fact.account}, which is no tax account"


@check(
    kinds.TaxRuleAdded,
    promise="P1: what is sold is taxed by a code of the catalogue.",
    remedy="add product and tax code first, with the same date or an earlier one",
)
def sound_tax_rule(books: Books, fact: kinds.TaxRuleAdded) -> Iterator[str]:
    if not _known(books.catalog.products, fact.product, fact.date):
        yield f"there is no product {fact.product} on {fact.date}"
    if not _known(books.catalog.tax_codes, fact.tax_code, fact.date):
        yield f"there is no tax code {fact.tax_code} on {fact.date}"


@check(
    kinds.ProductAdded,
    promise="P1: a product says how it is taxed, when its revenue counts and what it grants.",
    remedy="correct the directive; see docs/ledger.md for what a product says",
)
def sound_product(books: Books, fact: kinds.ProductAdded) -> Iterator[str]:
    for code in (fact.tax_code, fact.fee_tax_code):
        if code is not None and not _known(books.catalog.tax_codes, code, fact.date):
            yield f"{fact.product} names the tax code {code}, which is not known on {fact.date}"
    if (fact.revenue in (Revenue.ON_CONSUMPTION, Revenue.AGENT)) != (fact.entitlement is not None):
        yield f"{fact.product} has revenue {fact.revenue}; exactly on-consumption and agent products grant an entitlement"
    if fact.entitlement is not None and not is_unit(fact.entitlement):
        yield f"{fact.entitlement!r} can't be the unit of an entitlement: capitals, digits and dashes"
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
    kinds.PriceAdded,
    promise="P2: one price is valid for a product, country, currency and day.",
    remedy="end the other price first with active-until, or give the new one the same id and a later date",
)
def sound_price(books: Books, fact: kinds.PriceAdded) -> Iterator[str]:
    yield from _currency(fact.unit_price.currency)
    if fact.unit_price.number < 0:
        yield f"{fact.price} is below zero"
    if not _known(books.catalog.products, fact.product, fact.date):
        yield f"there is no product {fact.product} on {fact.date}"
    for other in books.catalog.prices.range("product", fact.product):
        same = (other.country, other.unit_price.currency) == (fact.country, fact.unit_price.currency)
        if same and other.price != fact.price and _overlap(other, fact):
            yield f"{fact.price} and {other.price} are both valid for {fact.product} from {max(fact.date, other.date)}"


def _overlap(one: kinds.PriceAdded, other: kinds.PriceAdded) -> bool:
    return (one.active_until or date.max) >= other.date and (other.active_until or date.max) >= one.date


@check(
    kinds.AgreementAdded,
    promise="P1: an agreement is with a known customer.",
    remedy="add the customer first, with the same date or an earlier one",
)
def sound_agreement(books: Books, fact: kinds.AgreementAdded) -> Iterator[str]:
    if not _known(books.catalog.customers, fact.customer, fact.date):
        yield f"there is no customer {fact.customer} on {fact.date}"
    if any(one.customer != fact.customer for one in books.catalog.agreements.range("versions", fact.agreement)):
        yield f"{fact.agreement} is an agreement with another customer already"


@check(
    kinds.AgreementTermAdded,
    promise="P2: a term belongs to an agreement and says price, fee rate or discount.",
    remedy="correct the term, or add agreement and product first",
)
def sound_term(books: Books, fact: kinds.AgreementTermAdded) -> Iterator[str]:
    if not _known(books.catalog.agreements, fact.agreement, fact.date):
        yield f"there is no agreement {fact.agreement} on {fact.date}"
    product = books.catalog.product(fact.product, fact.date)
    if product is None:
        yield f"there is no product {fact.product} on {fact.date}"
    elif product.revenue is Revenue.AGENT and fact.discount is not None:
        yield f"{fact.product} is sold as an agent: what is held for others can't be discounted"
    if fact.unit_price is not None and fact.unit_price.number < 0:
        yield f"{fact.agreement} prices {fact.product} below zero"
    if fact.discount is not None and not 0 <= fact.discount <= 1:
        yield f"{fact.agreement} discounts {fact.product} by {fact.discount:f}; write a fraction, 0.1 for 10 %"
    if fact.platform_fee_bps is not None and not 0 <= fact.platform_fee_bps <= 10_000:
        yield f"{fact.agreement} has a platform fee of {fact.platform_fee_bps} basis points"


def _component(text: str, of: str) -> Iterator[str]:
    if not is_component(text):
        yield f"{of} has the account component {text!r}: a capital or a digit, then letters, digits and dashes"


def _currency(code: str) -> Iterator[str]:
    try:
        minor_digits(code)
    except BillingError as error:
        yield error.what


def _known(table: object, key: str, on: date) -> bool:
    versions = table.range("versions", key)  # type: ignore[attr-defined]
    return any(version.date <= on for version in versions)
