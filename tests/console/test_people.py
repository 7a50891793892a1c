"""People: one administrator drafts, another agrees; nobody decides about himself."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.permission import Permission
from hub.domain.person import ChangeKind, Place
from hub.errors import Rejected
from hub.flows import people, programs, sign_in
from tests.console.house import ORIGIN

NEW = {"name": "王 芳", "sign_in": "wangfang", "roles": ["reconciler"], "desk": "财务管理"}
AGREED = "UPDATE people_changes SET state = 'agreed', decided_at = drafted_at, decided_by = "
STRONG = "several unrelated words here"


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


@pytest.fixture
def second(client_of):
    return client_of("second_administrator")


def agreed(second, number="1"):
    """Agree by HTTP, which answers with the enrolment code."""
    answer = second.call("person.agree", id=int(number), code=True)
    assert answer.status_code == 200, answer.text
    return answer.json


def refused(answer, code):
    assert answer.status_code in (403, 404, 422), answer.text
    assert answer.json["error"]["code"] == code


def enrol(house, code, *, password=STRONG, name="wangfang"):
    browser = house.nobody()
    first = {"name": name, "enrolment": code}
    page = browser.post("/enrol", data=first, headers={"Origin": ORIGIN})
    if page.status_code != 200:
        return page
    factor = page.text.split('name="factor" value="')[1].split('"')[0]
    known = house.services.credentials
    filled = {
        **first, "factor": factor, "password": password, "again": password,
        "code": known.code_at(factor, house.clock.now()),
    }  # fmt: skip
    return browser.post("/enrol", data=filled, headers={"Origin": ORIGIN})


def test_a_new_person_is_drafted_agreed_enrolled_and_signs_in(house, admin, second):
    admin.act("person.add", **NEW)
    code = agreed(second)["enrolment"]

    done = enrol(house, code.lower())

    house.clock.advance(seconds=30)
    with house.services.store.read() as uow:
        person = uow.people.named("王芳")
        factor = uow.people.secret(person, "factor")
    now = house.services.credentials.code_at(factor, house.clock.now())
    signed = house.sign_in(house.nobody(), "wangfang", password=STRONG, code=now)
    assert (done.status_code, signed.status_code) == (200, 303)
    assert person.place == Place(roles=("reconciler",), desk="财务管理")
    assert [len(house.journal(f"person.{e}")) for e in ("drafted", "agreed", "enrolled")] == [1] * 3


def test_a_draft_alone_makes_nobody(house, admin):
    admin.act("person.add", **NEW)

    with house.services.store.read() as uow, pytest.raises(Rejected) as found:
        uow.people.named("王芳")
    assert found.value.code == "person_missing"


def test_who_drafted_cannot_agree(admin):
    admin.act("person.add", **NEW)

    refused(admin.call("person.agree", id=1, code=True), "person_change_same")


@pytest.mark.parametrize("action", ["person.roles", "person.reset", "person.disable"])
def test_nobody_decides_about_himself(admin, action):
    form = {"roles": ["administrator"]} if action == "person.roles" else {}

    answer = admin.call(action, name="administrator", code=action == "person.disable", **form)

    refused(answer, "person_change_own")


def test_nobody_agrees_to_a_change_of_himself(house, admin, second):
    admin.act("person.roles", name="second_administrator", roles=["administrator", "operator"])

    refused(second.call("person.agree", id=1, code=True), "person_change_own")


def test_a_refused_change_is_over(admin, second):
    admin.act("person.add", **NEW)
    second.act("person.refuse", id="1")

    refused(second.call("person.agree", id=1, code=True), "person_change_decided")


def test_one_change_of_a_person_is_open_at_a_time(admin):
    admin.act("person.reset", name="auditor")

    refused(admin.call("person.roles", name="auditor", roles=["operator"]), "person_change_open")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"roles": ["payout_maker", "payout_approver"]}, "duties_not_apart"),
        ({"roles": ["administrator", "payout_maker"]}, "duties_not_apart"),
        ({"roles": ["payout_makr"]}, "person_role_unknown"),
        ({"roles": ["bank_user"]}, "person_scope_wrong"),
        ({"roles": ["auditor"], "partner": "abc"}, "person_scope_wrong"),
        ({"roles": ["bank_user", "auditor"], "partner": "abc"}, "person_scope_wrong"),
        ({"roles": ["bank_user"], "partner": "no-bank"}, "person_party_unknown"),
        ({"roles": ["region_user"], "region": "51"}, "person_party_unknown"),
        ({"sign_in": "王芳"}, "person_sign_in_unusable"),
        ({"sign_in": "auditor"}, "person_known"),
        ({"name": "Auditor"}, "person_known"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_drafted(admin, change, code):
    refused(admin.call("person.add", **{**NEW, **change}), code)


def test_the_last_administrator_stays(house, admin):
    admin.act("person.disable", name="second_administrator", code=True)

    with pytest.raises(Rejected) as found:
        people.disable(
            "administrator", person="second_administrator", roles=house.roles,
            services=house.services,
        )  # fmt: skip
    assert found.value.code == "person_not_administrator"


def test_two_administrators_cannot_disable_each_other_to_none(house):
    for who, by in (("second_administrator", "administrator"),):
        people.disable(who, person=by, roles=house.roles, services=house.services)
    people.draft(
        ChangeKind.ENABLE, "second_administrator", person="administrator", roles=house.roles,
        services=house.services,
    )  # fmt: skip

    with pytest.raises(Rejected) as found:
        people.agree(1, person="second_administrator", roles=house.roles, services=house.services)
    assert found.value.code == "person_not_administrator"


def test_a_reset_ends_password_authenticator_and_sessions(house, admin, second, client_of):
    browser = client_of("auditor")
    admin.act("person.reset", name="auditor")
    code = agreed(second)["enrolment"]

    old = house.sign_in(house.nobody(), "auditor", code="000000")
    done = enrol(house, code, name="auditor")
    again = enrol(house, code, name="auditor")

    assert (browser.get("/").status_code, old.status_code) == (303, 422)
    assert (done.status_code, again.status_code) == (200, 422)


def test_an_enrolment_code_ends_after_its_hours(house, admin, second):
    admin.act("person.add", **NEW)
    code = agreed(second)["enrolment"]
    house.clock.advance(hours=house.services.settings.console.enrolment_hours)

    assert enrol(house, code).status_code == 422


@pytest.mark.parametrize(
    "password",
    ["short", "Password12345!", "wangfang-wangfang", "x" * 129, "王芳王芳王芳王芳王芳王芳"],
)
def test_a_weak_password_is_refused_and_the_enrolment_goes_on(house, admin, second, password):
    admin.act("person.add", **NEW)
    code = agreed(second)["enrolment"]

    weak = enrol(house, code, password=password)

    assert weak.status_code == 422
    assert "<svg" in weak.text
    assert enrol(house, code).status_code == 200


def test_passwords_may_have_any_characters(house, admin, second):
    admin.act("person.add", **NEW)
    code = agreed(second)["enrolment"]

    assert enrol(house, code, password="安静的河流 🌊 在石头下面流过").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        AGREED + "'Admin istrator'",
        AGREED + "name",
        "UPDATE people_changes SET facts='{}'",
        "DELETE FROM people_changes",
        "UPDATE people SET factor = NULL",
        "UPDATE people SET partner='a', region='b'",
        "UPDATE security_events SET person='x'",
        "DELETE FROM security_events",
        "UPDATE people SET state='invited'",
    ],
)
def test_the_database_refuses_it_whoever_writes(house, admin, change):
    admin.act("person.add", **NEW)
    with pytest.raises(DBAPIError), house.services.store._engine.begin() as connection:
        connection.execute(text(change))


def test_looks_only_grow(house):
    at = house.clock.now()
    house.services.store.transact(
        lambda u: u.security.look("auditor", [("payee", "1")], place="/x", at=at)
    )
    for change in ("UPDATE looks SET person = 'x'", "DELETE FROM looks"):
        with pytest.raises(DBAPIError), house.services.store._engine.begin() as connection:
            connection.execute(text(change))


def test_a_token_has_less_than_its_owner_and_ends(house, client_of):
    auditor = house.person("auditor")
    wanted = frozenset({Permission.PEOPLE_SEE})
    _token, raw = programs.add_token(
        auditor, "robot", wanted, days=1, code=house.fresh_code("auditor"), roles=house.roles,
        address="here", services=house.services,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {raw}"}
    robot = house.nobody()

    sees = robot.get("/api/v1/tables/people", headers=headers)
    page = robot.get("/tables/people", headers=headers)
    house.clock.advance(days=1)
    later = robot.get("/api/v1/tables/people", headers=headers)

    assert (sees.status_code, page.status_code, later.status_code) == (200, 303, 401)
    with pytest.raises(Rejected) as found:
        programs.add_token(
            auditor, "robot", frozenset({Permission.PAYOUT_RELEASE}), days=1,
            code=house.fresh_code("auditor"), roles=house.roles, address="here",
            services=house.services,
        )  # fmt: skip
    assert found.value.code == "person_token_permissions"


def test_unknown_names_take_as_long_as_known_ones(house):
    """No clock: the same number of Argon2 computations, counted where they are made."""
    counted = []
    hasher = house.services.credentials._hasher
    verify = hasher.verify

    class Counting:
        hash = staticmethod(hasher.hash)

        @staticmethod
        def verify(hashed, password):  # noqa: ANN205
            counted.append(1)
            return verify(hashed, password)

    house.services.credentials._hasher = Counting()
    work = []
    for name in ("auditor", "nobody-at-all"):
        counted.clear()
        with pytest.raises(Rejected):
            sign_in.sign_in(
                name, "wrong", "000000", address="x", agent="x", services=house.services
            )
        work.append(len(counted))
    assert work == [1, 1]
