"""The words of a document in the languages that have been translated; others show English ones (R4)."""

# ruff: noqa: RUF001 - the right apostrophe is how French and Italian write

from __future__ import annotations

from billing_beans.core.records import record

# Where the law wants the words "tax invoice" from a seller who is registered for the tax.
TAX_INVOICE_COUNTRIES = frozenset({"SG", "AU"})


@record
class Labels:
    """One language. Words in braces are filled in: `{base}`, `{date}`, `{page}`."""

    invoice: str
    tax_invoice: str
    draft: str
    void: str
    paid: str
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

    def title(self, country: str, *, registered: bool) -> str:
        """What an invoice of a seller in that country is called."""
        return self.tax_invoice if registered and country in TAX_INVOICE_COUNTRIES else self.invoice


ENGLISH = Labels(
    invoice="Invoice",
    tax_invoice="Tax Invoice",
    draft="Draft",
    void="Void",
    paid="Paid",
    partially_paid="Partially paid",
    test="Test: not a real document",
    number="Number",
    issued="Issued",
    drafted="Drafted",
    due="Due",
    order_reference="Your reference",
    amount_due="Amount due",
    total="Total",
    pay_by="pay by {date}",
    paid_on="Paid {date}",
    void_since="Void since {date}",
    draft_notice="Not yet issued: numbers may change",
    seller="From",
    buyer="Bill to",
    attention="Attn. {name}",
    tax_number="Tax no.",
    description="Description",
    quantity="Quantity",
    unit_price="Unit price",
    tax="Tax",
    amount="Amount",
    discount="Discount",
    exempt="exempt",
    no_lines="Nothing is charged.",
    subtotal="Subtotal",
    tax_on="on {base}",
    tax_total="Tax",
    credits="Credits used",
    payment="Payment",
    in_currency="In {currency} at {rate}",
    brought_forward="Brought forward",
    carried_forward="Carried forward",
    page_of="Page {page} of {pages}",
    notes="Notes",
    payment_details="Payment",
    holder="Account holder",
    bank="Bank",
    iban="IBAN",
    account="Account",
    bic="BIC",
    reference="Reference",
    scan_to_pay="Payment code: scan it with your banking app",
)

GERMAN = Labels(
    invoice="Rechnung",
    tax_invoice="Rechnung",
    draft="Entwurf",
    void="Storniert",
    paid="Bezahlt",
    partially_paid="Teilweise bezahlt",
    test="Test: kein echter Beleg",
    number="Nummer",
    issued="Rechnungsdatum",
    drafted="Entworfen",
    due="Fällig",
    order_reference="Ihr Zeichen",
    amount_due="Zu zahlen",
    total="Gesamtbetrag",
    pay_by="Fällig am {date}",
    paid_on="Bezahlt am {date}",
    void_since="Storniert am {date}",
    draft_notice="Noch nicht ausgestellt: Angaben können sich ändern",
    seller="Von",
    buyer="An",
    attention="z. Hd. {name}",
    tax_number="Steuernummer",
    description="Beschreibung",
    quantity="Menge",
    unit_price="Einzelpreis",
    tax="Steuer",
    amount="Betrag",
    discount="Rabatt",
    exempt="steuerfrei",
    no_lines="Es wird nichts berechnet.",
    subtotal="Nettobetrag",
    tax_on="auf {base}",
    tax_total="Steuer",
    credits="Verrechnetes Guthaben",
    payment="Zahlung",
    in_currency="In {currency} zum Kurs {rate}",
    brought_forward="Übertrag",
    carried_forward="Übertrag",
    page_of="Seite {page} von {pages}",
    notes="Hinweise",
    payment_details="Zahlung",
    holder="Kontoinhaber",
    bank="Bank",
    iban="IBAN",
    account="Konto",
    bic="BIC",
    reference="Verwendungszweck",
    scan_to_pay="Zahlcode: mit der Banking-App scannen",
)

