"""Catalogue and parties from the command line (P1, P2, P3, P4, B3)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from billing_beans.cli.root import run

MAIN = """option "title" "Example"
plugin "billing_beans.plugins"
include "setup/accounts.beancount"
include "setup/catalog.beancount"
include "setup/customers.beancount"
include "journal/accounts.beancount"
include "journal/all.beancount"
"""
BOOK = """2026-01-01 custom "billing" "book" "example"
  organization: "Example Group"
  livemode: FALSE
  format: 1
"""
ENTITY = ("entity", "add", "sg", "--name", "Example Pte. Ltd.", "--address", "1 Raffles Place", "--country", "SG")
ACME = ("customer", "add", "acme", "--name", "Acme", "--address", "2 Shenton Way", "--country", "SG")
PLACEMENT = (
    *("product", "add", "placement-credit", "--name", "Placement credits", "--revenue", "on-consumption"),
    *("--tax-code", "SG-GST-9", "--entitlement", "PLACEMENT"),
)

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def books(tmp_path: Path) -> Path:
    root = tmp_path / "books"
    for name in ("setup/catalog", "setup/customers", "journal/accounts", "journal/all"):
        path = root / f"{name}.beancount"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (root / "main.beancount").write_text(MAIN)
    (root / "setup/accounts.beancount").write_text(BOOK)
    return root


@pytest.fixture
def command(books: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on the books: exit status, what it said, what it complained about."""
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T02:00:00Z")
    monkeypatch.setenv("BILLING_BEANS_SEED", "1")
    monkeypatch.setenv("BILLING_BEANS_ACTOR", "fin")
    monkeypatch.chdir(books)

    def execute(*words: str) -> tuple[int, str, str]:
        status = run([*words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return execute


@pytest.fixture
def stocked(command: Command) -> Command:
    """Books with a seller, a tax code and a product."""
    for words in (ENTITY, ("tax-code", "add", "SG-GST-9", "--rate", "9%"), PLACEMENT):
        assert command(*words)[0] == 0
    return command


def text_of(books: Path) -> dict[str, str]:
    return {str(path.relative_to(books)): path.read_text() for path in books.rglob("*.beancount")}


def refused(command: Command, books: Path, *words: str) -> str:
    """The refusal of a command, which must have written nothing."""
    before = text_of(books)
    status, _said, complaint = command(*words)
    assert status in (1, 2)
    assert text_of(books) == before
    return complaint


def test_book_show_says_whose_the_books_are_and_that_they_are_a_test(command: Command) -> None:
    status, said, _ = command("book", "show")
    assert status == 0
    assert "Example Group" in said
    assert "test" in said


def test_entity_add_takes_defaults_from_id_and_country_and_says_them(command: Command) -> None:
    status, said, _ = command(*ENTITY)
    assert status == 0
    for assumed in (
        "currency SGD",
        "time-zone Asia/Singapore",
        "account SG",
        "invoice-format SG-{year}-{sequence:05d}",
    ):
        assert assumed in said


def test_entity_add_opens_its_bank_account_once(command: Command, books: Path) -> None:
    command(*ENTITY, "--bank", "Assets:SG:Bank:OCBC")
    command("entity", "change", "sg", "--terms", "14", "--date", "2026-02-01")
    assert text_of(books)["journal/accounts.beancount"] == "2026-01-11 open Assets:SG:Bank:OCBC\n"


def test_the_day_of_a_catalogue_fact_is_the_local_day_of_the_entity(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_BEANS_NOW", "2026-01-11T20:00:00Z")
    assert "from 2026-01-12 on" in command(*ENTITY)[1]
    assert "from 2026-01-12 on" in command("tax-code", "add", "SG-GST-9", "--rate", "9%")[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--iban", "DE89 3704 0044 0532 0130 01"), "IBAN"),
        (("--bic", "OCBCXXSG"), "BIC"),
        (("--bank", "Assets:MY:Bank:Giro"), "Assets:SG:Bank"),
        (("--bank", "Assets:SG:Bank:my bank"), "Assets:SG:Bank"),
        (("--time-zone", "Singapore City"), "time zone"),
        (("--currency", "SGX"), "currency"),
        (("--invoice-format", "SG-{year}"), "{sequence}"),
        (("--terms", "-1"), "payment terms"),
        (("--accent", "blue"), "#1f4e79"),
    ],
)
def test_entity_add_refuses_what_no_entity_can_have(
    command: Command, books: Path, options: tuple[str, ...], words: str
) -> None:
    assert words in refused(command, books, *ENTITY, *options)


def test_two_entities_never_number_alike(command: Command, books: Path) -> None:
    command(*ENTITY, "--invoice-format", "INV-{sequence}")
    second = ("entity", "add", "my", "--name", "Example Sdn. Bhd.", "--address", "1 Jalan Ampang", "--country", "MY")
    assert "both number as INV-{sequence}" in refused(command, books, *second, "--invoice-format", "INV-{sequence}")
    assert command(*second)[0] == 0


def test_iban_and_bic_are_kept_without_spaces(command: Command, books: Path) -> None:
    command(*ENTITY, "--iban", "de89 3704 0044 0532 0130 00", "--bic", "deutdeff")
    assert 'iban: "DE89370400440532013000"' in text_of(books)["setup/catalog.beancount"]
    assert 'bic: "DEUTDEFF"' in text_of(books)["setup/catalog.beancount"]


def test_a_country_with_several_time_zones_needs_one_named(command: Command, books: Path) -> None:
    american = ("entity", "add", "us", "--name", "Example Inc.", "--address", "5 Main St", "--country", "US")
    assert "--time-zone" in refused(command, books, *american)
    assert command(*american, "--time-zone", "America/New_York")[0] == 0


@pytest.mark.parametrize("identifier", ["a b", "../etc", "", 'x"', "x}", "株式会社", "a\nb", "a" * 65, "-a"])
def test_ids_that_no_link_label_or_file_can_hold_are_refused(stocked: Command, books: Path, identifier: str) -> None:
    words = ("customer", "add", "--name", "X", "--address", "Y", "--account", "X", "--", identifier)
    assert "can't be" in refused(stocked, books, *words)


def test_hand_written_ids_and_countries_are_checked_too(stocked: Command, books: Path) -> None:
    customer = '2026-01-01 custom "billing" "customer" "a b"\n  name: "X"\n  account: "X"\n'
    price = '2026-01-11 custom "billing" "price" "P-1" "placement-credit"\n  country: "sg"\n  unit-price: 1.00 SGD\n'
    (books / "setup/customers.beancount").write_text(customer)
    with (books / "setup/catalog.beancount").open("a") as catalog:
        catalog.write(price)
    status, said, complaint = stocked("check")
    assert status == 3
    assert "'a b' can't be the id of a customer" in said + complaint
    assert "rite it as SG" in said + complaint


def test_text_from_outside_reads_back_as_it_was(stocked: Command) -> None:
    name = 'Müller "GmbH" } 株式会社 \\'
    assert stocked(*ACME[:4], name, *ACME[5:])[0] == 0
    assert json.loads(stocked("customer", "show", "acme", "--json")[1])["result"]["customer"]["name"] == name


def test_a_customer_and_its_profile_are_one_act(stocked: Command) -> None:
    facts = json.loads(stocked(*ACME, "--json")[1])["facts"]
    assert [one["kind"] for one in facts] == ["customer", "bill-to"]
    assert facts[0]["operation"] == facts[1]["operation"]
    assert facts[1]["currency"] == "SGD"


def test_adding_the_same_again_changes_nothing_and_something_else_is_refused(stocked: Command, books: Path) -> None:
    stocked(*ACME)
    before = text_of(books)
    status, said, _ = stocked(*ACME)
    assert (status, text_of(books)) == (0, before)
    assert "Nothing to do" in said
    assert "customer change acme" in refused(stocked, books, *ACME[:4], "Other", *ACME[5:])


def test_an_account_component_has_one_owner(stocked: Command, books: Path) -> None:
    stocked(*ACME)
    words = ("customer", "add", "Acme", "--name", "X", "--address", "Y")
    assert "both have the account component Acme" in refused(stocked, books, *words)


def test_bill_to_takes_what_is_not_given_from_the_profile_before(stocked: Command) -> None:
    stocked(*ACME, "--email", "ap@acme.example")
    stocked("customer", "bill-to", "acme", "USD", "--email", "")
    stocked("customer", "bill-to", "acme", "SGD", "--address", "3 Shenton Way", "--date", "2026-02-01")
    shown = json.loads(stocked("customer", "show", "acme", "--date", "2026-02-01", "--json")[1])["result"]["bill-to"]
    assert [(one["currency"], one["address"], one.get("email")) for one in shown] == [
        ("SGD", "3 Shenton Way", "ap@acme.example"),
        ("USD", "2 Shenton Way", None),
    ]


def test_a_profile_of_an_unknown_customer_is_refused(stocked: Command, books: Path) -> None:
    assert "no customer nobody" in refused(stocked, books, "customer", "bill-to", "nobody", "USD")


def test_a_change_is_a_version_of_a_later_date_and_the_past_stays(stocked: Command) -> None:
    stocked(*ACME)
    stocked("customer", "change", "acme", "--country", "MY", "--date", "2026-03-01")
    countries = [
        json.loads(stocked("customer", "list", "--date", day, "--json")[1])["result"][0]["country"]
        for day in ("2026-02-28", "2026-03-01")
    ]
    assert countries == ["SG", "MY"]


def test_a_product_changes_what_it_grants_from_a_day_on(stocked: Command, books: Path) -> None:
    change = ("product", "change", "placement-credit", "--date", "2026-02-01")
    assert "exactly on-consumption" in refused(stocked, books, *change, "--revenue", "on-issue")
    assert stocked(*change, "--revenue", "on-issue", "--entitlement", "", "--units", "1")[0] == 0
    shown = stocked("product", "show", "placement-credit", "--date", "2026-02-01")[1]
    assert "revenue on-issue, entitlement (none)" in shown


def test_a_change_of_nothing_is_refused_and_one_to_the_same_is_nothing_to_do(stocked: Command, books: Path) -> None:
    stocked(*ACME)
    assert "--help" in refused(stocked, books, "customer", "change", "acme")
    status, said, _ = stocked("customer", "change", "acme", "--country", "SG", "--date", "2026-02-01")
    assert (status, "Nothing to do" in said) == (0, True)


def test_two_versions_of_one_day_are_refused_with_the_next_day_as_the_way_out(stocked: Command, books: Path) -> None:
    stocked(*ACME)
    assert "--date 2026-01-12" in refused(stocked, books, "customer", "change", "acme", "--country", "MY")


def test_an_open_ended_price_gets_a_new_version(stocked: Command) -> None:
    stocked("price", "add", "placement-credit", "100.00 SGD")
    assert "PRICE-1" in stocked("price", "add", "placement-credit", "110.00 SGD", "--from", "2026-07-01")[1]
    amounts = [
        json.loads(stocked("price", "list", "--date", day, "--json")[1])["result"][0]["unit-price"]
        for day in ("2026-06-30", "2026-07-01")
    ]
    assert amounts == ["100.00 SGD", "110.00 SGD"]


def test_prices_of_other_countries_and_currencies_have_ids_of_their_own(stocked: Command) -> None:
    for number, words in enumerate((("100.00 SGD",), ("80.00 USD",), ("90.00 SGD", "--country", "MY")), start=1):
        assert f"PRICE-{number}" in stocked("price", "add", "placement-credit", *words)[1]


def test_prices_that_overlap_are_refused(stocked: Command, books: Path) -> None:
    stocked("price", "add", "placement-credit", "100.00 SGD")
    words = ("price", "add", "placement-credit", "80.00 SGD", "--id", "PRICE-9", "--from", "2026-02-01")
    assert "both valid for placement-credit from 2026-02-01" in refused(stocked, books, *words)


def test_a_price_may_follow_one_whose_last_version_ends(stocked: Command) -> None:
    stocked("price", "add", "placement-credit", "100.00 SGD")
    stocked("price", "add", "placement-credit", "100.00 SGD", "--from", "2026-02-01", "--until", "2026-03-31")
    status, said, _ = stocked("price", "add", "placement-credit", "120.00 SGD", "--from", "2026-04-01")
    assert status == 0
    assert "PRICE-2" in said


def test_a_price_keeps_its_product_country_and_currency(stocked: Command, books: Path) -> None:
    stocked("price", "add", "placement-credit", "100.00 SGD")
    words = ("price", "add", "placement-credit", "80.00 USD", "--id", "PRICE-1", "--from", "2026-02-01")
    assert "can't become that of" in refused(stocked, books, *words)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("placement-credit", "1,00 SGD"), "did you mean 1.00 SGD?"),
        (("placement-credit", "100"), "no amount of money"),
        (("nothing", "1.00 SGD"), "no product nothing"),
        (("placement-credit", "1.00 SGD", "--from", "2026-13-01"), "no day"),
        (("placement-credit", "1.00 SGD", "--until", "2026-01-10"), "earlier"),
        (("placement-credit", "1.00 SGD", "--country", "ZZ"), "ISO 3166"),
        (("placement-credit", "9" * 16 + ".00 SGD"), "too long"),
    ],
)
def test_prices_that_make_no_sense_are_refused(
    stocked: Command, books: Path, words: tuple[str, ...], complaint: str
) -> None:
    assert complaint in refused(stocked, books, "price", "add", *words)


