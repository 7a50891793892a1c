"""A bank that knows nothing of the hub but the bytes that it got, and answers as banks do.

It keeps the oracle of every run: which payment it was told to make, by which bytes, and what
really became of it. The widths are those of `tests/payouts.py`.
"""

from __future__ import annotations

from hashlib import sha256

WIDTHS = (("no", 8), ("id", 20), ("account", 32), ("name", 20), ("fen", 12))
REASONS = {"户名不符": "fix", "余额不足": "retry", "收款人死亡": "stop"}
STRANGE = "另有原因"  # no vocabulary has it


class Bank:
    """Its books: payments by end-to-end id, messages by their id, both by the file's digest."""

    def __init__(self, code, *, keeps) -> None:
        self.code, self.keeps = code, keeps
        self.payments, self.messages, self.files = {}, {}, {}
        self.answers = []  # (name, content, flaw, lines): they may come in any order, and again

    def arrives(self, name, content, at):
        """Take a file into the books; the same bytes once more are no news (I4)."""
        digest = sha256(content).hexdigest()
        message, rows = read(content)
        assert self.files.setdefault(name, digest) == digest, f"{name} came with other bytes"
        assert self.messages.setdefault(message, digest) == digest, f"{message} in two files"
        for row in rows:
            known = self.payments.get(row["id"])
            if known is None:
                self.payments[row["id"]] = {**row, "digest": digest, "at": at, "history": [],
                                            "truth": "received", "lied": False}  # fmt: skip
            else:
                assert known["digest"] == digest, f"{row['id']} in two different files"
        return rows

    def settle(self, payment, how):
        """Let a payment come to its end at the bank, or come back after it was paid."""
        if payment["truth"] == "received":
            reason = how % 5
            if reason < 3:
                payment["truth"] = "paid"
                self._say(payment, "7")
            else:
                payment["truth"] = "rejected"
                self._say(payment, "6", list(REASONS)[(how // 5) % 3])
        elif payment["truth"] == "paid" and how % 2:
            payment["truth"] = "returned"
            self._say(payment, "8", list(REASONS)[(how // 5) % 3], f"R{how % 3}")

    def remark(self, payment, how):
        """Say something of a payment that is no end, or that is not true."""
        kind = how % 6
        if kind == 0:
            self._say(payment, "01"[how % 2])
        elif kind == 1:
            self._say(payment, "9")
        elif kind == 2:
            self._say(payment, "X")
        elif kind == 3:
            self._say(payment, "6", STRANGE)
        else:  # a bank that contradicts itself, or returns the same money twice
            payment["lied"] = True
            self._say(payment, "678"[how % 3], "户名不符" if how % 3 != 1 else "", f"L{how % 4}")

    def answer(self, picked, *, number, flaw=""):
        """Write an answer file about what was said of some payments, with or without a flaw."""
        lines = [
            (one["id"], one["fen"] + (1 if flaw == "amount" else 0), *one["history"][at])
            for one, at in picked
        ]
        if flaw == "stray":
            lines.append((self.code[0].upper() * 20, 777, "8", "户名不符", "S1"))
        agency = "SB999" if flaw == "foreign" else "SB001"
        total = sum(fen for _, fen, *_ in lines) + (1 if flaw == "total" else 0)
        rows = [
            f"D|{i}|{fen}|{result}|{text}|20261124|{ref}" for i, fen, result, text, ref in lines
        ]
        content = "\n".join([f"H|{agency}|{len(lines)}|{total}", *rows, ""]).encode()
        self.answers.append((f"HP_{number}.txt", content, flaw, lines))

    def _say(self, payment, result, text="", reference=""):
        payment["history"].append((result, text, reference))


def read(content):
    """Return a file's message id and its payments; its own totals must hold."""
    head, *lines = content.decode("gb18030").splitlines()
    message, count, total = head[1:36].strip(), int(head[44:52]), int(head[52:68])
    rows = []
    for line in lines:
        row, raw = {}, line[1:].encode("gb18030")
        for name, width in WIDTHS:
            row[name], raw = raw[:width].decode("gb18030").strip(), raw[width:]
        rows.append({**row, "fen": int(row["fen"])})
    assert (count, total) == (len(rows), sum(row["fen"] for row in rows))
    return message, rows
