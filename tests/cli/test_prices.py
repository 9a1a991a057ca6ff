"""Prices of every model from the command line: added, written by hand, shown, quoted, sold (P2, U2)."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shell

METERED = """\
2026-01-01 custom "billing" "product" "api-calls"
  name: "API calls"
  revenue: "on-usage"
  tax-code: "SG-GST-9"
"""
BY_HAND = """
;; What enterprise pays, by hand.
2026-01-01 custom "billing" "price" "PRICE-9" "api-calls"
  model: "graduated"
  tiers: 2
2026-01-01 custom "billing" "price-tier" "PRICE-9" 1
  up-to: 10000
  unit-price: 0.0010 SGD

2026-01-01 custom "billing" "price-tier" "PRICE-9" 2
  unit-price: 0.0005 SGD
  flat-fee: 3.00 SGD
"""
TIERS = ("--tier", "10=10.00 SGD+2.00 SGD", "--tier", "20=5.00 SGD+3.00 SGD", "--tier", "rest=5.00 SGD + 3.00 SGD")
GRADUATED = ("price", "add", "api-calls", "--model", "graduated", *TIERS)


@pytest.fixture
def metered(shell: "Shell") -> "Shell":
    """Books with a product that is sold by what was used."""
    _by_hand(shell, METERED)
    return shell


def _by_hand(shell: "Shell", text: str) -> None:
    catalog = shell.root / "setup/catalog.beancount"
    catalog.write_text(catalog.read_text(encoding="utf-8") + text, encoding="utf-8")


def _amounts(shell: "Shell", *words: str) -> list[tuple[str, str]]:
    parts = shell.done("price", "quote", *words, "--json").json["result"]["parts"]
    return [(one["description"], one["amount"]) for one in parts]


def test_a_price_with_tiers_is_added_shown_quoted_sold_and_earned(metered: "Shell") -> None:
    added = metered.done(*GRADUATED).out
    assert "PRICE-6 of api-calls: graduated, 3 tiers from 2026-01-11 on." in added
    assert re.search(r"2 +11 to 20 +5\.00 SGD +3\.00 SGD\n", added)
    assert metered.done(*GRADUATED).out.startswith("Nothing to do")
    assert "graduated, 3 tiers" in metered.done("price", "list", "--product", "api-calls").out
    shown = metered.done("price", "show", "PRICE-6").out
    assert re.search(r"3 +from 21 +5\.00 SGD +3\.00 SGD\n", shown)

    quoted = metered.done("price", "quote", "api-calls", "21").out
    assert re.search(r"10 +API calls, 11 to 20 +5\.00 +50\.00\n", quoted)
    assert quoted.endswith("total 163.00 SGD, before tax\n")
    assert metered.journal() == ""

    drafted = metered.done("invoice", "draft", "acme", "api-calls", "21").out
    assert "subtotal 163.00" in drafted
    assert len(re.findall("x API calls", drafted)) == 6
    metered.done("invoice", "issue", "SG-2026-00001")
    assert metered.done("check").out.startswith("No problems")
    assert "Income:SG:Usage" in metered.journal()


def test_a_new_version_of_a_price_says_what_was_before(metered: "Shell") -> None:
    metered.done(*GRADUATED)
    words = ("price", "add", "api-calls", "0.02 SGD", "--included", "1000", "--from", "2026-02-01")
    said = metered.done(*words).out
    assert "PRICE-6 of api-calls: 0.02 SGD, 1,000 included from 2026-02-01 on." in said
    assert "before: graduated, 3 tiers from 2026-01-11 on" in said
    history = metered.done("price", "show", "PRICE-6").out
    assert "2026-02-01  sarah        model (none), unit-price 0.02 SGD, included 1000, tiers (none)" in history
    assert _amounts(metered, "api-calls", "1500", "--date", "2026-02-01") == [
        ("API calls, beyond 1,000 included", "10.00 SGD")
    ]


@pytest.mark.parametrize(
    ("words", "quantity", "amounts"),
    [
        (("9.00 SGD", "--package", "100", "--included", "10"), "211", ["27.00 SGD"]),
        (("99.00 SGD", "--model", "flat"), "5", ["99.00 SGD"]),
        (("0.02 SGD", "--minimum", "50.00 SGD", "--maximum", "60.00 SGD"), "100", ["2.00 SGD", "48.00 SGD"]),
        (("0.02 SGD", "--minimum", "50.00 SGD", "--maximum", "60.00 SGD"), "4000", ["60.00 SGD"]),
        (("--model", "volume", "--tier", "100=2.00 SGD", "--tier", "REST=1.00 SGD"), "100.5", ["100.50 SGD"]),
        (("--model", "volume", "--tier", "100=+2.00 SGD", "--tier", "rest=0.01 SGD"), "7", ["2.00 SGD"]),
        (("--rate", "1.3%"), "550", ["7.15 SGD"]),
        (("--rate", "0.013", "--event-minimum", "9.00 SGD"), "550", ["9.00 SGD"]),
        (
            ("--model", "graduated-percentage", "--tier", "1000=1%+200.00 SGD", "--tier", "rest=0.5%"),
            "3000",
            ["10.00 SGD", "200.00 SGD", "10.00 SGD"],
        ),
    ],
)
def test_each_model_is_added_and_quoted(
    metered: "Shell", words: tuple[str, ...], quantity: str, amounts: list[str]
) -> None:
    metered.done("price", "add", "api-calls", *words)
    assert [amount for _, amount in _amounts(metered, "api-calls", quantity)] == amounts
    assert metered.done("check").status == 0


def test_transactions_are_quoted_one_by_one(metered: "Shell") -> None:
    metered.done(
        *("price", "add", "api-calls", "2.00 SGD", "--rate", "1.3%"),
        "--free-events",
        "3",
        "--free-amount",
        "250.00 SGD",
    )
    events = [word for amount in ("50", "100", "250", "400") for word in ("--event", amount)]
    assert _amounts(metered, "api-calls", *events) == [
        ("API calls, 1.3 % of 550.00 SGD", "7.15 SGD"),
        ("API calls, fee for each transaction", "4.00 SGD"),
    ]


def test_a_quote_for_a_customer_is_by_its_agreement(shell: "Shell") -> None:
    assert _amounts(shell, "placement-credit", "3", "--customer", "acme") == [("Placement credits", "270.00 SGD")]
    assert _amounts(shell, "poster", "3", "--customer", "acme") == [("Poster", "26.97 SGD")]
    assert _amounts(shell, "handbook", "3", "--customer", "acme", "--currency", "usd") == [("Handbook", "57.00 USD")]


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        ((), 1, "api-calls has no price on 2026-01-11"),
        (("--currency", "EUR"), 1, "no price in EUR"),
        (("--customer", "nobody"), 1, "There is no customer nobody"),
        (("--event", "3"), 2, "either a quantity or the amounts"),
    ],
)
def test_what_can_not_be_quoted_is_refused(
    metered: "Shell", words: tuple[str, ...], status: int, complaint: str
) -> None:
    assert complaint in metered.refused("price", "quote", "api-calls", "5", *words, status=status)


def test_a_quote_names_where_there_are_prices(shell: "Shell") -> None:
    assert "--currency SGD" in shell.refused("price", "quote", "handbook", "5")
    assert "--country SG" in shell.refused("price", "quote", "placement-credit", "5")
    assert "-5 of handbook is below zero" in shell.refused(
        "price", "quote", "handbook", "-5", "--currency", "SGD", status=2
    )
    one_by_one = ("price", "quote", "poster", "--event", "3")
    assert [one[1] for one in _amounts(shell, *one_by_one[2:])] == ["29.97 SGD"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "A per-unit price needs PRICE"),
        (("--tier", "10=1.00 SGD"), "can be graduated"),
        (("--model", "graduated"), "A graduated price needs --tier"),
        (("--model", "package", "9.00 SGD"), "A package price needs --package"),
        (("--package", "10"), "A package price needs PRICE"),
        (("--model", "flat", "9.00 SGD", "--included", "5"), "A flat price has no use for --included"),
        (("--model", "graduated", "--tier", "10=10,00 SGD"), "did you mean 10.00 SGD"),
        (("--model", "graduated", "--tier", "10=10.00"), "'10.00' is no amount of money"),
        (("--model", "graduated", "--tier", "ten=10.00 SGD"), "'ten' is no number"),
        (("--model", "graduated", "--tier", "10 10.00 SGD"), "where it ends is missing"),
        (("--model", "graduated", "--tier", "=10.00 SGD"), "where it ends is missing"),
        (("--model", "graduated", "--tier", "10="), "it has no price"),
        (("--model", "graduated", "--tier", "10=+"), "is no amount of money"),
        (("--model", "graduated", "--tier", "10=1%"), "a rate is for --model graduated-percentage"),
        (("--model", "graduated-percentage", "--tier", "10=1.00 SGD"), "is no number"),
        (("--model", "stepped", "9.00 SGD"), "stepped"),
        (("9.00 SGD", "--minimum", "1.001 SGD"), "more decimals than SGD"),
    ],
)
def test_what_a_model_does_not_know_is_refused_with_the_right_form(
    metered: "Shell", words: tuple[str, ...], complaint: str
) -> None:
    said = metered.refused("price", "add", "api-calls", *words, status=2)
    assert complaint in said
    assert "Instead: " in said or "is not one of" in said


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("api-calls", "--model", "volume", "--tier", "20=1.00 SGD", "--tier", "10=1.00 SGD"), "the last and ends"),
        (("api-calls", "--model", "volume", "--tier", "9=1.00 SGD", "--tier", "rest=1.00 USD"), "in SGD and in USD"),
        (("api-calls", "--rate", "150%"), "the rate 1.5"),
        (("api-calls", "1.00 SGD", "--package", "0"), "packages of 0"),
        (("placement-credit", "--model", "volume", "--tier", "rest=1.00 SGD"), "grants PLACEMENT"),
        (("gig-credit", "5.00 SGD", "--minimum", "9.00 SGD", "--country", "MY"), "grants GIG"),
    ],
)
def test_a_price_that_its_checks_find_broken_is_not_written(
    metered: "Shell", words: tuple[str, ...], complaint: str
) -> None:
    assert complaint in metered.refused("price", "add", *words)


def test_a_price_with_tiers_may_be_written_by_hand(metered: "Shell") -> None:
    _by_hand(metered, BY_HAND)
    assert metered.done("check").out.startswith("No problems")
    assert _amounts(metered, "api-calls", "12000")[1:] == [
        ("API calls, from 10,001", "1.00 SGD"),
        ("API calls, flat fee of tier 2", "3.00 SGD"),
    ]
    metered.done("price", "add", "api-calls", "0.02 SGD", "--from", "2026-02-01")
    metered.done("rebuild")
    assert metered.done("check").out.startswith("No problems")
    assert "graduated, 2 tiers" in metered.done("price", "show", "PRICE-9").out


def test_an_invoice_of_a_past_price_does_not_move_with_it(metered: "Shell") -> None:
    metered.done(*GRADUATED)
    metered.done("invoice", "draft", "acme", "api-calls", "12")
    before = metered.done("invoice", "show", "SG-2026-00001", "--json").json["result"]
    metered.done("price", "add", "api-calls", "0.02 SGD", "--from", "2026-01-12")
    after = metered.done("invoice", "show", "SG-2026-00001", "--json").json["result"]
    assert before == after


def test_a_part_of_a_price_is_sold_anew_and_not_edited(metered: "Shell") -> None:
    metered.done(*GRADUATED)
    metered.done("invoice", "draft", "acme", "api-calls", "12")
    said = metered.refused("invoice", "edit", "SG-2026-00001", "--quantity", "1=5")
    assert '--remove 1 --remove 2 --remove 3 --remove 4 --add "api-calls QUANTITY"' in said
    again = [word for number in "1234" for word in ("--remove", number)]
    assert "subtotal 12.00" in metered.done("invoice", "edit", "SG-2026-00001", *again, "--add", "api-calls 1").out


def test_prices_are_imported_as_before_and_a_product_is_added_with_its_price(metered: "Shell", tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("product,price,currency\napi-calls,0.02,SGD\n", encoding="utf-8")
    assert "1 new" in metered.done("price", "import", str(prices)).out
    assert "1 known already" in metered.done("price", "import", str(prices)).out
    words = ("product", "add", "setup", "--name", "Set-up", "--revenue", "on-issue", "--tax-code", "SG-GST-9")
    assert "one costs 150.00 SGD" in metered.done(*words, "--price", "150.00 SGD").out
    assert "model" not in metered.files()["setup/catalog.beancount"]
    assert "tiers" not in metered.files()["setup/catalog.beancount"]


def test_what_a_maximum_lowered_is_credited_to_the_cent(metered: "Shell") -> None:
    metered.done(*GRADUATED, "--maximum", "140.00 SGD")
    drafted = metered.done("invoice", "draft", "acme", "api-calls", "21").out
    assert "API calls, 11 to 20, at most 140.00 SGD in all" in drafted
    assert "(less 12.00)" in drafted
    metered.done("invoice", "issue", "SG-2026-00001")
    metered.done("invoice", "credit", "SG-2026-00001", "--line", "3=5", "--reason", "an outage")
    note = metered.done("credit-note", "show", "CN-SG-2026-00001", "--json").json["result"]
    assert "19.00 SGD" in str(note)
    metered.done("invoice", "credit", "SG-2026-00001", "--reason", "the rest")
    assert metered.done("check").out.startswith("No problems")


def test_a_customer_with_several_currencies_is_quoted_in_its_sellers(shell: "Shell") -> None:
    assert _amounts(shell, "handbook", "2", "--customer", "acme") == [("Handbook", "50.00 SGD")]


def test_a_price_without_an_amount_says_that_several_sellers_need_a_currency(metered: "Shell") -> None:
    seller = ("--name", "Example GmbH", "--country", "DE", "--currency", "EUR", "--address", "1 Street")
    metered.done("entity", "add", "de", *seller)
    said = metered.refused("price", "add", "api-calls", "--model", "percentage", "--rate", "1%", status=2)
    assert "choose one with --currency" in said
