"""Which bank carries out a payment, and what its file has room for, as partner files say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.domain.debit import DebitItem
from hub.domain.payout import Finding
from hub.domain.payout_form import Target
from hub.domain.way import Way
from hub.errors import Rejected
from hub.mappings import codecs
from hub.mappings.payout_file import PAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.domain.payout import PayoutItem, PayoutKind
    from hub.flows.services import Services
    from hub.mappings.catalog import Catalog, Partner
    from hub.mappings.layout import Layout
    from hub.mappings.payout import Payout

CHECKED: Final = (
    "account_no", "account_name", "bank_no", "person_id", "amount_fen", "period",
    "mandate_no", "mandate_on", "mandate_until",
)  # fmt: skip
"""What a bank's own rules are asked about."""

_PAIN_CHARS_MAX: Final = {"account_no": 34, "account_name": 140}  # ISO 20022 Max34Text, Max140Text


class Banks:
    """The banks of a catalog that money can be paid through, or debited."""

    def __init__(self, catalog: Catalog, way: Way = Way.PAYOUT) -> None:
        self._way = way
        self._of = {
            code: one
            for code, one in catalog.partners.items()
            if one.payout is not None and (way is Way.PAYOUT or one.payout.collection is not None)
        }
        self._codes = {partner.name: code for code, partner in self._of.items()}

    def code(self, text: str) -> str | None:
        """Return the code of the bank that a list names by code or name, if there is one."""
        return text if text in self._of else self._codes.get(text)

    def partner(self, bank: str) -> Partner:
        """Return a bank; `Rejected("payout_bank_unknown")` when no money goes through it."""
        if bank not in self._of:
            raise Rejected("payout_bank_unknown", bank=bank)
        return self._of[bank]

    def layout(self, bank: str, kind: PayoutKind) -> Layout:
        """Return the layout of a bank's file for a kind of payments, or of direct debits."""
        partner = self.partner(bank)
        said = terms(partner)
        debits = self._way is Way.DEBIT
        return partner.layout(str(said.collection) if debits else said.layout_of(kind))

    def target(self, bank: str, kind: PayoutKind) -> Target:
        """Return what a signature says about a bank."""
        layout = self.layout(bank, kind)
        return Target(bank=bank, layout=layout.name, layout_sha256=layout.sha256)

    def nameless(self, kind: PayoutKind) -> set[str]:
        """Return the banks whose file names a payment by nothing of ours."""
        return {
            code
            for code in self._of
            if (layout := self.layout(code, kind)).form not in PAIN
            and not {field.name for field in layout.item.stored} & {"end_to_end_id", "item_no"}
        }

    def check(self, item: PayoutItem, kind: PayoutKind) -> Iterator[Finding]:
        """Yield what the bank's file has no room or no characters for."""
        layout = self.layout(item.bank, kind)
        if layout.form in PAIN:
            yield from _too_long(item)
            return
        for field in layout.item.stored:
            if field.name in CHECKED:
                value: Any = getattr(item, field.name, None)
                if isinstance(item, DebitItem) and field.name == "person_id":
                    value = item.holder_id
                try:
                    text = codecs.render(value, field, layout.maps)
                    length = len(text.encode(layout.encoding))
                except Rejected as error:
                    yield _refusal(item, error.code, field.name)
                except UnicodeEncodeError:
                    yield _refusal(item, "encoding_lacks_character", field.name)
                else:
                    if field.width is not None and length > field.width:
                        yield _refusal(item, "field_too_wide", field.name)


def terms(partner: Partner) -> Payout:
    """Return the `[payout]` table of a bank that has one."""
    if partner.payout is None:
        raise Rejected("payout_bank_unknown", bank=partner.code)
    return partner.payout


def channel_of(partner: Partner, services: Services) -> str:
    """Return the outbound channel of a bank's payout files."""
    channel = terms(partner).channel
    known = services.settings.channels
    if channel is None or channel not in known or known[channel].direction != "out":
        raise Rejected("payout_channel_missing", bank=partner.code)
    return channel


def targets(banks: Iterable[str], catalog: Catalog, way: Way, *, kind: PayoutKind) -> list[Target]:
    """Return what a signature says about each bank of a list."""
    known = Banks(catalog, way)
    return [known.target(bank, kind) for bank in banks]


def _too_long(item: PayoutItem) -> Iterator[Finding]:
    for field, chars_max in _PAIN_CHARS_MAX.items():
        if len(getattr(item, field)) > chars_max:
            yield _refusal(item, "field_too_long", field)


def _refusal(item: PayoutItem, code: str, field: str) -> Finding:
    return Finding(item_no=item.item_no, code=code, refuses=True, field=field)