def test_tax_codes_have_an_account_made_from_their_name(command: Command) -> None:
    command(*ENTITY)
    said = command("tax-code", "add", "SG-GST-9", "--rate", "9 %")[1]
    assert "9 %" in said
    assert "on Liabilities:SG:Tax:GST (assumed" in said


@pytest.mark.parametrize(
    "options", [("--rate", "9"), ("--rate", "-1%"), ("--rate", "9%", "--account", "Assets:SG:Tax")]
)
def test_impossible_tax_is_refused(stocked: Command, books: Path, options: tuple[str, ...]) -> None:
    assert refused(stocked, books, "tax-code", "add", "X", *options)


def test_a_tax_rule_needs_product_code_and_country(stocked: Command, books: Path) -> None:
    assert "ISO 3166" in refused(stocked, books, "tax-code", "rule", "placement-credit", "ZZ", "SG-GST-9")
    assert "no tax code NOPE" in refused(stocked, books, "tax-code", "rule", "placement-credit", "MY", "NOPE")
    assert stocked("tax-code", "rule", "placement-credit", "MY", "SG-GST-9")[0] == 0


def test_agreements_are_numbered_and_terms_shown(stocked: Command, books: Path) -> None:
    stocked(*ACME)
    assert "AG-1" in stocked("agreement", "add", "acme", "--until", "2026-12-31")[1]
    assert "AG-2" in stocked("agreement", "add", "acme", "--from", "2026-02-01")[1]
    stocked("agreement", "term", "AG-1", "placement-credit", "--discount", "10%")
    assert "less 10 %" in stocked("agreement", "show", "AG-1")[1]
    assert "AG-2" not in stocked("agreement", "list", "--customer", "acme")[1]
    assert "says nothing" in refused(stocked, books, "agreement", "term", "AG-2", "placement-credit")
    over = ("agreement", "term", "AG-2", "placement-credit", "--discount", "110%", "--date", "2026-02-01")
    assert "discounts" in refused(stocked, books, *over)


