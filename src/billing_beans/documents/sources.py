"""Which files a document may read while it is rendered: templates, their fonts, its logo. Nothing else, and no network (R4)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from collections.abc import Iterable

TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".css": "text/css"}


class Sources:
    """Allows folders and single files, and remembers what was refused."""

    def __init__(self, folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._files = {file.resolve() for file in files}
        self.refused: list[str] = []

    def path(self, url: str) -> Path | None:
        """The allowed file that an address means, links followed; None for anything else."""
        try:
            parts = urlsplit(url)
            if parts.scheme != "file" or parts.netloc:
                return None
            path = Path(url2pathname(parts.path)).resolve()
        except (ValueError, OSError):
            return None
        allowed = path in self._files or any(path.is_relative_to(folder) for folder in self._folders)
        return path if allowed and path.is_file() else None

    def fetcher(self) -> Any:
        """As WeasyPrint asks for it."""
        from weasyprint.urls import URLFetcher, URLFetcherResponse  # type: ignore[import-untyped] # noqa: PLC0415

        sources = self

        class Fetcher(URLFetcher):  # type: ignore[misc]
            def fetch(self, url: str, headers: Any = None) -> Any:
                if url.startswith("data:"):
                    return super().fetch(url, headers)
                path = sources.path(url)
                if path is None:
                    sources.refused.append(url)
                    message = f"{url} may not be read by a document"
                    raise ValueError(message)
                kind = TYPES.get(path.suffix.lower(), "application/octet-stream")
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

        return Fetcher()
