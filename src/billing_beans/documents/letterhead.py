"""From whom and to whom a document goes, and how it is dressed: as an invoice has it, or as the catalogue is on a day (R4)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from billing_beans.core.errors import Refused
from billing_beans.core.records import record
from billing_beans.documents.conventions import locale_of, page_size_of, tax_number_label
from billing_beans.documents.model import DEFAULT_ACCENT, Party, PaymentDetails

if TYPE_CHECKING:
    from datetime import date

    from billing_beans.books import Books
    from billing_beans.catalog.facts import BillToAdded, CustomerAdded, LegalEntityAdded
    from billing_beans.invoicing.facts import InvoiceDrafted

IBAN_GROUP = 4


@record
class Letterhead:
    """How a document is dressed: from whom, to whom, in which language, on which paper."""

    currency: str
    seller: Party
    buyer: Party
    payment_details: PaymentDetails | None
    livemode: bool
    locale: str
    page_size: Literal["A4", "Letter"]
    logo: Path | None
    accent: str
    footer: tuple[str, ...]


def letterhead(books: Books, root: Path, *, seller: str, customer: str, currency: str, day: date) -> Letterhead:
    """The letterhead of a seller for a customer on that day; a payment is to quote the customer's id.

    A customer without a profile for the currency is addressed by the one for another, or by name alone. Raises `Refused` where seller
    or customer are unknown on the day, and as `livemode_of` and `logo_of` do.
    """
    entity = books.catalog.entity(seller, day)
    if entity is None:
        raise Refused(f"There is no legal entity {seller} on {day}.", instead="billing-beans entity list")
    buyer = books.catalog.customer(customer, day)
    if buyer is None:
        raise Refused(f"There is no customer {customer} on {day}.", instead="billing-beans customer list")
    currencies = [currency, *books.catalog.bill_to_currencies(customer, day)]
    profiles = (books.catalog.bill_to_of(customer, one, day) for one in currencies)
    return Letterhead(
        currency=currency,
        seller=_seller(entity),
        buyer=_buyer(buyer, next((one for one in profiles if one is not None), None)),
        payment_details=payment_details(
            entity.name, entity.bank_name, entity.account_number, entity.iban, entity.bic, customer
        ),
        livemode=livemode_of(books),
        locale=buyer.locale or locale_of(entity.country),
        page_size=page_size_of(entity.country),
        logo=logo_of(entity, root),
        accent=entity.accent or DEFAULT_ACCENT,
        footer=tuple((entity.footer or "").splitlines()),
    )


def letterhead_of(books: Books, draft: InvoiceDrafted, root: Path) -> Letterhead:
    """The letterhead of an invoice, and of the credit notes for it: seller and buyer as the draft has them (I1).

    Raises `Refused` as `livemode_of` and `logo_of` do.
    """
    entity = books.catalog.entity(draft.seller, draft.date)
    assert entity is not None
    country = draft.bill_to_country or ""
    seller = Party(
        draft.seller_name,
        address_lines(draft.seller_address),
        email=entity.email or "",
        tax_number=draft.seller_tax_number or "",
        tax_number_label=tax_number_label(draft.seller_country),
        country=draft.seller_country,
    )
    buyer = Party(
        draft.bill_to_name,
        address_lines(draft.bill_to_address),
        attention=draft.bill_to_attention or "",
        email=draft.bill_to_email or "",
        tax_number=draft.bill_to_tax_number or "",
        tax_number_label=tax_number_label(country),
        country=country,
    )
    return Letterhead(
        currency=draft.currency,
        seller=seller,
        buyer=buyer,
        payment_details=payment_details(
            draft.seller_name, draft.bank_name, draft.account_number, draft.iban, draft.bic, draft.invoice
        ),
        livemode=livemode_of(books),
        locale=draft.locale or locale_of(draft.seller_country),
        page_size=page_size_of(draft.seller_country),
        logo=logo_of(entity, root),
        accent=entity.accent or DEFAULT_ACCENT,
        footer=tuple((draft.footer or "").splitlines()),
    )


def _seller(entity: LegalEntityAdded) -> Party:
    return Party(
        entity.name,
        address_lines(entity.address),
        email=entity.email or "",
        tax_number=entity.tax_number or "",
        tax_number_label=tax_number_label(entity.country),
        country=entity.country,
    )


def _buyer(customer: CustomerAdded, profile: BillToAdded | None) -> Party:
    if profile is None:
        return Party(customer.name, country=customer.country or "")
    country = profile.country or customer.country or ""
    return Party(
        profile.name,
        address_lines(profile.address),
        attention=profile.attention or "",
        email=profile.email or "",
        tax_number=profile.tax_number or "",
        tax_number_label=tax_number_label(country),
        country=country,
    )


def livemode_of(books: Books) -> bool:
    """Whether the books are live. Raises `Refused` for books that don't say it (P4)."""
    declared = books.catalog.declared()
    if declared is None:
        raise Refused(
            "These books don't say what they are, so their documents can't say whether they are real.",
            rule="P4: a book says whether it is live or a test, and documents of a test book say so.",
            instead='add to setup/accounts.beancount: 2026-01-01 custom "billing" "book" "NAME", with its metadata '
            "organization, livemode and format",
        )
    return declared.livemode


def address_lines(text: str) -> tuple[str, ...]:
    """The lines of an address: as they were written, or, if it was written in one line, its parts between commas."""
    parts = text.splitlines() if "\n" in text.strip() else text.split(",")
    return tuple(part.strip() for part in parts if part.strip())


def payment_details(
    holder: str, bank: str | None, account: str | None, iban: str | None, bic: str | None, reference: str
) -> PaymentDetails | None:
    """Where to pay, None where the books don't say."""
    if not (bank or account or iban):
        return None
    return PaymentDetails(
        holder=holder,
        bank=bank or "",
        iban=_grouped(iban or ""),
        account=account or "",
        bic=bic or "",
        reference=reference,
    )


def _grouped(iban: str) -> str:
    """As it is written on paper: in groups of four."""
    bare = "".join(iban.split())
    return " ".join(bare[start : start + IBAN_GROUP] for start in range(0, len(bare), IBAN_GROUP))


def logo_of(entity: LegalEntityAdded, root: Path) -> Path | None:
    """The logo's file, which must lie in the books: a ledger from elsewhere shows nothing else of this machine."""
    if entity.logo is None:
        return None
    file = (root / entity.logo).resolve()
    if not file.is_relative_to(root.resolve()):
        raise Refused(
            f"The logo {entity.logo} of {entity.entity} lies outside of the books.",
            rule="R4: a document reads only its templates, their fonts and its logo, and no network",
            instead="put the file into the books, and name it by its path in them, such as templates/logo.svg",
        )
    if not file.is_file():
        raise Refused(
            f"There is no logo {entity.logo} in the books, which {entity.entity} names.",
            instead="put the file there, or correct the path: billing-beans entity",
        )
    return file