def test_dry_run_shows_the_directives_and_writes_nothing(stocked: Command, books: Path) -> None:
    before = text_of(books)
    status, said, _ = stocked(*ACME, "--dry-run")
    assert status == 0
    assert 'custom "billing" "bill-to" "acme" "SGD"' in said
    assert text_of(books) == before


CUSTOMERS = """\ufeffAccount No;Company;Street;City;Country;Currency
1001;"Müller ""GmbH"" }";Hauptstr. 1;Berlin;de;EUR
1001;"Müller ""GmbH"" }";Hauptstr. 1;Berlin;DE;USD
1002;Short row
1 3;Bad id;x;Berlin;DE;EUR
1004;=SUM(A1);x;Berlin;Germany;EUR
1005;Ōsaka 株式会社;"line 1
line 2";;JP;JPY
1006;;x;Berlin;DE;EUR
"""
MAPPED = ("--map", "customer=Account No", "--map", "address=Street")


def test_import_takes_the_good_rows_in_one_act_and_names_the_bad_ones(
    stocked: Command, books: Path, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS)
    status, said, complaint = stocked("customer", "import", str(file), *MAPPED, "--reject", str(tmp_path / "bad.csv"))
    assert status == 1
    assert "3 new, 4 refused" in said
    assert [line.split(":")[1] for line in complaint.splitlines()] == ["4", "5", "6", "9"]
    written = text_of(books)["setup/customers.beancount"]
    assert len({line for line in written.splitlines() if "operation:" in line}) == 1
    assert 'address: "line 1\\nline 2"' in written
    rejected = (tmp_path / "bad.csv").read_text().splitlines()
    assert rejected[0] == "Account No,Company,Street,City,Country,Currency,refused-line,refused-because"
    assert rejected[3].startswith("1004,'=SUM(A1),x,Berlin,Germany,EUR,6,")


