"""What the banks have: read from the bytes that their twins kept, by code that is not the hub's.

A payment is (end-to-end id or None, name, fen). Text files have no ids.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from decimal import Decimal
from xml.etree import ElementTree as ET

from tests.proof.world import BANKS, Breach

NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


def text_payments(content: bytes):
    _, *lines = content.decode("gbk").splitlines()
    fields = [line.split("|") for line in lines]
    return [(None, one[1], _fen(one[2])) for one in fields]


def iso_payments(content: bytes):
    return [
        (
            one.findtext(f"{NAMESPACE}PmtId/{NAMESPACE}EndToEndId"),
            one.findtext(f"{NAMESPACE}Cdtr/{NAMESPACE}Nm"),
            _fen(one.findtext(f"{NAMESPACE}Amt/{NAMESPACE}InstdAmt")),
        )
        for one in ET.fromstring(content).iter(f"{NAMESPACE}CdtTrfTxInf")  # noqa: S314 -- our own
    ]


READERS = {"city_bank": text_payments, "iso_bank": iso_payments}


class BankBytes:
    """Every file that one bank ever got, and what it said of each payment."""

    def __init__(self, world, bank: str) -> None:
        self.bank = bank
        log = world.log(bank)
        self.got = [one for one in log if one["what"] == "got"]
        self.said = [one for one in log if one["what"] == "said"]
        self.files = {}
        for one in self.got:
            content = (world.home / bank / "received" / one["sha256"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != one["sha256"]:
                raise Breach(f"{bank}: {one['name']} is not what was kept")
            self.files[one["sha256"]] = READERS[bank](content)

    @property
    def repeats(self) -> int:
        return sum(one["verdict"] == "repeat" for one in self.got)

    def problems(self):
        """Yield what the hub must never have done to this bank."""
        for one in self.got:
            if one["verdict"] == "refused":
                yield f"{self.bank} refused {one['name']}: {one['why']}"
        for name, files in _files_by((one["name"], one["sha256"]) for one in self.got).items():
            if len(files) > 1:
                yield f"{self.bank}: two contents came as {name}"
        ids = [(name, file) for file, paid in self.files.items() for name, _, _ in paid if name]
        for name, files in _files_by(ids).items():
            if len(files) > 1:
                yield f"{self.bank}: payment {name} stands in {len(files)} files"
        for (name, file), times in Counter(ids).items():
            if times > 1:
                yield f"{self.bank}: payment {name} stands {times} times in {file}"

    def payments(self) -> Counter:
        """Return every payment that the bank was told to make, from its distinct files."""
        return Counter(one for payments in self.files.values() for one in payments)

    def total_fen(self) -> int:
        return sum(fen * times for (_, _, fen), times in self.payments().items())

    def outcomes(self) -> Counter:
        """Return (name, fen, outcome) of each payment by what the bank said last."""
        last = {}
        for said in self.said:
            if said["how"] == "whole":
                last |= {(said["about"], number): outcome for number, outcome in said["steps"]}
        return Counter(
            (*self.files[about][number][1:], outcome) for (about, number), outcome in last.items()
        )


def banks_of(world) -> dict[str, BankBytes]:
    return {bank: BankBytes(world, bank) for bank in BANKS}


def _files_by(pairs) -> dict[str, set[str]]:
    found = defaultdict(set)
    for name, file in pairs:
        found[name].add(file)
    return found


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)
