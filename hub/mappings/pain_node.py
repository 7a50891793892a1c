"""Finds what the elements of an ISO 20022 order say, in whatever namespace they stand."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hub.mappings.camt_node import ACCOUNTS, plain

if TYPE_CHECKING:
    from lxml import etree

    Element = etree._Element  # noqa: SLF001 -- lxml has no public name for it

_ACCOUNTS: Final = ("Id/Othr/Id", *("/".join(path) for path in ACCOUNTS))
_BANKS: Final = (
    "ClrSysMmbId/MmbId",
    "BICFI",
    "BIC",
    "ClrSysMmbId/Id",  # these three in the first versions
    "CmbndId/ClrSysMmbId/Id",
    "CmbndId/BIC",
)


def find_in(element: Element | None, path: str) -> Element | None:
    """Return the first element at a path, in the namespace of the element."""
    return None if element is None else element.find(_path(_namespace(str(element.tag)), path))


def words(element: Element | None, path: str) -> str | None:
    """Return the text of the first element at a path; `None` if there is none or it is empty."""
    if element is None:
        return None
    found = element.findtext(_path(_namespace(str(element.tag)), path))
    return None if found is None else plain(found) or None


@lru_cache(maxsize=1024)
def _namespace(tag: str) -> str:
    return tag[: tag.rfind("}") + 1]


@lru_cache(maxsize=1024)
def _path(namespace: str, path: str) -> str:
    return "/".join(namespace + step for step in path.split("/"))


def all_words(element: Element, path: str) -> str | None:
    """Return the texts of all elements at a path, with blanks between them."""
    found = element.iterfind(_path(_namespace(str(element.tag)), path))
    return " ".join(filter(None, (plain(one.text or "") for one in found))) or None


def amount_in(element: Element) -> Element | None:
    """Return what a payment or debit is about.

    Of an equivalent (`EqvtAmt`) it is the amount given, in our currency; so it counts in the sums
    of a message, which ISO 20022 defines irrespective of currencies.
    """
    found = (find_in(element, path) for path in ("Amt/InstdAmt", "InstdAmt", "Amt/EqvtAmt/Amt"))
    return next((amount for amount in found if amount is not None), None)


def account(element: Element | None) -> str | None:
    """Return the number of an account: the bank's own, or an IBAN."""
    return next((text for path in _ACCOUNTS if (text := words(element, path))), None)


def bank(element: Element | None) -> str | None:
    """Return a bank's number of its clearing system, or its BIC; a bank not told is `None`."""
    for path in _BANKS:
        found = words(element, f"FinInstnId/{path}")
        if found:
            return found
    return None


def drop(element: Element) -> None:
    """Free a payment, and the one before it; what the group says of itself is read already."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
