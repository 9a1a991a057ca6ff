"""The text of a file. One encoding for all of it: a file in two is refused, with the line where the second one begins."""

from __future__ import annotations

import codecs

from billing_beans.core.errors import WrongUsage
from billing_beans.importers.bank.lines import unreadable

UTF_8 = "utf-8"


def decoded(data: bytes, name: str, encoding: str | None = None, fallback: str | None = None) -> str:
    """The text of a statement, without a byte order mark: in `encoding`, if it is given; else UTF-8, else `fallback`.

    Raises `WrongUsage`, with the line, for bytes that are no text in that encoding, and for text in two encodings.
    """
    if encoding is None and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    chosen = _known(encoding) if encoding else UTF_8
    try:
        text = data.decode("utf-8-sig" if chosen == UTF_8 else chosen)
    except UnicodeDecodeError as error:
        mixed = chosen == UTF_8 and _line_of_utf_8(data)
        if fallback and not encoding and not mixed:
            return decoded(data, name, fallback)
        raise _not_text(data, name, chosen, error.start, mixed or None) from None
    if chosen not in (UTF_8, "utf-16", "utf-16-le", "utf-16-be") and (line := _line_of_utf_8(data)):
        raise unreadable(
            name,
            line,
            f"this line is UTF-8 text, and not {chosen}: the file is in another encoding, or in two.",
            "leave --encoding out, or fetch the statement again in one encoding",
        )
    return text.removeprefix("\ufeff")


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise WrongUsage(
            f"{encoding!r} is no encoding that is known here.", instead="for example --encoding cp1252, or iso-8859-15"
        ) from None


def _not_text(data: bytes, name: str, encoding: str, start: int, mixed: int | None) -> WrongUsage:
    line = data.count(b"\n", 0, start) + 1
    what = f"byte {data[start : start + 1].hex()} is no {encoding} text"
    if mixed:
        return unreadable(name, line, f"{what}, but line {mixed} is: the file is in two encodings.")
    return unreadable(name, line, f"{what}.", "say which encoding it is, such as --encoding cp1252")


def _line_of_utf_8(data: bytes) -> int | None:
    """The first line that holds more than ASCII and is UTF-8 all the same: hardly any other text looks like it."""
    if data.isascii():
        return None
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            line.decode(UTF_8)
        except UnicodeDecodeError:
            continue
        return number
    return None
