"""Countries, time zones, locales, IBAN and BIC as the standards write them."""

import pytest

from billing_beans.catalog.standards import (
    currency_of,
    is_bic,
    is_country,
    is_iban,
    is_identifier,
    is_locale,
    is_time_zone,
    time_zone_of,
)


@pytest.mark.parametrize("code", ["SG", "DE", "US", "BV", "XK", "SS"])
def test_countries_of_iso_3166_are_known(code: str) -> None:
    assert is_country(code)


@pytest.mark.parametrize("code", ["", "sg", "SGP", "001", "ZZ", "XX", "EU", "UK", "SU"])
def test_what_is_no_country_of_iso_3166_is_not(code: str) -> None:
    assert not is_country(code)


@pytest.mark.parametrize(
    ("country", "zone", "currency"),
    [
        ("SG", "Asia/Singapore", "SGD"),
        ("DE", "Europe/Berlin", "EUR"),
        ("US", None, "USD"),
        ("PA", "America/Panama", None),
    ],
)
def test_time_zone_and_currency_follow_from_a_country_only_without_doubt(
    country: str, zone: str | None, currency: str | None
) -> None:
    assert (time_zone_of(country), currency_of(country)) == (zone, currency)


@pytest.mark.parametrize(
    ("iban", "valid"),
    [
        ("DE89370400440532013000", True),
        ("GB82 WEST 1234 5698 7654 32", True),
        ("DE89370400440532013001", False),
        ("DE98370400440532013000", False),
        ("de89370400440532013000", False),
        ("DE89", False),
        ("", False),
    ],
)
def test_iban_is_judged_by_form_and_check_digits(iban: str, valid: bool) -> None:
    assert is_iban(iban) is valid


@pytest.mark.parametrize(
    ("bic", "valid"),
    [("OCBCSGSG", True), ("DEUTDEFF500", True), ("OCBCXXSG", False), ("OCBCSGS", False), ("ocbcsgsg", False)],
)
def test_bic_is_judged_by_form_and_country(bic: str, valid: bool) -> None:
    assert is_bic(bic) is valid


def test_locales_and_time_zones_are_those_of_their_databases() -> None:
    assert [is_locale(name) for name in ("en_SG", "de", "xx_XX", "../en", "en-SG")] == [True, True, False, False, False]
    assert [is_time_zone(name) for name in ("Asia/Singapore", "UTC", "Singapore City", "America", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("text", ["a/b", ".hidden", "-a", "a b", "", "ä", "a" * 65, "a\n"])
def test_ids_are_fit_for_links_labels_and_file_names(text: str) -> None:
    assert not is_identifier(text)
    assert is_identifier("Acme_2.x-1")
