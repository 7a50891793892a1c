"""Sessions: a random token in a strict cookie, ended by time, by sign-out and by administrators."""

from __future__ import annotations

from datetime import timedelta

from hub.flows import backup
from hub.flows.verify import verify
from tests.console.house import ORIGIN


def is_signed_in(browser):
    return browser.get("/").status_code == 200


def cookie(browser):
    return browser.get_cookie("__Host-hub").value


def agree(house, change):
    second = house.client_of("second_administrator")
    answer = second.act("person.agree", id=str(change), code=True)
    assert answer.status_code == 303, answer.text


def test_the_cookie_is_for_this_host_over_tls_and_not_for_scripts(house):
    answer = house.sign_in(house.nobody(), "auditor")

    [made] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-hub=")]
    value, *rest = made.split("; ")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} == set(rest)
    assert len(value.removeprefix("__Host-hub=")) >= 43  # 256 bits


def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(house, client_of):
    browser = client_of("auditor")
    old = cookie(browser)

    house.sign_in(browser, "auditor")

    thief = house.nobody()
    thief.set_cookie("__Host-hub", old, domain="localhost", secure=True)
    assert cookie(browser) != old
    assert is_signed_in(browser)
    assert not is_signed_in(thief)


def test_a_token_that_somebody_planted_becomes_nobodys_session(house):
    browser = house.nobody()
    browser.set_cookie("__Host-hub", "planted", domain="localhost", secure=True)

    house.sign_in(browser, "auditor")

    assert cookie(browser) != "planted"


def test_an_idle_session_ends(house, client_of):
    browser = client_of("auditor")
    house.clock.advance(minutes=14)
    used = is_signed_in(browser)
    house.clock.advance(minutes=14)
    used_again = is_signed_in(browser)

    house.clock.advance(minutes=15)

    assert (used, used_again, is_signed_in(browser)) == (True, True, False)


def test_a_page_that_renews_itself_keeps_nobody_signed_in(house, client_of):
    browser = client_of("auditor")
    for _ in range(14):
        house.clock.advance(minutes=1)
        assert browser.get("/home/live", headers={"HX-Trigger": "home-live"}).status_code == 200
    house.clock.advance(minutes=1)

    answer = browser.get("/home/live", headers={"HX-Request": "true", "HX-Trigger": "home-live"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")
    assert not is_signed_in(browser)


def test_a_session_in_use_ends_after_twelve_hours(house, client_of):
    browser = client_of("auditor")
    for _ in range(12 * 60 // 10 - 1):
        house.clock.advance(minutes=10)
        assert is_signed_in(browser)

    house.clock.advance(minutes=10)

    assert not is_signed_in(browser)


def test_signing_out_ends_the_session_on_the_server(house, client_of):
    browser = client_of("auditor")
    token = cookie(browser)

    answer = browser.submit("/sign-out")

    thief = house.nobody()
    thief.set_cookie("__Host-hub", token, domain="localhost", secure=True)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.get_cookie("__Host-hub") is None
    assert not is_signed_in(thief)


def test_signing_out_everywhere_ends_every_session_of_this_person_only(client_of):
    first, second, other = client_of("auditor"), client_of("auditor"), client_of("operator")

    first.submit("/sign-out", everywhere="1")

    assert [is_signed_in(one) for one in (first, second, other)] == [False, False, True]


def test_roles_that_change_end_the_sessions_and_hold_at_the_next_one(house, client_of):
    browser, admin = client_of("auditor"), client_of("administrator")
    admin.act("person.roles", name="auditor", roles=["operator"])
    still = is_signed_in(browser)

    agree(house, 1)

    assert (still, is_signed_in(browser)) == (True, False)
    again = client_of("auditor")
    assert again.get("/tables/people").status_code == 403


def test_keeping_somebody_out_ends_the_sessions_at_once(client_of):
    browser, admin = client_of("auditor"), client_of("administrator")

    admin.act("person.disable", name="auditor", code=True)

    assert not is_signed_in(browser)


def test_a_new_password_ends_the_other_sessions(house, client_of):
    browser, other = client_of("auditor"), client_of("auditor")
    new = "another quiet river somewhere"

    answer = browser.submit(
        "/account/password", present="quiet river under the stone", new=new, again=new, code=True
    )

    assert answer.status_code == 303, answer.text
    assert (is_signed_in(browser), is_signed_in(other)) == (True, False)
    assert house.sign_in(house.nobody(), "auditor").status_code == 422
    assert house.sign_in(house.nobody(), "auditor", password=new).status_code == 303


def test_a_session_is_no_secret_that_the_server_could_give_away(house, client_of):
    token = cookie(client_of("auditor"))

    page = client_of("administrator").get("/people/by-name/auditor").text

    assert token not in page
    assert token not in repr(house.office.dump())


def test_who_is_not_signed_in_learns_it_in_the_way_that_he_asked(house):
    browser = house.nobody()

    page = browser.get("/")
    part = browser.get("/", headers={"HX-Request": "true"})
    program = browser.get("/api/v1/tables/people")
    form = browser.post("/actions/person.add", headers={"Origin": ORIGIN})

    assert (page.status_code, part.status_code) == (303, 401)
    assert (program.status_code, form.status_code) == (401, 401)
    assert program.json["error"]["code"] == "sign_in_needed"


def test_who_is_signed_in_is_no_breach_and_no_obstacle_to_a_backup(house, client_of, tmp_path):
    """Found by the soak: digests of tokens were looked for in the archive, every night."""
    client_of("auditor")
    person, at = house.person("auditor"), house.services.now()
    with house.services.store.begin() as uow:
        until = at + timedelta(days=1)
        uow.sessions.add_token("d" * 64, person.id, "report", frozenset(), at=at, until=until)

    made = backup.make(house.services, tmp_path / "backups")

    assert [one.first for one in verify(house.services, deep=True) if one.first] == []
    assert backup.read_manifest(made.folder)["archived"] == made.archived