def test_importing_the_same_rows_again_is_nothing_new(stocked: Command, books: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS)
    stocked("customer", "import", str(file), *MAPPED)
    before = text_of(books)
    assert "0 new, 3 known already, 4 refused" in stocked("customer", "import", str(file), *MAPPED)[1]
    assert text_of(books) == before


def test_corrected_rejects_can_be_imported(stocked: Command, tmp_path: Path) -> None:
    file, bad = tmp_path / "customers.csv", tmp_path / "bad.csv"
    file.write_text(CUSTOMERS)
    stocked("customer", "import", str(file), *MAPPED, "--reject", str(bad))
    bad.write_text(bad.read_text().replace("Germany", "DE"))
    assert "1 new, 3 refused" in stocked("customer", "import", str(bad), *MAPPED)[1]
    assert "=SUM(A1)" in stocked("customer", "list")[1]


def test_an_import_never_overwrites_its_own_file(stocked: Command, books: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS)
    assert "overwritten" in refused(stocked, books, "customer", "import", str(file), *MAPPED, "--reject", str(file))
    assert file.read_text() == CUSTOMERS


def test_an_import_with_an_idempotency_key_happens_once(stocked: Command, books: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("id,name,address\na,A,x\nb,B,y\n")
    assert "2 new" in stocked("customer", "import", str(file), "--idempotency-key", "K")[1]
    before = text_of(books)
    assert "done already" in stocked("customer", "import", str(file), "--idempotency-key", "K")[1]
    assert text_of(books) == before


def test_long_imports_say_how_far_they_are(stocked: Command, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("id\tname\taddress\n" + "".join(f"c{number}\tC\tx\n" for number in range(400)))
    status, said, complaint = stocked("customer", "import", str(file))
    assert (status, said) == (0, "Imported customers: 400 new.\n")
    assert "300 of 400 rows" in complaint


def test_products_and_their_prices_are_imported(stocked: Command, tmp_path: Path) -> None:
    products, prices = tmp_path / "products.csv", tmp_path / "prices.csv"
    products.write_text(
        "sku,name,revenue,tax code,entitlement\nsetup,Set-up,on-issue,SG-GST-9,\nseat,Seat,sometimes,SG-GST-9,\n"
    )
    prices.write_text(
        "sku,price,currency,country,from,until\nsetup,85.00,SGD,ID,2026-02-01,2026-06-30\n"
        'setup,88.00,SGD,ID,2026-07-01,\nsetup,100.00 SGD,,,,\nsetup,"1,000",SGD,MY,,\n'
    )
    assert "1 new, 1 refused" in stocked("product", "import", str(products))[1]
    assert "3 new, 1 refused" in stocked("price", "import", str(prices))[1]
    assert "3 known already" in stocked("price", "import", str(prices))[1]
    assert stocked("check")[0] == 0


def test_a_missing_column_is_named(stocked: Command, books: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("id,name\na,A\n")
    assert "no column for address" in refused(stocked, books, "customer", "import", str(file))


@pytest.mark.parametrize(
    "words",
    [
        ("entity", "show", "nobody"),
        ("tax-code", "show", "nobody"),
        ("product", "show", "nobody"),
        ("price", "show", "nobody"),
        ("agreement", "show", "nobody"),
        ("customer", "show", "nobody"),
    ],
)
def test_showing_what_is_not_there_is_refused_with_the_list(
    command: Command, books: Path, words: tuple[str, ...]
) -> None:
    assert f"billing-beans {words[0]} list" in refused(command, books, *words)


@pytest.mark.parametrize("noun", ["entity", "tax-code", "product", "price", "agreement", "customer"])
def test_lists_of_nothing_say_so(command: Command, noun: str) -> None:
    status, said, _ = command(noun, "list")
    assert status == 0
    assert said.startswith("No ")


def test_customer_show_says_what_is_owed(stocked: Command) -> None:
    stocked(*ACME)
    stocked("agreement", "add", "acme")
    stocked("price", "add", "placement-credit", "100.00 SGD")
    assert stocked("invoice", "draft", "acme", "placement-credit", "10")[0] == 0
    assert "Owed: nothing." in stocked("customer", "show", "acme")[1]
    assert stocked("invoice", "issue", "SG-2026-00001")[0] == 0
    assert "Owed: 1090.00 SGD." in stocked("customer", "show", "acme")[1]
