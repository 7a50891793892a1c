"""Recognises ISO 20022 and CNAPS2 messages by namespace or by their first element.

Whatever surrounds a message (SOAP, a business application header, a message inside the text of an
element, a CNAPS block before the XML) is looked through; namespaces may be missing. So a clerk who
drops a payment order where a statement belongs is told what he dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.errors import Place, Rejected
from hub.mappings.xml_stream import events

if TYPE_CHECKING:
    from lxml import etree

    Element = etree._Element  # noqa: SLF001 -- lxml has no public name for it

STATEMENTS: Final = {"camt.052": "Rpt", "camt.053": "Stmt", "camt.054": "Ntfctn"}
"""The messages that tell an account's entries, and the element of one statement in each."""

_ROOTS: Final = {
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrPmtRvsl": "pain.007",
    "CstmrDrctDbtInitn": "pain.008",
    "FIToFIPmtStsRpt": "pacs.002",
    "FIToFICstmrDrctDbt": "pacs.003",
    "PmtRtr": "pacs.004",
    "FIToFICstmrCdtTrf": "pacs.008",
    "FICdtTrf": "pacs.009",
    "GetAcct": "camt.003",
    "RsltnOfInvstgtn": "camt.029",
    "CstmrPmtCxlReq": "camt.055",
    "FIToFIPmtCxlReq": "camt.056",
    "AcctRptgReq": "camt.060",
}
_NAMES: Final = {
    "camt.003": ("账户查询", "an account query"),
    "camt.029": ("调查结果", "the result of an investigation"),
    "camt.055": ("付款撤销申请", "a request to cancel payments"),
    "camt.056": ("银行间付款撤销申请", "a request between banks to cancel payments"),
    "camt.060": ("对账单索取", "a request for statements"),
    "pain.001": ("付款指令", "a payment order"),
    "pain.002": ("付款状态报告", "a payment status report"),
    "pain.007": ("付款冲正", "a reversal of payments"),
    "pain.008": ("扣款指令", "a direct debit order"),
    "pacs.002": ("银行间付款状态报告", "a payment status report between banks"),
    "pacs.003": ("银行间扣款", "a direct debit between banks"),
    "pacs.004": ("银行间退汇", "a return of payments between banks"),
    "pacs.008": ("银行间客户汇款", "a customer payment between banks"),
    "pacs.009": ("金融机构汇款", "a payment between financial institutions"),
    "beps": ("小额支付系统报文", "a message of the bulk payment system (BEPS)"),
    "hvps": ("大额支付系统报文", "a message of the high-value payment system (HVPS)"),
    "ibps": ("网上支付跨行清算报文", "a message of the internet payment system (IBPS)"),
    "ccms": ("支付系统公共控制报文", "a control message of the payment systems (CCMS)"),
}
_OTHER: Final = ("其他报文", "another kind of message")

_MESSAGE: Final = re.compile(r"([a-z]{4,}\.[0-9]{3})\.([0-9]{3}\.[0-9]{2})", re.ASCII)
_VERSION_AT_END: Final = re.compile(r"V[0-9]{2}\Z", re.ASCII)
_HEADERS: Final = ("head.", "nvlp.", "ahV10")  # around a message, not the message
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_FRAME_BYTES_MAX: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message found in a file: `name` such as camt.053, `version` such as 001.08 if told."""

    name: str
    version: str | None
    content: BinaryIO  # the XML that holds it, at its beginning

    @property
    def words(self) -> tuple[str, str]:
        """What the message is, in Chinese and English."""
        return _NAMES.get(self.name, _NAMES.get(self.name[:4], _OTHER))


def find(content: BinaryIO, *, file: str, encoding: str = "utf-8") -> Message:
    """Return the message in a file; `xml_not_a_message` if there is none."""
    content = _unframed(content)
    root = ""
    for event, element in events(content, file=file, encoding=encoding):
        if event == "start":
            root = root or local(element)
            found = _of_element(element)
            if found is not None:
                content.seek(0)
                return Message(name=found[0], version=found[1], content=content)
        else:
            inner = (element.text or "").strip() if len(element) == 0 else ""
            if inner.startswith("<") and inner.endswith(">"):  # the message is this text
                plain = _DECLARATION.sub("", inner)
                return find(BytesIO(plain.encode("utf-8")), file=file)
            element.clear()
    raise Rejected("xml_not_a_message", place=Place(file=file), root=root[:60])


def require_statement(content: BinaryIO, *, file: str, encoding: str) -> Message:
    """Return the camt.052, .053 or .054 in a file; any other message is refused by its name."""
    message = find(content, file=file, encoding=encoding)
    if message.name not in STATEMENTS:
        zh, en = message.words
        raise Rejected(
            "message_not_a_statement",
            place=Place(file=file),
            message=message.name,
            what_zh=zh,
            what_en=en,
        )
    return message


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return local_name(str(element.tag))


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """Return a name without its namespace."""
    return tag.rpartition("}")[2]


def _of_element(element: Element) -> tuple[str, str | None] | None:
    """Return what message begins at an element, if one does."""
    namespace, name = str(element.tag).rpartition("}")[0], local(element)
    if any(mark in namespace for mark in _HEADERS):
        return None
    found = _MESSAGE.search(namespace) or _MESSAGE.fullmatch(name)
    if found is not None:
        return found[1], found[2]
    root = _VERSION_AT_END.sub("", name)
    return (_ROOTS[root], None) if root in _ROOTS else None


def _unframed(content: BinaryIO) -> BinaryIO:
    """Skip the blocks that CNAPS2 puts before the XML, such as `{H:02...}`, and blank lines."""
    start = content.read(_FRAME_BYTES_MAX)
    at = start.find(b"<") if start.lstrip()[:1] in (b"{", b"<") else 0
    content.seek(0)
    if at <= 0:
        return content
    return BytesIO(content.read()[at:])
