"""What the words of a document are, for each language to say (R4). The languages stand in `languages/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing_beans.core.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where the law wants the words "tax invoice" from a seller who is registered for the tax.
TAX_INVOICE_COUNTRIES = frozenset({"SG", "AU"})
# Where what corrects an invoice of a registered seller is called an adjustment note: A New Tax System (GST) Act 1999, s 29-75.
ADJUSTMENT_NOTE_COUNTRIES = frozenset({"AU"})


@record
class ReminderWords:
    """The title of a reminder of one level, and its paragraphs; in them `{date}` is the day until which to pay."""

    title: str
    paragraphs: tuple[str, ...]


@record
class WalletWords:
    """The words of a statement of credits. `entries` are those for what moves credits; `{date}` is the last day of their validity.

    `expired` are those that can't be used any more, though they are not written off yet.
    """

    title: str
    unit: str
    entry: str
    kind: str
    paid: str
    free: str
    entries: Mapping[str, str]
    added: str
    used: str
    none: str
    available: str
    expired: str
    worth: str
    until: str
    expiry: str
    later: str
    never: str


@record
class Labels:
    """One language. Words in braces are filled in: `{base}`, `{date}`, `{page}`.

    `methods` are words for how a payment was made, `entries` those for what stands in a statement; `reminders` are the levels from
    the first to the last, which stands for all above it. `part_of_period` is filled with a number, and with all the days
    of the period as the language counts them: `19 of 31 days`.
    """

    invoice: str
    tax_invoice: str
    draft: str
    void: str
    paid: str
    credited_in_full: str
    partially_paid: str
    test: str
    number: str
    issued: str
    drafted: str
    due: str
    order_reference: str
    amount_due: str
    total: str
    pay_by: str
    paid_on: str
    void_since: str
    draft_notice: str
    seller: str
    buyer: str
    attention: str
    tax_number: str
    description: str
    quantity: str
    unit_price: str
    tax: str
    amount: str
    discount: str
    free_credits: str
    service_period: str
    unused_period: str
    unused_days: str
    part_of_period: str
    share_of_period: str
    subscription: str
    with_bonus: str
    valid_for: str
    exempt: str
    no_lines: str
    subtotal: str
    tax_on: str
    tax_total: str
    credits: str
    payment: str
    in_currency: str
    brought_forward: str
    carried_forward: str
    page_of: str
    notes: str
    payment_details: str
    holder: str
    bank: str
    iban: str
    account: str
    bic: str
    reference: str
    scan_to_pay: str
    credit_note: str
    adjustment_note: str
    corrects: str
    of_date: str
    reason: str
    total_credited: str
    set_against: str
    on_account: str
    to_account: str
    to_credits: str
    receipt: str
    received: str
    received_on: str
    received_from: str
    received_by: str
    method: str
    methods: Mapping[str, str]
    paid_by: str
    settled: str
    none_settled: str
    statement: str
    customer: str
    addressee: str
    period: str
    span: str
    date: str
    entry: str
    entries: Mapping[str, str]
    charged: str
    credited: str
    balance: str
    opening_balance: str
    closing_balance: str
    no_entries: str
    balance_due: str
    balance_yours: str
    balance_none: str
    as_of: str
    aging: str
    aging_current: str
    aging_days: str
    aging_over: str
    reminders: tuple[ReminderWords, ...]
    greeting: str
    regards: str
    overdue_days: str
    still_open: str
    total_open: str
    pay_until: str
    wallet: WalletWords

    def title(self, country: str, *, registered: bool) -> str:
        """What an invoice of a seller in that country is called."""
        return self.tax_invoice if registered and country in TAX_INVOICE_COUNTRIES else self.invoice

    def credit_title(self, country: str, *, registered: bool) -> str:
        """What a credit note of a seller in that country is called."""
        return self.adjustment_note if registered and country in ADJUSTMENT_NOTE_COUNTRIES else self.credit_note

    def reminder(self, level: int) -> ReminderWords:
        """The words of a reminder of that level, counted from one."""
        return self.reminders[min(max(level, 1), len(self.reminders)) - 1]
