"""Writes ISO 20022 orders as a stream: pain.001 (credit transfers) and pain.008 (direct debits).

One message holds one group of payments (PmtInf) from, or to, one account of ours. Accounts are
numbers of the bank (Othr), banks their CNAPS numbers. Texts are held to the limits of the standard
before the message exists: 35 characters of the SWIFT set for identifications, 34 for accounts, 140
for names and remittance information.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lxml import etree

from hub.domain.money import yuan_text
from hub.errors import Place, Rejected
from hub.mappings.codecs import BLANKS, CONTROL
from hub.mappings.layout import Form
from hub.mappings.pain001 import CREDIT_TRANSFER, DIRECT_DEBIT, read_proven
from hub.mappings.pain_options import NAME_CHARS_MAX, PainOptions, official_schema
from hub.mappings.payout import refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading

    Element = etree._Element  # noqa: SLF001 -- lxml has no public name for it

WORDS: Final = (
    "item_no",
    "end_to_end_id",
    "account_no",
    "account_name",
    "bank_no",
    "amount_fen",
    "purpose",
)
"""The words of an item that a message carries."""

WORDS_OF_DEBIT: Final = (*WORDS, "mandate_no", "mandate_on")
"""Those of a direct debit."""

ID_CHARS_MAX: Final = 35
ACCOUNT_CHARS_MAX: Final = 34
_ID: Final = re.compile(r"(?!/)(?!.*//)[0-9A-Za-z/\-?:().,'+ ]{1,35}(?<!/)", re.ASCII)
_UNKNOWN_BANK: Final = "NOTPROVIDED"


def write(
    layout: Layout, head: Mapping[str, Any], items: Iterable[Mapping[str, Any]], out: BinaryIO
) -> dict[str, object]:
    """Write a message; return what its head must say when it is read."""
    message = _Message(layout, head)
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with (
            file.element("Document", nsmap={None: message.options.namespace}),
            file.element("CstmrCdtTrfInitn" if message.pays else "CstmrDrctDbtInitn"),
        ):
            file.write(message.header())
            with file.element("PmtInf"):
                for element in message.group():
                    file.write(element)
                for number, item in enumerate(items, start=1):
                    file.write("\n")
                    file.write(message.item(number, item))
    return {
        "header.message_id": message.text("message_id", ID_CHARS_MAX),
        "header.item_count": head["item_count"],
        "header.total_fen": head["total_fen"],
        "payment.requested_on": head["business_on"],
        "payment.account_no": message.text("debit_account_no", ACCOUNT_CHARS_MAX),
    }


def proven(layout: Layout, content: BinaryIO) -> Reading:
    """Begin to read a message that we wrote; it must be valid against its official schema."""
    kind = CREDIT_TRANSFER if layout.form is Form.PAIN001 else DIRECT_DEBIT
    return read_proven(layout, content, kind, official_schema(PainOptions.of(layout).message))


class _Message:
    """Builds the parts of one message; elements take the namespace of the document around them."""

    def __init__(self, layout: Layout, head: Mapping[str, Any]) -> None:
        self.options = PainOptions.of(layout)
        self.pays = layout.form is Form.PAIN001
        self._head = head
        # who pays and who is paid, in the words of each message
        self._ours, self._theirs = ("Dbtr", "Cdtr") if self.pays else ("Cdtr", "Dbtr")

    def text(self, name: str, most: int) -> str:
        """Return a text of the head; `payout_head_refused` if it cannot be written."""
        try:
            return _text(self._head.get(name), most, name, required=True)
        except Rejected as error:
            raise refused(error, None, name) from error

    def header(self) -> Element:
        header = etree.Element("GrpHdr")
        _add(header, "MsgId", _id(self.text("message_id", ID_CHARS_MAX), "message_id", None))
        _add(header, "CreDtTm", self._head["created_at"].isoformat(timespec="seconds"))
        _add(header, "NbOfTxs", str(self._head["item_count"]))
        _add(header, "CtrlSum", yuan_text(self._head["total_fen"]))
        party = _add(header, "InitgPty")
        _add(party, "Nm", self.text("debit_account_name", NAME_CHARS_MAX))
        if self._head.get("agency_code"):
            other = _path(party, "Id", "OrgId", "Othr")
            _add(other, "Id", self.text("agency_code", ID_CHARS_MAX))
        return header

    def group(self) -> list[Element]:
        """Return what stands before the payments of the group, in the order of the schema."""
        options, group = self.options, etree.Element("PmtInf")
        _add(group, "PmtInfId", self.text("message_id", ID_CHARS_MAX))
        _add(group, "PmtMtd", "TRF" if self.pays else "DD")
        if options.batch_booking is not None:
            _add(group, "BtchBookg", "true" if options.batch_booking else "false")
        _add(group, "NbOfTxs", str(self._head["item_count"]))
        _add(group, "CtrlSum", yuan_text(self._head["total_fen"]))
        if options.service_level or options.category_purpose:
            kind = _add(group, "PmtTpInf")
            for path, code in (
                ("SvcLvl", options.service_level),
                ("CtgyPurp", options.category_purpose),
            ):
                if code:
                    _add(_path(kind, path), "Cd", code)
        day = self._head["business_on"].isoformat()
        if self.pays and options.version != "001.001.03":
            _add(_path(group, "ReqdExctnDt"), "Dt", day)
        else:
            _add(group, "ReqdExctnDt" if self.pays else "ReqdColltnDt", day)
        _add(_path(group, self._ours), "Nm", self.text("debit_account_name", NAME_CHARS_MAX))
        account = self.text("debit_account_no", ACCOUNT_CHARS_MAX)
        _add(_path(group, f"{self._ours}Acct", "Id", "Othr"), "Id", account)
        self._bank(group, f"{self._ours}Agt", str(self._head.get("debit_bank_no") or ""))
        if options.charge_bearer:
            _add(group, "ChrgBr", options.charge_bearer)
        return list(group)

    def item(self, number: int, item: Mapping[str, Any]) -> Element:
        """Return one payment; `payout_item_refused` if it cannot be written."""
        number = int(item.get("item_no") or number)  # as people know it
        try:
            return self._item(number, item)
        except Rejected as error:
            raise refused(error, number, error.place.field) from error

    def _item(self, number: int, item: Mapping[str, Any]) -> Element:
        element = etree.Element("CdtTrfTxInf" if self.pays else "DrctDbtTxInf")
        identity = _add(element, "PmtId")
        if item.get("item_no") is not None:
            _add(identity, "InstrId", _id(str(item["item_no"]), "item_no", number))
        _add(identity, "EndToEndId", _id(str(item["end_to_end_id"]), "end_to_end_id", number))
        holder = _add(element, "Amt") if self.pays else element
        amount = _add(holder, "InstdAmt", yuan_text(item["amount_fen"]))
        amount.set("Ccy", self.options.currency)
        if not self.pays and item.get("mandate_no"):
            mandate = _path(element, "DrctDbtTx", "MndtRltdInf")
            _add(mandate, "MndtId", _id(str(item["mandate_no"]), "mandate_no", number))
            if item.get("mandate_on") is not None:
                _add(mandate, "DtOfSgntr", item["mandate_on"].isoformat())
        bank = _text(item.get("bank_no"), ID_CHARS_MAX, "bank_no", required=False)
        if bank or not self.pays:  # a direct debit must name a bank, even one that is not known
            self._bank(element, f"{self._theirs}Agt", bank)
        name = _text(
            item["account_name"], self.options.name_chars_max, "account_name", required=True
        )
        _add(_path(element, self._theirs), "Nm", name)
        account = _text(item["account_no"], ACCOUNT_CHARS_MAX, "account_no", required=True)
        _add(_path(element, f"{self._theirs}Acct", "Id", "Othr"), "Id", account)
        if self.options.purpose_code:
            _add(_path(element, "Purp"), "Cd", self.options.purpose_code)
        purpose = _text(item.get("purpose"), NAME_CHARS_MAX, "purpose", required=False)
        if purpose:
            _add(_path(element, "RmtInf"), "Ustrd", purpose)
        return element

    def _bank(self, parent: Element, tag: str, number: str) -> None:
        institution = _path(parent, tag, "FinInstnId")
        if not number:
            _add(_path(institution, "Othr"), "Id", _UNKNOWN_BANK)
            return
        member = _path(institution, "ClrSysMmbId")
        _add(_path(member, "ClrSysId"), "Cd", self.options.bank_scheme)
        _add(member, "MmbId", number)


def _add(parent: Element, tag: str, text: str | None = None) -> Element:
    element = etree.SubElement(parent, tag)
    element.text = text
    return element


def _path(parent: Element, *tags: str) -> Element:
    for tag in tags:
        parent = etree.SubElement(parent, tag)
    return parent


def _text(value: object, most: int, field: str, *, required: bool) -> str:
    text = "" if value is None else str(value).strip(BLANKS)
    place = Place(field=field)
    if not text and required:
        raise Rejected("field_missing", place=place)
    if len(text) > most:
        raise Rejected("field_too_long", place=place, chars=len(text), chars_max=most)
    found = CONTROL.search(text)
    if found is not None:
        raise Rejected("control_character", place=place, character=f"U+{ord(found[0]):04X}")
    return text


def _id(text: str, field: str, number: int | None) -> str:
    """Return an identification: the SWIFT set, no slash at an end, none doubled."""
    if _ID.fullmatch(text) is None:
        raise Rejected("iso_id_malformed", place=Place(line=number, field=field))
    return text