FRENCH = Labels(
    invoice="Facture",
    tax_invoice="Facture",
    draft="Brouillon",
    void="Annulée",
    paid="Payée",
    partially_paid="Partiellement payée",
    test="Test : document non valable",
    number="Numéro",
    issued="Date d’émission",
    drafted="Rédigée le",
    due="Échéance",
    order_reference="Votre référence",
    amount_due="Net à payer",
    total="Total TTC",
    pay_by="À payer avant le {date}",
    paid_on="Payée le {date}",
    void_since="Annulée le {date}",
    draft_notice="Pas encore émise : sous réserve de modification",
    seller="De",
    buyer="Facturé à",
    attention="À l’attention de {name}",
    tax_number="N° TVA",
    description="Désignation",
    quantity="Quantité",
    unit_price="Prix unitaire",
    tax="TVA",
    amount="Montant HT",
    discount="Remise",
    exempt="exonéré",
    no_lines="Rien n’est facturé.",
    subtotal="Total HT",
    tax_on="sur {base}",
    tax_total="TVA",
    credits="Crédits utilisés",
    payment="Paiement",
    in_currency="En {currency} au cours de {rate}",
    brought_forward="Report",
    carried_forward="À reporter",
    page_of="Page {page} sur {pages}",
    notes="Remarques",
    payment_details="Règlement",
    holder="Titulaire",
    bank="Banque",
    iban="IBAN",
    account="Compte",
    bic="BIC",
    reference="Référence",
    scan_to_pay="Code de paiement : à scanner avec votre application bancaire",
)

SPANISH = Labels(
    invoice="Factura",
    tax_invoice="Factura",
    draft="Borrador",
    void="Anulada",
    paid="Pagada",
    partially_paid="Pagada en parte",
    test="Prueba: documento sin validez",
    number="Número",
    issued="Fecha de emisión",
    drafted="Redactada",
    due="Vencimiento",
    order_reference="Su referencia",
    amount_due="Importe pendiente",
    total="Total",
    pay_by="Vence el {date}",
    paid_on="Pagada el {date}",
    void_since="Anulada el {date}",
    draft_notice="Aún no emitida: puede cambiar",
    seller="De",
    buyer="Facturar a",
    attention="A la atención de {name}",
    tax_number="NIF/IVA",
    description="Descripción",
    quantity="Cantidad",
    unit_price="Precio unitario",
    tax="Impuesto",
    amount="Importe",
    discount="Descuento",
    exempt="exento",
    no_lines="No se factura nada.",
    subtotal="Base imponible",
    tax_on="sobre {base}",
    tax_total="Impuestos",
    credits="Créditos usados",
    payment="Pago",
    in_currency="En {currency} al cambio de {rate}",
    brought_forward="Suma anterior",
    carried_forward="Suma y sigue",
    page_of="Página {page} de {pages}",
    notes="Notas",
    payment_details="Pago",
    holder="Titular",
    bank="Banco",
    iban="IBAN",
    account="Cuenta",
    bic="BIC",
    reference="Referencia",
    scan_to_pay="Código de pago: escanéelo con su aplicación bancaria",
)

ITALIAN = Labels(
    invoice="Fattura",
    tax_invoice="Fattura",
    draft="Bozza",
    void="Annullata",
    paid="Pagata",
    partially_paid="Pagata in parte",
    test="Prova: documento non valido",
    number="Numero",
    issued="Data di emissione",
    drafted="Redatta",
    due="Scadenza",
    order_reference="Vostro riferimento",
    amount_due="Importo dovuto",
    total="Totale",
    pay_by="Scade il {date}",
    paid_on="Pagata il {date}",
    void_since="Annullata il {date}",
    draft_notice="Non ancora emessa: può cambiare",
    seller="Da",
    buyer="Intestata a",
    attention="Alla c.a. di {name}",
    tax_number="Partita IVA",
    description="Descrizione",
    quantity="Quantità",
    unit_price="Prezzo unitario",
    tax="IVA",
    amount="Importo",
    discount="Sconto",
    exempt="esente",
    no_lines="Nulla da addebitare.",
    subtotal="Imponibile",
    tax_on="su {base}",
    tax_total="IVA",
    credits="Crediti utilizzati",
    payment="Pagamento",
    in_currency="In {currency} al cambio {rate}",
    brought_forward="Riporto",
    carried_forward="A riportare",
    page_of="Pagina {page} di {pages}",
    notes="Note",
    payment_details="Pagamento",
    holder="Intestatario",
    bank="Banca",
    iban="IBAN",
    account="Conto",
    bic="BIC",
    reference="Causale",
    scan_to_pay="Codice di pagamento: da scansionare con l’app della banca",
)

