"""Renders documents as PDF: the same bytes for the same document, fonts, templates and versions (R4).

WeasyPrint takes half a second to import, so it is imported when the first document is rendered and not before.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import warnings
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from billing_beans.core.errors import Refused
from billing_beans.documents import archive
from billing_beans.documents.fonts import (
    bundled_faces,
    environment,
    faces_in,
    only_fonts_of,
    quoted,
    style_sheet,
)
from billing_beans.documents.frame import MARGIN, PAGE_WIDTHS, PageStyle, Sheet
from billing_beans.documents.languages import labels_for
from billing_beans.documents.sheet import sheet_of
from billing_beans.documents.sources import Sources
from billing_beans.documents.templates import BUNDLED, Templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from billing_beans.documents.model import Document

VERSIONS_THAT_SHAPE = ("billing-beans", "weasyprint", "pydyf", "fonttools", "babel", "jinja2", "segno")
LONGEST_QUOTE = 60
NOT_SHAPING = frozenset({".py", ".pyc", ".md"})


def render_pdf(document: Document, *, templates: Path | None = None) -> bytes:
    """The PDF of a document. `templates` is the book's own folder, whose files go before the bundled ones.

    `Refused` where a character has no glyph, a template is broken, or something outside of the templates was to be read.
    """
    return renderer_for(templates).render(document)


def renderer_for(templates: Path | None = None) -> Renderer:
    """The process's one renderer for a folder of templates; a new one once a file in it has changed."""
    if templates is None or not templates.is_dir():
        return _renderer(None, ())
    return _renderer(templates, _signature(templates))


@lru_cache(maxsize=4)
def _renderer(templates: Path | None, _signature: tuple[tuple[str, int, int], ...]) -> Renderer:
    return Renderer(templates)


def _signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    found = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)


class Renderer:
    """Holds what is slow to make: fonts, parsed style sheets, compiled templates. One document at a time."""

    def __init__(self, templates: Path | None = None) -> None:
        self._templates = Templates(templates)
        self._faces = bundled_faces(BUNDLED / "fonts")
        if templates is not None:
            self._faces += faces_in(templates.resolve() / "fonts")
        self._page_styles: dict[PageStyle, Any] = {}
        self._lock = threading.Lock()
        self._weasyprint = _import_weasyprint()
        with only_fonts_of(BUNDLED / "fonts"):
            self._fonts = self._weasyprint.text.fonts.FontConfiguration()
        self._styles = [self._css(style_sheet(self._faces)), self._css(self._templates.text("document.css"))]

    def render(self, document: Document) -> bytes:
        """The PDF of a document; see `render_pdf`."""
        sheet = sheet_of(document)
        html = self.html(sheet)
        with self._lock, constant_epoch(document):
            return self._print(sheet, html)

    def html(self, sheet: Sheet) -> str:
        """The filled template, before it is laid out."""
        return self._templates.fill(f"{sheet.doc.kind}.html.j2", {"sheet": sheet, **_names(sheet)})

    def fingerprint(self) -> str:
        """What the bytes depend on beside the document: versions of libraries, fonts, templates. Changes when a byte may."""
        digest = hashlib.sha256()
        for package in VERSIONS_THAT_SHAPE:
            digest.update(f"{package} {version(package)}\n".encode())
        digest.update(f"{self._native_versions()}\n".encode())
        for folder in self._templates.folders:
            for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in NOT_SHAPING):
                digest.update(f"{path.relative_to(folder)} ".encode() + hashlib.sha256(path.read_bytes()).digest())
        return f"weasyprint-{version('weasyprint')}+{digest.hexdigest()[:32]}"

    def missing_libraries(self) -> tuple[str, ...]:
        """System libraries without which rendering is three times slower, as packages of Debian."""
        return () if self._weasyprint.text.ffi.harfbuzz_subset else ("libharfbuzz-subset0",)

    def _native_versions(self) -> str:
        ffi = self._weasyprint.text.ffi
        at_least = ffi.harfbuzz.hb_version_atleast
        harfbuzz: list[int] = []
        for rest in ((0, 0), (0,), ()):
            # The library says only whether it is at least some version: count each number up.
            harfbuzz.append(max(n for n in range(100) if n == 0 or at_least(*harfbuzz, n, *rest)))
        return f"pango {ffi.pango.pango_version()} harfbuzz {harfbuzz} subset {bool(ffi.harfbuzz_subset)}"

    def _print(self, sheet: Sheet, html: str) -> bytes:
        doc = sheet.doc
        sources = Sources(self._templates.folders, [doc.logo] if doc.logo else [])
        with _logged_errors() as errors, warnings.catch_warnings():
            # WeasyPrint leaves closing the colour profile's file to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            page = self._weasyprint.HTML(
                string=html, base_url=f"{self._templates.folders[0].as_uri()}/", url_fetcher=sources.fetcher()
            )
            laid_out = page.render(
                stylesheets=[*self._styles, self._page_style(sheet.frame.page_style)],
                font_config=self._fonts,
                pdf_variant=archive.PDF_VARIANT,
            )
            archive.declare(laid_out.metadata, archive.PDFUA)
            pdf: bytes = laid_out.write_pdf(
                pdf_variant=archive.PDF_VARIANT, pdf_identifier=_identifier(doc), finisher=archive.finish
            )
        _refuse_sources(sources, doc)
        _refuse_images(errors)
        _refuse_missing_glyphs({chr(code) for font in laid_out.fonts.values() for code in font.missing}, doc)
        return pdf

    def _page_style(self, style: PageStyle) -> Any:
        """Page rules, kept for each of the few sizes, directions and languages; parsing them costs more than a line of text."""
        if style not in self._page_styles:
            self._page_styles[style] = self._css(self._templates.fill("page.css.j2", _page_words(style)))
        return self._page_styles[style]

    def _css(self, text: str) -> Any:
        fetcher = Sources(self._templates.folders).fetcher()
        base = f"{self._templates.folders[0].as_uri()}/"
        return self._weasyprint.CSS(string=text, font_config=self._fonts, url_fetcher=fetcher, base_url=base)


