"""Returns in the console: the work list, corrections, doubts, days without pension, debits."""

from __future__ import annotations

import io

import pytest

from tests import debits
from tests.answers import answer, line
from tests.payouts import account, pay, row


@pytest.fixture
def items(house):
    """Four payments: returned for its name, returned for its account, in doubt, paid."""
    batches = pay(house.office, [row(n) for n in range(1, 5)])
    with house.services.store.read() as uow:
        found = [one for batch in batches for one in uow.payout_items.of_batch(batch.id)]
    said = [("6", "户名不符"), ("6", "账户已销户"), ("9", ""), ("7", "")]
    lines = [line(one, *words) for one, words in zip(found, said, strict=True)]
    answer(house.office, lines)
    return found


def rows_of(client, table, **query):
    return client.get(f"/api/v1/tables/{table}", query_string=query).json["rows"]


def state_of(house, item):
    with house.services.store.read() as uow:
        return uow.payout_items.get(item.id).state.value


def test_the_work_list_says_what_came_back_why_and_what_helps(house, items, client_of):
    clerk = client_of("returns_clerk")
    found = rows_of(clerk, "payout-returns")
    assert [(one["state"], one["code"], one["raw"]) for one in found] == [
        ("returned", "BE01", "户名不符"), ("returned", "AC04", "账户已销户"), ("unknown", "9", "9"),
    ]  # fmt: skip
    assert {one["days"] for one in found} == {0}
    house.clock.advance(hours=24 * 7)
    clerk = client_of("returns_clerk")
    assert {one["days"] for one in rows_of(clerk, "payout-returns")} == {7}
    assert [one["code"] for one in rows_of(clerk, "payout-returns", code="AC04")] == ["AC04"]

    desk = found[0]["desk"]
    shown = rows_of(clerk, "payout-returns", desk=desk)
    assert {one["desk"] for one in shown} == {desk}
    assert len(shown) == sum(one["desk"] == desk for one in found)

    page = clerk.get("/payouts/open?lang=en").text
    assert "6-10 days" in page
    assert "25.00%" in page
    assert "202611" in page


def test_a_corrected_payment_leaves_the_work_list_and_others_sign_it(house, items, client_of):
    clerk = client_of("returns_clerk")
    assert client_of("cashier").act("payout.correct", item_id=items[0].id).status_code == 403
    done = clerk.act("payout.correct", item_id=items[0].id, account_no=account(77))
    assert done.status_code == 303, done.text

    assert [one["code"] for one in rows_of(clerk, "payout-returns")] == ["AC04", "9"]
    waiting = rows_of(clerk, "payout-unpaid")
    assert [(one["state"], one["attempt"]) for one in waiting][-1] == ("listed", 2)
    listed = int(done.location.rpartition("/")[2])
    with house.services.store.read() as uow:
        assert uow.payouts.get(listed).made_by == house.person("returns_clerk").name


def test_many_are_tried_again_at_once_where_the_reason_allows_it(house, items, client_of):
    clerk = client_of("returns_clerk")
    both = [items[0].id, items[1].id]
    refused = clerk.call("payout.again", ids=both)  # these need another account
    assert refused.json["error"]["code"] == "reissue_nothing_changed"
    assert clerk.call("payout.again", ids=[]).status_code == 400


def test_the_work_list_goes_out_as_a_file_and_comes_back_filled_in(house, items, client_of):
    clerk = client_of("returns_clerk")
    assert client_of("cashier").get("/payouts/work-list").status_code == 403
    text = clerk.get("/payouts/work-list?format=csv").data.decode("utf-8-sig")
    head, *lines = text.splitlines()
    place = head.split(",").index("新账号")
    cells = lines[0].split(",")
    cells[place] = account(88)
    filled = "\n".join([head, ",".join(cells), *lines[1:]]).encode()

    taken = clerk.act("payout.take_back", file=(io.BytesIO(filled), "work.csv"))
    assert taken.status_code == 303, taken.text
    assert len(rows_of(clerk, "payout-returns")) == 2
    assert house.journal("table.exported")


