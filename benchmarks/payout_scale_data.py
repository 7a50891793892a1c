"""The store that `benchmarks/payout_scale.py` asks: years of payouts on PostgreSQL.

The rows of payments are made in the database, one statement a month; lists, batches, vouchers and
the journal are few, so the hub's own code writes them, and `hub verify` finds all of it right.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.postgres_filling import finished, timed, without_indexes
from hub.domain.approval import Approval, Signature
from hub.domain.payout import BatchState, ListState, PayoutBatch, PayoutKind, PayoutList
from hub.domain.voucher import Document
from hub.flows.payout_books import book_release
from hub.flows.payout_consequences import book_returned
from hub.flows.receive import receive
from hub.flows.verify_records import payments_digest
from hub.store.outbox import OutboxState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.flows.services import Services

BANKS: Final = ("city_bank", "iso_bank", "rural_bank")
BENEFIT: Final = "基本养老金"
FUND: Final = "pension"
LAST_MONTH: Final = 202610
BATCHES: Final = 9  # of a month's list, three a bank
BANK_BATCHES: Final = BATCHES // len(BANKS)
RETURNED_EVERY: Final = 200  # of the payments one in so many comes back
UNREPAIRED_EVERY: Final = 50  # and of those one in so many is not paid again
REFUSED_EVERY: Final = 2_003  # of the lines one in so many is not accepted
WITH_BANK: Final = 2  # batches of the last month that are still with their bank
NOTED_AT_ONCE: Final = 10_000
SPINE_ROWS: Final = 1_000_000  # of finished tasks, received files, files sent, journal

_NAME: Final = (
    "substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗', 1 + i % 20, 1)"
    " || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平', 1 + i / 20 % 20, 1)"
    " || substr('一二三四五六七八九十', 1 + i / 400 % 10, 1)"
)


class Month(NamedTuple):
    """One month of payments to so many people; the earliest is number 0."""

    number: int
    count: int
    people: int

    @property
    def period(self) -> int:
        """Return it as `yyyymm`; the last one is `LAST_MONTH`."""
        months = LAST_MONTH // 100 * 12 + LAST_MONTH % 100 - self.count + self.number
        return months // 12 * 100 + months % 12 + 1

    @property
    def day(self) -> date:
        """Return the business day of its batches."""
        return date(self.period // 100, self.period % 100, 15)

    @property
    def with_bank(self) -> int:
        """Return from which batch on the bank has not answered."""
        return BATCHES - WITH_BANK if self.number == self.count - 1 else BATCHES

    @property
    def first_id(self) -> int:
        """Return the number behind which its payments are numbered."""
        return self.number * (self.people + self.people // RETURNED_EVERY + 2)

    @property
    def first_batch(self) -> int:
        """Return the number of its first batch; that of the repairs comes behind the others."""
        return self.number * (BATCHES + 1) + 1

    @property
    def first_list(self) -> int:
        """Return the number of its list; the list that repairs what came back comes next."""
        return self.number * 2 + 1


def fill(services: Services, rows: int, people: int, spine: int = SPINE_ROWS) -> None:
    """Fill an empty database; `spine` rows of finished tasks, of files and of the journal."""
    count = max(1, rows // people)
    months = [Month(number, count, people) for number in range(count)]
    with timed("lists and batches"):
        inbox_id = _frames(months, services)
    with services.store._engine.connect() as connection:  # noqa: SLF001 -- for statements of ours
        for setting in (
            "session_replication_role = replica",  # foreign keys hold by the way it is made
            "statement_timeout = 0",
            "maintenance_work_mem = '1500MB'",
        ):
            connection.execute(text(f"SET {setting}"))
        indexes = without_indexes(connection, "payout_items")
        # emptied in the unit that fills it, so that a server with `wal_level=minimal` logs nothing
        connection.execute(text("TRUNCATE payout_items CASCADE"))
        for month in months:
            with timed(f"payments of {month.period}"):
                _payments(month, connection, inbox_id)
        connection.commit()
        for name, sql in indexes:
            with timed(name):
                connection.execute(text(sql))
                connection.commit()
        with timed("answers, sums, finished work"):
            _sums_and_answers(connection)
            finished(connection, spine)
            connection.commit()
    with timed("vacuum"), services.store._engine.connect() as connection:  # noqa: SLF001
        raw = connection.execution_options(isolation_level="AUTOCOMMIT")
        raw.exec_driver_sql("SET statement_timeout = 0")
        raw.exec_driver_sql("VACUUM (ANALYZE)")
    with timed("books"):
        for month in months:
            _books(month, services, inbox_id)
    with timed("journal"):
        _journal(services, spine)


def _frames(months: list[Month], services: Services) -> int:
    """Add the lists and batches of every month, and the file that all answers are from."""
    received = receive("bank-in", "answers.txt", io.BytesIO(b"answers"), services)
    at = services.now()
    with services.store.begin() as uow:
        uow.inbox.mark_read(
            received.id, partner="city_bank", layout="result_paid", layout_sha256="0" * 64,
            rows=1, business_key=None, at=at,
        )  # fmt: skip
        for task in uow.tasks.due("collection", at, limit=10):
            uow.tasks.begin(task.id)
            uow.tasks.finish(task.id, at=at)
    for month in months:
        for repairs in (False, True):
            _frame(month, services, received.sha256, repairs=repairs)
    return received.id


def _frame(month: Month, services: Services, sha256: str, *, repairs: bool) -> None:
    at = datetime.combine(month.day, datetime.min.time(), UTC)
    is_open = month.with_bank < BATCHES and not repairs
    signatures = tuple(Signature(person=one, at=at) for one in ("王芳", "李娜", "张伟"))
    payout = PayoutList(
        id=0, key=f"bench/{month.period}{'R' * repairs}", kind=PayoutKind.SOCIAL, fund=FUND,
        title=f"{month.period} {'重发' if repairs else '社会化发放'}", month=month.period,
        state=ListState.RELEASED if is_open else ListState.CLOSED, item_count=1, total_fen=1,
        stated_count=month.people + 1, stated_fen=1, source_sha256=sha256, added_at=at,
        approval=Approval(levels=3, signatures=signatures), digest=sha256,
        made_by="周做" if repairs else None,
    )  # fmt: skip
    with services.store.begin() as uow:
        payout = uow.payouts.add(payout)
        for place in [BATCHES] if repairs else range(BATCHES):
            bank = BANKS[place % BATCHES // BANK_BATCHES]
            name = f"DF_{month.period}_{place}.txt"
            batch = uow.payout_batches.add(
                PayoutBatch(
                    id=0, list_id=payout.id, bank=bank, kind=payout.kind, fund=FUND,
                    business_on=month.day, sequence=place + 1, message_id=f"B{month.period}{place}",
                    file_name=name, item_count=1, total_fen=1, created_at=at,
                )
            )  # fmt: skip
            sent = uow.outbox.add(channel=bank, file_name=name, content_sha256=sha256, at=at)
            uow.outbox.mark(sent.id, OutboxState.DELIVERED, at=at)
            uow.payout_batches.built(batch.id, content_sha256=sha256, outgoing_id=sent.id)
            uow.payout_batches.sent(sent.id, at=at)
            if repairs or place < month.with_bank:
                batch = replace(batch, state=BatchState.SENT)
                uow.payout_batches.move(batch, BatchState.CLOSED)


def _payments(month: Month, connection: Connection, inbox_id: int) -> None:
    """Add a month's payments, and then the repairs of those that came back."""
    m = month
    connection.execute(
        text(
            "INSERT INTO payout_items (id, list_id, item_no, person_id, person_name, benefit,"
            " period, amount_fen, bank, bank_no, account_no, account_name, end_to_end_id, attempt,"
            " state, batch_id, outcome_code, outcome_raw, evidence, settled_on)"
            f" OVERRIDING SYSTEM VALUE SELECT {m.first_id} + i, {m.first_list}, i,"
            f" '33010619' || lpad(i::text, 9, '0') || 'X', {_NAME}, '{BENEFIT}', {m.period},"
            f" 150000 + i::bigint * 7919 % 450000 + {m.number} * 100,"
            f" (ARRAY['{BANKS[0]}', '{BANKS[1]}', '{BANKS[2]}'])[1 + place / {BANK_BATCHES}],"
            f" '105581089983', '6217' || lpad(i::text, 15, '0'), {_NAME},"
            f" upper(substr(md5('{m.number}/' || i), 1, 20)), 1,"
            " CASE WHEN refused THEN 'refused' WHEN flying THEN 'in_flight'"
            " WHEN back THEN 'returned' ELSE 'paid' END,"
            f" CASE WHEN NOT refused THEN {m.first_batch} + place END,"
            " CASE WHEN back AND NOT refused THEN 'AC04' END,"
            " CASE WHEN back AND NOT refused THEN '账户已销户' END,"
            f" CASE WHEN NOT refused AND NOT flying THEN 'inbox:{inbox_id}/line:' || i END,"
            f" CASE WHEN NOT refused AND NOT flying THEN DATE '{m.day}' + 1 END"
            f" FROM (SELECT i, (i - 1)::bigint * {BATCHES} / {m.people} AS place,"
            f" i % {REFUSED_EVERY} = 0 AS refused, (i - 1)::bigint * {BATCHES} / {m.people}"
            f" >= {m.with_bank} AS flying, (i + {m.number}) % {RETURNED_EVERY} = 0 AS back"
            f" FROM generate_series(1, {m.people}) i) n"
        )
    )
    connection.execute(
        text(
            "INSERT INTO payout_items (id, list_id, item_no, person_id, person_name, benefit,"
            " period, amount_fen, bank, bank_no, account_no, account_name, end_to_end_id, attempt,"
            " repairs_id, state, batch_id, evidence, settled_on) OVERRIDING SYSTEM VALUE"
            f" SELECT {m.first_id} + {m.people} + row_number() OVER (ORDER BY item_no),"
            f" {m.first_list} + 1, row_number() OVER (ORDER BY item_no), person_id, person_name,"
            f" benefit, period, amount_fen, '{BANKS[0]}', bank_no, account_no, account_name,"
            f" upper(substr(md5('{m.number}/R' || item_no), 1, 20)), 2, id, 'paid',"
            f" {m.first_batch} + {BATCHES}, 'inbox:{inbox_id}/line:' || item_no,"
            f" DATE '{m.day}' + 5 FROM payout_items WHERE id BETWEEN {m.first_id} + 1"
            f" AND {m.first_id} + {m.people} AND state = 'returned'"
            f" AND (item_no + {m.number}) / {RETURNED_EVERY} % {UNREPAIRED_EVERY} <> 0"
        )
    )


