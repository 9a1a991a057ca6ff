"""Which bank statements are of which account, for beangulp and for Fava's import page. Put it beside main.beancount.

    python import.py identify downloads
    python import.py extract downloads --existing main.beancount >> bank.beancount
    python import.py archive downloads --destination documents/bank

Fava's import page asks for two lines in main.beancount (the folder is where it looks, and where it keeps what is dropped on it):

    2026-01-01 custom "fava-option" "import-config" "import.py"
    2026-01-01 custom "fava-option" "import-dirs" "downloads"

What customers paid is for `billing-beans import bank`, before: those lines come out as duplicates here.
"""

import beangulp

from billing_beans.importers.bank.ingest import CamtImporter, CsvImporter, Mt940Importer, OfxImporter

BANK = "Assets:SG:Bank:OCBC"

CONFIG = [
    CamtImporter(BANK),
    Mt940Importer(BANK),
    OfxImporter(BANK),
    CsvImporter(
        BANK,
        number="SG001",
        columns={"date": "Date", "amount": "Amount", "text": "Description", "name": "Name"},
        date_format="%d/%m/%Y",
        currency="SGD",
    ),
]

if __name__ == "__main__":
    beangulp.Ingest(CONFIG)()