def test_a_doubt_is_decided_by_two_people(house, items, client_of):
    clerk, checker = client_of("returns_clerk"), client_of("payout_checker")
    given = {"item_id": items[2].id, "outcome": "paid", "reason": "银行书面答复"}
    assert client_of("payout_maker").act("payout.decide", code=True, **given).status_code == 403
    assert clerk.act("payout.decide", code=True, **given).status_code == 303
    assert clerk.act("payout.decide", code=True, **given).status_code == 422
    assert state_of(house, items[2]) == "unknown"
    other = {**given, "outcome": "returned"}
    assert checker.act("payout.decide", code=True, **other).status_code == 422
    assert checker.act("payout.decide", code=True, **given).status_code == 303
    assert state_of(house, items[2]) == "paid"


def test_two_names_are_compared_in_words(items, client_of):
    clerk = client_of("returns_clerk")
    page = clerk.get("/payouts/names?ours=欧阳·甲&theirs=歐陽•甲&lang=en").text
    assert "it is one name, spelt differently" in page
    assert "/payouts/names?ours=" in clerk.get(f"/payouts/items/{items[0].id}").text


def test_debits_have_the_same_pages_with_their_own_words(house, client_of):
    listed = debits.debit(house.office, [debits.row(1), debits.row(2)])
    first, second = debits.items_of(house.office, listed)
    answer(house.office, [line(first, "6", "余额不足"), line(second, "7")], bank="gamma")
    clerk, maker = client_of("returns_clerk"), client_of("payout_maker")

    page = clerk.get(f"/debits/{listed.id}?lang=zh").text
    assert "扣款成功" in page
    (failed,) = rows_of(clerk, "debit-returns")
    assert (failed["state"], failed["code"]) == ("failed", "AM04")
    assert rows_of(clerk, "payout-returns") == []
    assert clerk.get("/debits/open").status_code == 200
    assert clerk.get(f"/debits/items/{first.id}").status_code == 200
    assert clerk.get(f"/debits/batches/{first.batch_id}").status_code == 200

    house.clock.advance(hours=24)
    clerk = client_of("returns_clerk")
    again = clerk.call("debit.again", ids=[first.id])
    assert again.status_code == 200, again.json
    assert rows_of(clerk, "debit-returns") == []
    upload = (io.BytesIO(debits.list_bytes([debits.row(5)])), "DSMX_20261125_002.csv")
    maker = client_of("payout_maker")
    assert maker.act("debit.import", file=upload).status_code == 303
    stop = {"item_id": second.id, "reason": "家长要求停止"}
    assert maker.act("debit.stop", **stop).status_code == 403
    assert clerk.act("debit.stop", **stop).status_code == 303
    assert clerk.call("debit.lift", item_id=second.id, reason="恢复").json["lifted"] == 1


def test_a_stop_has_a_form_to_print_and_its_lifting_another(house, items, client_of):
    clerk = client_of("returns_clerk")
    page, pdf = (f"/payouts/items/{items[2].id}{end}" for end in ("", "/stop.pdf"))
    assert clerk.get(pdf).status_code == 422
    answer(house.office, [line(items[2], "8", "收款人死亡")], "2")
    assert "停发待遇核定表（一式二份，PDF）" in clerk.get(f"{page}?lang=zh").text
    assert clerk.get(pdf).data.startswith(b"%PDF")
    assert clerk.act("payout.lift", item_id=items[2].id, reason="本人到场").status_code == 303
    assert "恢复发放核定表（一式二份，PDF）" in clerk.get(f"{page}?lang=zh").text
    assert "HF-" in clerk.get(f"{pdf}?download=1").headers["Content-Disposition"]
    assert client_of("auditor").get(pdf).status_code == 403