def _sums_and_answers(connection: Connection) -> None:
    """Let batches and lists have the sums of their payments; add the answers that gave back."""
    for statement in (
        "SELECT setval(pg_get_serial_sequence('payout_items', 'id'), max(id)) FROM payout_items",
        (
            "UPDATE payout_batches b SET item_count = s.n, total_fen = s.fen FROM (SELECT batch_id,"
            " count(*) AS n, sum(amount_fen) AS fen FROM payout_items GROUP BY batch_id) s"
            " WHERE s.batch_id = b.id"
        ),
        (
            "UPDATE payout_lists l SET item_count = s.n, total_fen = s.fen FROM (SELECT list_id,"
            " sum(item_count) AS n, sum(total_fen) AS fen FROM payout_batches GROUP BY list_id) s"
            " WHERE s.list_id = l.id"
        ),
        (
            "INSERT INTO payout_answers (inbox_id, line, bank, form, layout, scope, standing,"
            " raw_code, raw_text, reason, mapping_sha256, end_to_end_id, item_no, account_no,"
            " amount_fen, settled_on, identity, effect, item_id, batch_id, at) SELECT 1, item_no,"
            " bank, 'failed', 'failed', 'item', 'returned', 'AC04', outcome_raw, 'AC04',"
            " repeat('0', 64), end_to_end_id, item_no, account_no, amount_fen, settled_on,"
            " 'bench:' || id, 'applied', id, batch_id, settled_on FROM payout_items"
            " WHERE state = 'returned'"
        ),
    ):
        connection.execute(text(statement))


