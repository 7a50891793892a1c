"""An element of a camt message as plain Python: names without namespaces, taken apart once.

Looking up a path in lxml costs a call an element, and an entry is looked at from many sides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.errors import Rejected
from hub.mappings.codecs import CONTROL
from hub.mappings.iso20022 import local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.errors import Place
    from hub.mappings.iso20022 import Element


ACCOUNTS: Final = (
    ("Id", "IBAN"),
    ("Id", "Othr", "Id"),
    ("Id", "PrtryAcct", "Id"),  # these three in the first versions
    ("Id", "BBAN"),
    ("Id", "UPIC"),
)
"""Where an account has its number."""


class Node(NamedTuple):
    """An element: its text, its `Ccy`, its children by name in the order of the file.

    `plain` is false if the text is interrupted, so that what `text` has is only its beginning.
    """

    text: str
    currency: str | None
    children: dict[str, list[Node]]
    plain: bool

    @classmethod
    def of(cls, element: Element) -> Node:
        """Return an element with all that is below it; comments are no children."""
        children: dict[str, list[Node]] = {}
        for one in element:
            tag = one.tag
            if isinstance(tag, str):
                children.setdefault(local_name(tag), []).append(cls.of(one))
        currency = element.get("Ccy")
        return cls(
            text_of(element), plain(currency) or None if currency else None, children,
            len(element) == 0,
        )  # fmt: skip

    @classmethod
    def entry(cls, element: Element) -> Node:
        """Return an entry of a statement; .01 has no `NtryDtls` around its details."""
        node = cls.of(element)
        names: tuple[str, ...] = ("Btch", "TxDtls")
        inner = {name: node.children[name] for name in names if name in node.children}
        if not inner:
            return node
        return node._replace(children={**node.children, "NtryDtls": [cls("", None, inner, False)]})

    def child(self, *path: str) -> Node | None:
        """Return the first element at a path below this one."""
        return next(self.all(*path), None)

    def only(self, name: str, place: Place) -> Node | None:
        """Return the child of a name; of two, one would be believed: `xml_element_twice`."""
        found = self.children.get(name, [])
        if len(found) > 1:
            raise Rejected("xml_element_twice", place=replace(place, field=name), element=name)
        return found[0] if found else None

    def all(self, *path: str) -> Iterator[Node]:
        """Yield every element at a path below this one."""
        for one in self.children.get(path[0], ()):
            if len(path) == 1:
                yield one
            else:
                yield from one.all(*path[1:])

    def words(self, *path: str) -> str | None:
        """Return the first text at a path that is not empty."""
        name, *rest = path
        for one in self.children.get(name, ()):  # without a generator: it is asked all the time
            found = one.words(*rest) if rest else one.text
            if found:
                return found
        return None

    def account(self, *path: str) -> str | None:
        """Return the number of the account at a path."""
        return next((text for end in ACCOUNTS if (text := self.words(*path, *end))), None)

    def texts(self, *path: str) -> Iterator[str]:
        """Yield every text at a path that is not empty."""
        return (one.text for one in self.all(*path) if one.text)

    def below(self) -> Iterator[tuple[str, Node]]:
        """Yield every element below this one with its name."""
        for name, same in self.children.items():
            for one in same:
                yield name, one
                yield from one.below()


def text_of(element: Element) -> str:
    """Return an element's own text; control characters in it, such as line ends, are blanks."""
    return plain(element.text or "")


def plain(text: str) -> str:
    """Return a text without blanks at its ends, and with blanks for control characters."""
    text = text.strip()
    return text if text.isprintable() else CONTROL.sub(" ", text).strip()


def forget(element: Element) -> None:
    """Free what was read; a file of any number of entries then takes the memory of one."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
