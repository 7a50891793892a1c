"""A signature asks for a one-time code of its own, each time, from the person."""

from __future__ import annotations

import pytest

from hub.console.topics import TOPICS

ACTIONS = {action.name: action for topic in TOPICS for action in topic.actions}
STEP_UP = sorted(name for name, action in ACTIONS.items() if action.step_up)


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


def state(house, role="auditor"):
    return house.person(role).state.value


def test_without_a_code_nothing_happens(house, admin):
    answer = admin.act("person.disable", name="auditor")

    assert answer.status_code == 422
    assert "动态码" in answer.text
    assert state(house) == "active"


def test_a_wrong_code_does_nothing_and_counts_as_a_failure(house, admin):
    answer = admin.submit("/actions/person.disable", name="auditor", code=False) and admin.post(
        "/actions/person.disable",
        data={"csrf_token": admin.csrf_token, "name": "auditor", "code": "000000"},
    )

    assert answer.status_code == 422
    assert state(house) == "active"
    assert house.person("administrator").failed == 1
    assert ("step_up.failed", "administrator") in house.events()


def test_the_code_of_the_sign_in_does_not_sign(house):
    code = house.fresh_code("administrator")
    admin = house.nobody()
    house.sign_in(admin, "administrator", code=code)
    form = {"csrf_token": admin.csrf_token, "name": "auditor", "code": code}

    assert admin.post("/actions/person.disable", data=form).status_code == 422
    assert state(house) == "active"


def test_a_fresh_code_signs_once(house, admin):
    admin.sign_in_name = "administrator"
    code = house.fresh_code("administrator")
    token = admin.csrf_token
    forms = [{"csrf_token": token, "name": who, "code": code} for who in ("auditor", "operator")]

    answers = [admin.post("/actions/person.disable", data=form).status_code for form in forms]

    assert answers == [303, 422]
    assert (state(house), state(house, "operator")) == ("disabled", "active")


def test_wrong_codes_make_signing_wait_although_the_session_goes_on(house, admin):
    token = admin.csrf_token
    for n in range(5):
        form = {"csrf_token": token, "name": "auditor", "code": f"00000{n}"}
        admin.post("/actions/person.disable", data=form)
        house.clock.advance(seconds=30)

    right = admin.act("person.disable", name="auditor", code=True)

    assert right.status_code == 422
    assert admin.get("/").status_code == 200
    assert state(house) == "active"


def test_the_interface_for_programs_asks_as_well(house, admin):
    without = admin.call("person.disable", name="auditor")
    with_it = admin.call("person.disable", name="auditor", code=True)

    assert without.json["error"]["code"] == "fresh_code_needed"
    assert (without.status_code, with_it.status_code) == (403, 200)
    assert state(house) == "disabled"


def test_a_programs_token_never_signs(house, admin):
    made = admin.submit(
        "/account/tokens", label="robot", permissions=["people.manage"], days="1", code=True
    )
    token = made.text.split("<code>")[1].split("</code>")[0]
    robot = house.nobody()
    headers = {"Authorization": f"Bearer {token}"}

    code = house.fresh_code("administrator")
    signing = {"name": "auditor", "code": code}
    signed = robot.post("/api/v1/actions/person.disable", json=signing, headers=headers)
    drafted = robot.post("/api/v1/actions/person.reset", json={"name": "auditor"}, headers=headers)

    assert (signed.status_code, drafted.status_code) == (403, 200)
    assert signed.json["error"]["code"] == "step_up_no_token"
    assert state(house) == "active"


@pytest.mark.parametrize("name", STEP_UP)
def test_every_such_form_shows_the_field_for_the_code(client_of, name):
    role = _who_may(ACTIONS[name])
    if role is None:
        pytest.skip("no role of this deployment may do it")

    page = client_of(role).get(f"/actions/{name}").text

    assert 'autocomplete="one-time-code"' in page


def _who_may(action):
    from hub.mappings.roles import load_roles
    from tests.conftest import ROOT

    for role in load_roles(ROOT / "config").values():
        if role.permissions & set(action.permissions) and not role.scoped:
            return role.code
    return None