def _books(month: Month, services: Services, inbox_id: int) -> None:
    """Book and note what went out and what came back, as the flows do."""
    at = services.now()
    document = Document(name="银行退款凭证", sha256=_digest(services, inbox_id))
    with services.store.begin() as uow:
        for place in range(BATCHES + 1):
            batch = uow.payout_batches.get(month.first_batch + place)
            uow.journal.note(
                "payout.allocated", uow.way.batch(batch.id), at=at, actor="payout",
                bank=batch.bank, business_on=batch.business_on, sequence=batch.sequence,
                message_id=batch.message_id, file_name=batch.file_name, items=batch.item_count,
                total_fen=batch.total_fen,
            )  # fmt: skip
            book_release(batch, document.sha256, services, uow, at=at)
            mine = "SELECT id FROM payout_items WHERE batch_id = :b AND state = 'returned'"
            ids = list(uow.connection.execute(text(mine), {"b": batch.id}).scalars())
            if ids:
                cause = f"inbox:{inbox_id}"
                book_returned(ids, cause, document, services, uow, at=at, on=month.day)
        for list_id in (month.first_list, month.first_list + 1):
            payout = uow.payouts.get(list_id)
            uow.journal.note(
                "payout.released", uow.way.list(list_id), at=at, actor="person", person="赵敏",
                digest=payout.digest, items=payout.item_count, total_fen=payout.total_fen,
                payments_digest=payments_digest(uow.payout_items.approved(list_id)),
            )  # fmt: skip


def _digest(services: Services, inbox_id: int) -> str:
    with services.store.read() as uow:
        return uow.inbox.get(inbox_id).sha256


def _journal(services: Services, rows: int) -> None:
    """Note every received file, as it was when it came."""
    sha256, at = _digest(services, 1), services.now()
    for start in range(1, rows + 1, NOTED_AT_ONCE):
        with services.store.begin() as uow:
            for i in range(start, min(rows + 1, start + NOTED_AT_ONCE)):
                uow.journal.note(
                    "file.repeated", f"inbox:{1 + i}", at=at, actor="inbox:bank-in",
                    channel="bank-in", name=f"R_{i:08}.txt", sha256=sha256, size_bytes=7,
                )  # fmt: skip
