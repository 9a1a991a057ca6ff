"""Finds and fills the templates: those of the book's own `templates/` folder first, then the bundled ones (R4)."""

from __future__ import annotations

import itertools
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from billing_beans.core.errors import BillingError, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_FOLDER = "templates"
"""The folder of the books whose templates go before the bundled ones."""
BUNDLED = (Path(__file__).parent.parent / "templates").resolve()

# Control characters have no shape, and those that turn the direction of text could make an amount or a name read as another.
CONTROLS = (range(0x09), range(0x0B, 0x20), range(0x7F, 0xA0))
EMBEDDINGS_AND_ISOLATES = (range(0x202A, 0x202F), range(0x2066, 0x206A))
HARMFUL = dict.fromkeys(itertools.chain(*CONTROLS, *EMBEDDINGS_AND_ISOLATES))


class Templates:
    """Jinja, sandboxed: a book that came from elsewhere may lay out its documents, but runs nothing."""

    def __init__(self, own: Path | None) -> None:
        self.folders = [BUNDLED] if own is None else [own.resolve(), BUNDLED]
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self.folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_harmless,
        )

    def fill(self, name: str, context: Mapping[str, Any]) -> str:
        """The filled template; `Refused` with file and line where it is broken."""
        try:
            return self._environment.get_template(name).render(context)
        except BillingError:
            raise
        except TemplateSyntaxError as error:
            raise _broken(error.filename or name, error.lineno, error) from error
        except TemplateNotFound as error:
            raise _broken(*_place(error, name), f"there is no template '{error.name}'") from error
        except Exception as error:
            raise _broken(*_place(error, name), error) from error

    def text(self, name: str) -> str:
        """A file that is used as it is, such as the style sheet; the book's own before the bundled one."""
        return self.file(name).read_text(encoding="utf-8")

    def file(self, name: str) -> Path:
        """Where the file of that name is."""
        return next(path for folder in self.folders if (path := folder / name).is_file())


def _harmless(value: Any) -> Any:
    return value.translate(HARMFUL) if isinstance(value, str) and not isinstance(value, Markup) else value


def _place(error: BaseException, name: str) -> tuple[str, int]:
    """The innermost line of a template that the error went through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else (name, 0)


def _broken(file: str, line: int, reason: object) -> Refused:
    return Refused(
        f"The template is broken at {file}:{line}: {reason}",
        rule="R4: a customer's own template can replace any of them",
        instead="correct the line, or remove the file to use the bundled template",
    )
