"""XML as a small tree that knows the line of each element. A document type declaration is refused before it is read.

Entities are how XML reads other files (XXE) and grows to gigabytes (billion laughs), and only a document type can declare
any. No statement of a bank has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from billing_beans.core.errors import WrongUsage
from billing_beans.importers.bank.lines import unreadable

MAX_DEPTH = 60
"""Deeper than any statement; a tree without end would use up the stack."""


class Node:
    """An element: its local name, its namespace, the line that it begins on, its attributes, its text, its children."""

    __slots__ = ("attributes", "children", "line", "namespace", "tag", "text")

    def __init__(self, name: str, line: int, attributes: dict[str, str]) -> None:
        self.namespace, _, self.tag = name.rpartition(" ")
        self.line = line
        self.attributes = attributes
        self.text = ""
        self.children: list[Node] = []

    def all(self, tag: str) -> Iterator[Node]:
        """The children of this name."""
        return (child for child in self.children if child.tag == tag)

    def first(self, *path: str) -> Node | None:
        """The first element at this path of names, or None."""
        if not path:
            return self
        for child in self.children:
            if child.tag == path[0]:
                found = child.first(*path[1:])
                if found is not None:
                    return found
        return None

    def words(self, *path: str) -> str:
        """The text of the first element at this path, or nothing."""
        found = self.first(*path)
        return found.text.strip() if found is not None else ""


def parse_xml(data: bytes, name: str) -> Node:
    """The root of a document. Raises `WrongUsage`, with the line, where it is not well formed or declares a type."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    tree = _Tree(parser, name)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise unreadable(name, error.lineno, f"this is no well-formed XML: {expat.ErrorString(error.code)}.") from None
    except (LookupError, ValueError) as error:
        raise unreadable(name, 1, f"this XML has an encoding that can't be read: {error}.") from None
    assert tree.root is not None
    return tree.root


class _Tree:
    """Builds nodes as the parser goes along."""

    def __init__(self, parser: expat.XMLParserType, name: str) -> None:
        self.root: Node | None = None
        self._parser = parser
        self._name = name
        self._open: list[Node] = []
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _refuse(self, *_what: object) -> None:
        raise WrongUsage(
            f"{self._name}:{self._parser.CurrentLineNumber}: this XML declares a document type, which is never read.",
            rule="Y6: text from outside is hostile; a document type can make a program read other files.",
            instead="fetch the statement again from the bank: no statement has a <!DOCTYPE",
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        node = Node(name, self._parser.CurrentLineNumber, attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        if len(self._open) == MAX_DEPTH:
            raise unreadable(self._name, node.line, f"this XML is more than {MAX_DEPTH} elements deep.")
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text