DUTCH = Labels(
    invoice="Factuur",
    tax_invoice="Factuur",
    draft="Concept",
    void="Vervallen",
    paid="Betaald",
    partially_paid="Deels betaald",
    test="Test: geen geldig document",
    number="Nummer",
    issued="Factuurdatum",
    drafted="Opgesteld",
    due="Vervaldatum",
    order_reference="Uw kenmerk",
    amount_due="Te betalen",
    total="Totaal",
    pay_by="Te betalen vóór {date}",
    paid_on="Betaald op {date}",
    void_since="Vervallen op {date}",
    draft_notice="Nog niet verstuurd: kan nog wijzigen",
    seller="Van",
    buyer="Aan",
    attention="T.a.v. {name}",
    tax_number="Btw-nummer",
    description="Omschrijving",
    quantity="Aantal",
    unit_price="Prijs per stuk",
    tax="Btw",
    amount="Bedrag",
    discount="Korting",
    exempt="vrijgesteld",
    no_lines="Er wordt niets berekend.",
    subtotal="Subtotaal",
    tax_on="over {base}",
    tax_total="Btw",
    credits="Gebruikt tegoed",
    payment="Betaling",
    in_currency="In {currency} tegen {rate}",
    brought_forward="Transport",
    carried_forward="Transporteren",
    page_of="Pagina {page} van {pages}",
    notes="Opmerkingen",
    payment_details="Betaling",
    holder="Rekeninghouder",
    bank="Bank",
    iban="IBAN",
    account="Rekening",
    bic="BIC",
    reference="Kenmerk",
    scan_to_pay="Betaalcode: scan met uw bank-app",
)

ARABIC = Labels(
    invoice="فاتورة",
    tax_invoice="فاتورة ضريبية",
    draft="مسودة",
    void="ملغاة",
    paid="مدفوعة",
    partially_paid="مدفوعة جزئيًا",
    test="اختبار: مستند غير حقيقي",
    number="الرقم",
    issued="تاريخ الإصدار",
    drafted="تاريخ المسودة",
    due="تاريخ الاستحقاق",
    order_reference="مرجعكم",
    amount_due="المبلغ المستحق",
    total="الإجمالي",
    pay_by="يستحق في {date}",
    paid_on="دُفعت في {date}",
    void_since="أُلغيت في {date}",
    draft_notice="لم تصدر بعد: قد تتغير البيانات",
    seller="من",
    buyer="إلى",
    attention="عناية {name}",
    tax_number="الرقم الضريبي",
    description="الوصف",
    quantity="الكمية",
    unit_price="سعر الوحدة",
    tax="الضريبة",
    amount="المبلغ",
    discount="خصم",
    exempt="معفاة",
    no_lines="لا توجد رسوم.",
    subtotal="المجموع قبل الضريبة",
    tax_on="على {base}",
    tax_total="الضريبة",
    credits="رصيد مستخدم",
    payment="دفعة",
    in_currency="بعملة {currency} بسعر {rate}",
    brought_forward="ما قبله",
    carried_forward="ما بعده",
    page_of="صفحة {page} من {pages}",
    notes="ملاحظات",
    payment_details="الدفع",
    holder="صاحب الحساب",
    bank="البنك",
    iban="IBAN",
    account="رقم الحساب",
    bic="BIC",
    reference="المرجع",
    scan_to_pay="رمز الدفع: امسحه بتطبيق البنك",
)

CATALOGUE = {
    "ar": ARABIC,
    "de": GERMAN,
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "nl": DUTCH,
}


def labels_for(language: str) -> Labels:
    """The words of a language, or the English ones."""
    return CATALOGUE.get(language, ENGLISH)
