"""The fonts of documents: the bundled ones, and those a book brings in its `templates/fonts/` (R4).

System fonts are left out on purpose: with them the same invoice would look different, and have other bytes, on another machine.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from billing_beans.core.errors import Refused
from billing_beans.core.records import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# In the order in which they are asked for a glyph. Each script is a family of its own: fonts of one name and weight would be taken
# for one file when the PDF is written.
SCRIPTS = (
    "latin",
    "latin-ext",
    "vietnamese",
    "greek",
    "greek-ext",
    "cyrillic",
    "cyrillic-ext",
    "arabic",
    "hebrew",
    "thai",
    "devanagari",
)
WEIGHTS = (400, 600)
SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".woff", ".woff2"})


@record
class Face:
    """One font file, under the family by which the style sheet asks for it. No weight: the file is for all of them."""

    family: str
    path: Path
    weight: int | None

    def rule(self) -> str:
        """Its `@font-face` rule."""
        weight = f"font-weight: {self.weight};" if self.weight else ""
        return f'@font-face {{ font-family: {quoted(self.family)}; {weight} src: url("{self.path.as_uri()}") }}'


def bundled_faces(folder: Path) -> list[Face]:
    """Noto Sans, a family for each script."""
    return [
        Face(f"Noto Sans {script}", folder / f"noto-sans-{script}-{weight}.ttf", weight)
        for script in SCRIPTS
        for weight in WEIGHTS
    ]


def faces_in(folder: Path) -> list[Face]:
    """The fonts somebody put into a folder, by name of file; unreadable ones are refused."""
    if not folder.is_dir():
        return []
    return [_face(path) for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]


def style_sheet(faces: list[Face]) -> str:
    """CSS that loads the faces, and asks for them in this order on pages and in their margins, which inherit from no element."""
    families = ", ".join(dict.fromkeys(quoted(face.family) for face in faces))
    rules = "\n".join(face.rule() for face in faces)
    return f"{rules}\nhtml {{ font-family: {families} }}\n@page {{ font-family: {families} }}\n"


def quoted(text: str) -> str:
    """A CSS string."""
    kept = "".join(char if char.isprintable() else " " for char in text)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ") + '"'


@contextmanager
def only_fonts_of(folder: Path) -> Iterator[None]:
    """While a font configuration is made inside, it finds no font of the system."""
    with environment("FONTCONFIG_FILE", str(folder / "fonts.conf")):
        yield


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """A variable of the environment, set inside and as before afterwards: C libraries take no arguments for these."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _face(path: Path) -> Face:
    """A book's own font. A variable one is for all weights; a static one for its own."""
    from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped] # noqa: PLC0415 - slow, and few books bring a font

    try:
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            family = font["name"].getBestFamilyName() or path.stem
            weight = None if "fvar" in font else min(900, max(100, round(font["OS/2"].usWeightClass, -2)))
    except (TTLibError, OSError, KeyError, AssertionError) as error:
        raise Refused(
            f"{path} can't be read as a font: {error}",
            instead="replace the file by a TTF, OTF or WOFF2 font, or remove it",
        ) from error
    return Face(family, path, weight)