@contextmanager
def constant_epoch(document: Document) -> Iterator[None]:
    """Where HarfBuzz can't subset fonts, fontTools does, and writes the time into them: let it be the document's."""
    dated = document.dated
    epoch = int(datetime(dated.year, dated.month, dated.day, tzinfo=UTC).timestamp())
    with environment("SOURCE_DATE_EPOCH", str(epoch)):
        yield


def _import_weasyprint() -> Any:
    with warnings.catch_warnings():
        # On a machine without any font WeasyPrint warns of ugly output; ours brings its fonts.
        warnings.simplefilter("ignore")
        import weasyprint  # type: ignore[import-untyped] # noqa: PLC0415
        import weasyprint.text.ffi  # type: ignore[import-untyped] # noqa: PLC0415
        import weasyprint.text.fonts  # type: ignore[import-untyped] # noqa: PLC0415
    return weasyprint


def _names(sheet: Sheet) -> dict[str, object]:
    """The sheet's parts by the short names that templates use."""
    return {"doc": sheet.doc, "labels": sheet.frame.labels, "f": sheet.frame.formats}


def _identifier(doc: Document) -> bytes:
    seller = f"{doc.seller.name}\n{doc.seller.tax_number}\n{doc.kind}\n{doc.number}"
    return hashlib.sha256(seller.encode()).hexdigest()[:32].encode()


def _page_words(style: PageStyle) -> dict[str, object]:
    """What the page rules show, as CSS: "Page 2 of 3" as a list of strings and counters."""
    labels = labels_for(style.language)
    counters = {"{page}": f"counter(page, {style.counter_style})", "{pages}": f"counter(pages, {style.counter_style})"}
    parts = re.split(r"(\{pages?\})", labels.page_of)
    page_of = " ".join(counters.get(part) or quoted(part) for part in parts if part)
    return {
        "style": style,
        "page_of": Markup(page_of),  # noqa: S704 - quoted above
        "test": Markup(quoted(labels.test)),  # noqa: S704 - quoted
        "width": PAGE_WIDTHS[style.page_size],
        "margin": MARGIN,
    }


class _Errors(logging.Handler):
    """WeasyPrint leaves out an image that it can't read and only logs it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    logger, handler = logging.getLogger("weasyprint"), _Errors()
    logger.addHandler(handler)
    try:
        yield handler.messages
    finally:
        logger.removeHandler(handler)


def _refuse_sources(sources: Sources, doc: Document) -> None:
    if not sources.refused:
        return
    if doc.logo and any(url.endswith(f"/{doc.logo.name}") for url in sources.refused):
        raise Refused(f"The logo {doc.logo} can't be read.", instead="put the file there, or correct its path")
    raise Refused(
        f"Document {doc.number} asked for {', '.join(dict.fromkeys(sources.refused))}.",
        rule="R4: a document reads only its templates, their fonts and its logo, and no network",
        instead="put the file into the templates folder and name it there",
    )


def _refuse_images(errors: list[str]) -> None:
    unread = [message for message in errors if message.startswith("Failed to load image")]
    if unread:
        raise Refused("; ".join(unread), instead="replace the image by an SVG or PNG file that opens in a browser")


def _refuse_missing_glyphs(missing: set[str], doc: Document) -> None:
    """Text without glyphs would show as boxes, though it can be copied: better no document than that one."""
    if not missing:
        return
    named = ", ".join(f"'{char}' (U+{ord(char):04X})" for char in sorted(missing))
    places = [f"  {path}: {_around(text, missing)}" for path, text in _texts(doc, "") if missing & set(text)]
    raise Refused(
        "\n".join((f"No font of the documents has {named}, in", *(places or ["  the template itself"]))),
        rule="R4: a document shows every character that it is given",
        instead="put a font that has them (such as Noto Sans CJK for Chinese, Japanese and Korean) as TTF, OTF or WOFF2 into "
        "the fonts/ folder of the books' templates/ folder",
    )


def _around(text: str, missing: set[str]) -> str:
    """Where in a long text the first of the characters stands."""
    first = min(position for position, char in enumerate(text) if char in missing)
    start = max(0, first - LONGEST_QUOTE // 2)
    return repr(text[start : start + LONGEST_QUOTE])


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a view model with the name of its field; lines are counted from one, as on paper."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for number, part in enumerate(value, start=1):
            yield from _texts(part, f"{path} {number}")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), f"{path} {field.name}".strip())
