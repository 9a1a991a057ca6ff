"""Money: the worked cases of rounding and of shares, the limits, and what holds for every amount."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import (
    Money,
    allocate,
    check_size,
    is_minor,
    minor_digits,
    parse_money,
    parse_number,
    quantum,
    round_money,
    times,
    unit_costs,
)


def amounts(text: str) -> list[Decimal]:
    return [Decimal(number) for number in text.split()]


def written(money: Money) -> str:
    return f"{money.number} {money.currency}"


ISO_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
        "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
        "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


@pytest.mark.parametrize(("digits", "currencies"), ISO_DIGITS.items())
def test_every_currency_has_the_minor_unit_of_iso_4217_whatever_cldr_says(digits: int, currencies: str) -> None:
    assert {currency: minor_digits(currency) for currency in currencies.split()} == dict.fromkeys(
        currencies.split(), digits
    )


@pytest.mark.parametrize("code", ["", "usd", "PLACEMENT", "ABC", "XXX", "XAU", "XTS", "US"])
def test_a_code_without_minor_units_is_refused_by_its_name(code: str) -> None:
    with pytest.raises(WrongUsage, match=f"'{code}' is no currency"):
        minor_digits(code)


@pytest.mark.parametrize(("currency", "expected"), [("USD", "0.01"), ("JPY", "1"), ("KWD", "0.001"), ("CLF", "0.0001")])
def test_the_quantum_is_one_minor_unit(currency: str, expected: str) -> None:
    assert str(quantum(currency)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("10.275", "10.28 USD"),
        ("0.005", "0.01 USD"),
        ("10.125", "10.13 USD"),
        ("-10.125", "-10.13 USD"),
        ("1000.5", "1001 JPY"),
        ("-100.5", "-101 JPY"),
        ("1.0005", "1.001 KWD"),
        ("1.00005", "1.0001 CLF"),
        ("17.9699999999999988631316", "17.97 USD"),
        ("14.28444999", "14.28 USD"),
        ("85.71556", "85.72 USD"),
        ("100", "100.00 USD"),
        ("1E+3", "1000.00 USD"),
        ("0", "0.00 USD"),
        ("-0.001", "0.00 USD"),
    ],
)
def test_rounding_is_half_away_from_zero_at_the_minor_unit(number: str, expected: str) -> None:
    assert written(round_money(Decimal(number), expected[-3:])) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("10.333333 10.333333 10.333333", "30.99 USD"),
        ("33.333333 33.333333 33.333334", "99.99 USD"),
        ("100.4 200.5 300.6", "602 JPY"),
        ("0.011 0.012 0.013 0.014 0.015", "0.06 USD"),
        ("10.333 10.333", "20.66 USD"),
    ],
)
def test_each_line_is_rounded_before_lines_are_added(lines: str, expected: str) -> None:
    currency = expected[-3:]
    total = sum((round_money(line, currency).number for line in amounts(lines)), Decimal(0))
    assert f"{total} {currency}" == expected


@pytest.mark.parametrize(
    ("number", "factor", "expected"),
    [
        ("123.456", "0.5", "61.73 USD"),
        ("1000", "0.003333", "3.33 USD"),
        ("100", "0.08875", "8.88 USD"),
        ("99.99", "0.20", "20.00 USD"),
        ("123.45", "0.0725", "8.95 USD"),
        ("999", "0.105", "105 JPY"),
        ("99.99", "0.08875", "8.87 USD"),
        ("99.99", "0.02125", "2.12 USD"),
        ("99.99", "0.005", "0.50 USD"),
        ("1.00", "0.001", "0.00 USD"),
        ("90.00", "0.10", "9.00 USD"),
        ("1000.00", "0.19", "190.00 EUR"),
        ("140", "0.05", "7.00 CAD"),
        ("140", "0.09975", "13.97 CAD"),
        ("1140", "0.05", "57.00 CAD"),
        ("1140", "0.09975", "113.72 CAD"),
        ("-100", "0.08875", "-8.88 USD"),
    ],
)
def test_tax_and_other_products_are_rounded_once(number: str, factor: str, expected: str) -> None:
    currency = expected[-3:]
    assert written(times(Decimal(number), Decimal(factor), currency)) == expected
    assert times(Money(Decimal(number), currency), Decimal(factor), currency) == times(
        Decimal(number), Decimal(factor), currency
    )


@pytest.mark.parametrize(
    ("net", "rates", "expected"),
    [
        ("99.99 USD", "0.08875 0.02125 0.005", "111.48 USD"),
        ("90.00 USD", "0.10", "99.00 USD"),
        ("1000.00 EUR", "0.19", "1190.00 EUR"),
        ("140.00 CAD", "0.05 0.09975", "160.97 CAD"),
        ("1140.00 CAD", "0.05 0.09975", "1310.72 CAD"),
    ],
)
def test_each_tax_of_a_total_is_rounded_alone(net: str, rates: str, expected: str) -> None:
    money = parse_money(net)
    taxes = sum((times(money, rate, money.currency).number for rate in amounts(rates)), Decimal(0))
    assert f"{money.number + taxes} {money.currency}" == expected


def test_a_product_may_be_in_another_currency() -> None:
    assert written(times(Money(Decimal("16841.90"), "USD"), Decimal("89.70"), "INR")) == "1510718.43 INR"


def test_products_are_exact_where_the_default_context_would_round() -> None:
    number, factor = Decimal("123456789012345.123456789012"), Decimal("987654321098765.987654321098")
    exact = "121932631137021315224811527532.08"
    assert str(times(number, factor, "USD").number) == exact
    with localcontext() as context:
        context.prec = 5
        assert str(times(number, factor, "USD").number) == exact
    assert str(round_money(Decimal("9" * 40 + ".995"), "USD").number) == "1" + "0" * 40 + ".00"


@pytest.mark.parametrize("number", ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "1E+600"])
def test_what_is_no_amount_is_never_rounded_to_one(number: str) -> None:
    with pytest.raises(WrongUsage, match="can't be an amount of USD"):
        round_money(Decimal(number), "USD")


def test_a_product_too_long_to_be_exact_is_refused() -> None:
    with pytest.raises(WrongUsage, match="too long to be reckoned exactly"):
        times(Decimal("1" * 300), Decimal("3" * 300), "USD")
    with pytest.raises(WrongUsage, match="too long to be reckoned exactly"):
        times(Decimal("Infinity"), Decimal(0), "USD")


@pytest.mark.parametrize(
    ("number", "currency", "expected"),
    [
        ("1.00", "USD", True),
        ("1", "USD", True),
        ("1E+2", "USD", True),
        ("-0.01", "USD", True),
        ("1.005", "USD", False),
        ("1.000", "USD", False),
        ("1.000", "KWD", True),
        ("1", "JPY", True),
        ("1.0", "JPY", False),
        ("NaN", "USD", False),
    ],
)
def test_minor_means_no_more_decimals_than_the_currency_has(number: str, currency: str, expected: bool) -> None:
    assert is_minor(Money(Decimal(number), currency)) is expected


SHARES = [
    ("15 JPY", "80 8 12", "13 1 1"),
    ("15 JPY", "80 15 5", "13 2 0"),
    ("100 JPY", "60 35.5 4.5", "61 35 4"),
    ("9 JPY", "1 2", "3 6"),
    ("200 JPY", "1 1", "100 100"),
    ("100.00 USD", "1 1 1", "33.34 33.33 33.33"),
    ("0.02 USD", "1 1 1", "0.01 0.01 0.00"),
    ("0.01 USD", "0 1 1", "0.00 0.01 0.00"),
    ("0.00 USD", "1 1", "0.00 0.00"),
    ("1.000 KWD", "1 2", "0.334 0.666"),
    ("100.00 USD", "0.0000000001 0.0000000002", "33.34 66.66"),
]


@pytest.mark.parametrize(("total", "weights", "expected"), SHARES)
def test_shares_are_cut_off_and_what_is_left_goes_to_the_first(total: str, weights: str, expected: str) -> None:
    shares = allocate(parse_money(total), amounts(weights))
    assert " ".join(str(share.number) for share in shares) == expected
    assert {share.currency for share in shares} == {total[-3:]}


@pytest.mark.parametrize(("total", "weights", "expected"), SHARES)
def test_shares_of_a_negative_amount_mirror_those_of_the_positive(total: str, weights: str, expected: str) -> None:
    shares = allocate(-parse_money(total), amounts(weights))
    assert [share.number for share in shares] == [-number for number in amounts(expected)]


@pytest.mark.parametrize("weights", ["", "0", "0 0", "1 -1", "-1", "1 NaN", "1 Infinity"])
def test_weights_that_share_nothing_out_are_refused(weights: str) -> None:
    with pytest.raises(WrongUsage, match="Nothing can be shared out by the weights"):
        allocate(Money(Decimal("1.00"), "USD"), amounts(weights))


@pytest.mark.parametrize("number", ["0.005", "1.000", "NaN"])
def test_only_minor_units_are_shared_out(number: str) -> None:
    with pytest.raises(WrongUsage, match="not in minor units"):
        allocate(Money(Decimal(number), "USD"), amounts("1 1"))


CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])
MINOR_UNITS = st.integers(0, 10**18)


def money_of(minor_units: int, currency: str) -> Money:
    return Money(Decimal(minor_units).scaleb(-minor_digits(currency)), currency)


@given(
    st.integers(-(10**18), 10**18),
    CURRENCIES,
    st.lists(st.decimals(0, 10**9, places=6), min_size=1, max_size=12).filter(any),
)
def test_shares_always_add_up_and_lie_within_one_minor_unit_of_the_exact_share(
    minor_units: int, currency: str, weights: list[Decimal]
) -> None:
    total = money_of(minor_units, currency)
    shares = allocate(total, weights)
    assert sum(share.number for share in shares) == total.number
    with localcontext(prec=60):
        for share, weight in zip(shares, weights, strict=True):
            assert is_minor(share)
            assert abs(share.number * sum(weights) - total.number * weight) <= quantum(currency) * sum(weights)
            assert weight or not share.number


@pytest.mark.parametrize(
    ("total", "units", "expected"),
    [
        ("100.00 USD", "3", "2 x 33.33 after 1 x 33.34"),
        ("900.00 SGD", "10", "10 x 90.00"),
        ("1000 JPY", "3", "2 x 333 after 1 x 334"),
        ("1.00 USD", "1", "1 x 1.00"),
        ("0.00 USD", "5", "5 x 0.00"),
        ("0.50 USD", "1", "1 x 0.50"),
        ("5.00 USD", "10", "10 x 0.50"),
        ("1.25 USD", "10", "10 x 0.12500000"),
        ("10.00 USD", "30", "20 x 0.33333333 after 10 x 0.33333334"),
        ("0.01 USD", "3", "2 x 0.00333333 after 1 x 0.00333334"),
        ("2 JPY", "3", "1 x 0.666666 after 2 x 0.666667"),
        ("0.01 USD", "1000000000", "999000000 x 0E-8 after 1000000 x 1E-8"),
        ("100.00 USD", "2.5", "2.5 x 40.00"),
        ("100.00 USD", "1.7", "1.1 x 58.82 after 0.6 x 58.83"),
        ("100.00 USD", "3.00", "2 x 33.33 after 1 x 33.34"),
        ("16.665 USD", "0.5", "0.5 x 33.33"),
        ("0.66666666 USD", "2", "2 x 0.33333333"),
        ("30.00 USD", "20", "20 x 1.50"),
    ],
)
def test_a_total_is_split_over_units_without_a_residual_the_dearer_first(total: str, units: str, expected: str) -> None:
    lots = unit_costs(parse_money(total), Decimal(units))
    expected_lots = [tuple(amounts(lot.replace(" x ", " "))) for lot in reversed(expected.split(" after "))]
    assert list(lots) == expected_lots
    assert [str(cost) for _, cost in lots] == [str(cost) for _, cost in expected_lots]


@given(MINOR_UNITS, CURRENCIES, st.decimals("0.000000000001", 10**12, places=12) | st.integers(1, 10**12).map(Decimal))
def test_lots_hold_all_units_and_are_worth_the_total_exactly(minor_units: int, currency: str, units: Decimal) -> None:
    total = Money(money_of(minor_units, currency).number % 10**15, currency)
    lots = unit_costs(total, units)
    with localcontext(prec=100):
        assert sum(lot_units for lot_units, _ in lots) == units
        assert sum(lot_units * cost for lot_units, cost in lots) == total.number
        assert 1 <= len(lots) <= 2
        assert all(lot_units > 0 and cost >= 0 for lot_units, cost in lots)
        assert [cost for _, cost in lots] == sorted({cost for _, cost in lots}, reverse=True)
        if units == units.to_integral_value():
            assert all(lot_units == lot_units.to_integral_value() for lot_units, _ in lots)


@pytest.mark.parametrize(
    ("total", "units", "message"),
    [
        ("1.00", "0", "can't be worth"),
        ("1.00", "-3", "can't be worth"),
        ("-0.01", "3", "can't be worth"),
        ("100.005", "3", "can't be worth 100.005 USD exactly"),
        ("NaN", "3", "no number"),
        ("1.00", "Infinity", "no number"),
        ("1.00", "0.0000000000001", "too long"),
    ],
)
def test_units_and_worth_that_make_no_lots_are_refused(total: str, units: str, message: str) -> None:
    with pytest.raises(WrongUsage, match=message):
        unit_costs(Money(Decimal(total), "USD"), Decimal(units))


@pytest.mark.parametrize("number", ["0", "-1.5", "9" * 15 + "." + "9" * 12, "-" + "9" * 15, "0.000000000001", "1E+14"])
def test_numbers_within_the_limits_are_taken_and_their_sums_are_exact(number: str) -> None:
    check_size(Decimal(number))
    tenfold = sum([Decimal(number)] * 10, Decimal(0))
    with localcontext(prec=60):
        assert tenfold == Decimal(number) * 10


@pytest.mark.parametrize("number", ["1" + "0" * 15, "1E+15", "0." + "0" * 12 + "1", "1." + "0" * 13, "1E-13"])
def test_numbers_beyond_the_limits_are_refused(number: str) -> None:
    with pytest.raises(WrongUsage, match="too long"):
        check_size(Decimal(number))
    with pytest.raises(WrongUsage, match="too long"):
        check_size(-Decimal(number))


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_no_numbers(number: str) -> None:
    with pytest.raises(WrongUsage, match="is no number"):
        check_size(Decimal(number))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1200", "1200"),
        ("1200.50", "1200.50"),
        ("-0.5", "-0.5"),
        (" 7 ", "7"),
        ("007", "7"),
        ("-0", "0"),
        ("-0.00", "0.00"),
    ],
)
def test_a_plain_number_is_read_as_it_stands(text: str, expected: str) -> None:
    assert str(parse_number(text)) == expected


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1,200.50", "did you mean 1200.50?"),
        ("1.200,50", "did you mean 1200.50?"),
        ("1200,5", "did you mean 1200.5?"),
        ("-1200,50", "did you mean -1200.50?"),
        ("1,200", "did you mean 1200 or 1.200?"),
        ("1,200,000", "did you mean 1200000?"),
        ("1.200.000", "did you mean 1200000?"),
        ("1.200.000,5", "did you mean 1200000.5?"),
        ("12,34,567.00", "did you mean 1234567.00?"),
        ("1 200", "did you mean 1200?"),
        ("1\u00a0200,50", "did you mean 1200.50?"),
        ("1'200.50", "did you mean 1200.50?"),
        ("1_200", "did you mean 1200?"),
        ("\u2212" + "5", "did you mean -5?"),
        (".5", "did you mean 0.5?"),
        ("5.", "did you mean 5?"),
        ("1,200,50", "such as 1200.50"),
        ("1e3", "such as 1200.50"),
        ("1E+3", "such as 1200.50"),
        ("NaN", "such as 1200.50"),
        ("Infinity", "such as 1200.50"),
        ("ten", "such as 1200.50"),
        ("+5", "such as 1200.50"),
        ("--5", "such as 1200.50"),
        ("\u0661\u0662\u0660\u0660", "such as 1200.50"),
        ("\uff11\uff12", "such as 1200.50"),
        ("", "such as 1200.50"),
        ("  ", "such as 1200.50"),
        (",", "such as 1200.50"),
    ],
)
def test_a_doubtful_number_is_refused_and_the_right_form_shown(text: str, right: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        parse_number(text)
    assert refused.value.instead.endswith(right)


def test_a_number_too_long_to_be_reckoned_with_is_refused() -> None:
    with pytest.raises(WrongUsage, match="too long"):
        parse_number("1" * 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("981.00 SGD", "981.00 SGD"),
        ("  981.00   SGD ", "981.00 SGD"),
        ("-5 USD", "-5 USD"),
        ("0.00012 USD", "0.00012 USD"),
        ("1200 JPY", "1200 JPY"),
    ],
)
def test_an_amount_is_read_as_in_a_ledger(text: str, expected: str) -> None:
    assert written(parse_money(text)) == expected


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1,200.50 SGD", "did you mean 1200.50 SGD?"),
        ("1 200,50 EUR", "did you mean 1200.50 EUR?"),
        ("1,200 EUR", "did you mean 1200 EUR or 1.200 EUR?"),
        ("SGD 981.00", "did you mean 981.00 SGD?"),
        ("981.00SGD", "did you mean 981.00 SGD?"),
        ("981.00 sgd", "did you mean 981.00 SGD?"),
        ("981.00", "such as 981.00 SGD"),
        ("SGD", "such as 981.00 SGD"),
        ("$5", "such as 981.00 SGD"),
        ("SGD 5 USD", "such as 1200.50 USD"),
        ("1e3 SGD", "such as 1200.50 SGD"),
        ("", "such as 981.00 SGD"),
        ("5 ABC", "such as SGD or USD"),
    ],
)
def test_a_doubtful_amount_is_refused_and_the_right_form_shown(text: str, right: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        parse_money(text)
    assert refused.value.instead.endswith(right)


@pytest.mark.parametrize(
    ("text", "expected"), [("100 SGD", "100.00 SGD"), ("981.50 SGD", "981.50 SGD"), ("7 JPY", "7 JPY")]
)
def test_what_is_paid_is_written_out_in_minor_units(text: str, expected: str) -> None:
    assert written(parse_money(text, minor=True)) == expected


@pytest.mark.parametrize(
    ("text", "right"), [("9.005 SGD", "9.01 SGD"), ("100.5 JPY", "101 JPY"), ("1.0000 KWD", "1.000 KWD")]
)
def test_what_is_paid_has_no_more_decimals_than_its_currency(text: str, right: str) -> None:
    with pytest.raises(WrongUsage, match="has more decimals") as refused:
        parse_money(text, minor=True)
    assert refused.value.instead.endswith(f"such as {right}")


@given(st.text(alphabet="0123456789.,-eE '+_\u0665", max_size=20))
def test_a_number_is_read_exactly_or_refused_never_guessed(text: str) -> None:
    try:
        number = parse_number(text)
    except WrongUsage:
        return
    assert set(text.strip()) <= set("-.0123456789")
    assert number == Decimal(text.strip())


@given(st.decimals(-(10**14), 10**14, places=8), CURRENCIES)
def test_rounding_moves_a_number_by_half_a_minor_unit_at_most_and_only_once(number: Decimal, currency: str) -> None:
    rounded = round_money(number, currency)
    assert is_minor(rounded)
    assert abs(rounded.number - number) * 2 <= quantum(currency)
    assert round_money(rounded.number, currency) == rounded
    assert round_money(-number, currency) == -rounded


@given(st.decimals(-(10**14), 10**14, places=4))
def test_what_is_written_is_read_back(number: Decimal) -> None:
    assert parse_money(f"{number:f} USD") == Money(number, "USD")
