"""Every route and every person: what the registry says is open, is open; nothing else is.

The rows are generated from the application's own map of addresses, so that an address that nobody
thought of is in it; what to expect is worked out here from the topics and `config/roles.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from werkzeug.routing.converters import NumberConverter

from hub.console.topics import TOPICS
from hub.domain.permission import Permission
from hub.mappings.roles import load_roles
from tests.conftest import ROOT
from tests.console.house import ORIGIN, House

ROLES = load_roles(ROOT / "config")
TABLES = {table.name: table for topic in TOPICS for table in topic.tables}
ACTIONS = {action.name: action for topic in TOPICS for action in topic.actions}
PAGES = {page.endpoint: page for topic in TOPICS for page in topic.pages}
EVERYBODYS = {"static", "health"}
SIGNED_IN = {"openapi"}
BY_NAME = {
    "table": TABLES, "api_table": TABLES,
    "action": ACTIONS, "do_action": ACTIONS, "api_action": ACTIONS,
}  # fmt: skip
NO_RATES = {"requests_per_minute": 100_000, "sign_in_attempts": 10_000}
READING = {"GET", "HEAD", "OPTIONS"}
MAY_CHANGE = {"people_sessions", "security_events", "looks", "journal", "alembic_version"}


@dataclass(frozen=True, eq=False)
class Row:
    """One address with one method; `thing` is what is registered there."""

    endpoint: str
    method: str
    path: str
    thing: object


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        made = House(tmp_path_factory.mktemp("matrix"), patch, **NO_RATES)
        yield made
        made.office.store.close()


@pytest.fixture(scope="module")
def rows(house):
    adapter = house.app.url_map.bind("localhost")
    found = []
    for rule in house.app.url_map.iter_rules():
        for name in BY_NAME.get(rule.endpoint, [None]):
            values = {
                argument: name if name and argument == "name" else filled(rule, argument)
                for argument in rule.arguments
            }
            path = adapter.build(rule.endpoint, values)
            thing = BY_NAME[rule.endpoint][name] if name else PAGES.get(rule.endpoint)
            methods = sorted(rule.methods - {"HEAD", "OPTIONS"})
            found += [Row(rule.endpoint, method, path, thing) for method in methods]
    return found


def filled(rule, argument):
    """Return a value that an address takes and that names nothing."""
    is_number = isinstance(rule._converters[argument], NumberConverter)
    return 987654321 if is_number else "no-such-thing"


def is_open(row, role):
    """Tell from the registry whether a role may open a row."""
    if row.endpoint in EVERYBODYS or getattr(row.thing, "is_public", False):
        return True
    if role is None:
        return False
    if row.endpoint in SIGNED_IN or (row.endpoint in PAGES and row.thing.permission is None):
        return True
    needed = getattr(row.thing, "permissions", None) or (row.thing.permission,)
    if not role.permissions & set(needed):
        return False
    own = {"bank_user": "partner", "region_user": "region"}.get(role.code)
    return not role.scoped or row.thing.scope == own


def ask(browser, row, token):
    if row.method == "GET":
        return browser.get(row.path)
    if row.path.startswith("/api/"):
        return browser.post(row.path, json={}, headers={"X-CSRF-Token": token})
    form = {"csrf_token": token}
    return browser.open(row.path, method=row.method, data=form, headers={"Origin": ORIGIN})


def denies(answer, role):
    """Tell whether an answer refuses more than a view may: a permission that the role lacks."""
    if answer.status_code != 403:
        return answer.status_code == 401
    named = {permission for permission in Permission if permission.value in answer.text}
    return not named or bool(named & role.permissions)


def refusals(house):
    """Return the numbers of the last refusals on record."""
    with house.services.store.read() as uow:
        kinds = ("access.refused", "access.missing")
        found = [uow.security.events(event=kind, limit=1) for kind in kinds]
    return [one.id for kind in found for one in kind]


def ends_the_session(row):
    return row.endpoint in {"sign_out", "account_password"}


def test_every_address_is_registered(rows):
    unknown = [row.path for row in rows if row.thing is None]

    assert [p for p in unknown if not p.startswith("/static/")] in (
        [],
        *([p] for p in ("/health", "/api/v1/openapi.json")),
        ["/api/v1/openapi.json", "/health"],
        ["/health", "/api/v1/openapi.json"],
    )


def test_every_table_action_and_page_has_an_address(rows):
    reached = [row.thing for row in rows]

    assert all(thing in reached for thing in (*TABLES.values(), *ACTIONS.values(), *PAGES.values()))


@pytest.mark.parametrize("code", sorted(ROLES))
def test_a_role_opens_what_the_registry_says_and_nothing_else(house, rows, code):
    role, browser = ROLES[code], house.client_of(code)
    token = browser.csrf_token
    wrong = []
    for row in rows:
        if ends_the_session(row):
            continue
        before = refusals(house) if not is_open(row, role) else []
        answer = ask(browser, row, token)
        if is_open(row, role):
            fine = answer.status_code < 500 and not denies(answer, role)
        else:
            wanted = 404 if role.scoped else 403
            fine = answer.status_code in (403, wanted) and refusals(house) != before
        if not fine:
            wrong.append((row.method, row.path, answer.status_code))

    assert wrong == []


def test_nobody_opens_anything_but_the_way_in(house, rows):
    browser = house.nobody()
    wrong = []
    for row in rows:
        if is_open(row, None):
            continue
        answer = ask(browser, row, "")
        sent = answer.status_code == 303 and answer.location.startswith("/sign-in?next=")
        if not sent and answer.status_code != 401:
            wrong.append((row.method, row.path, answer.status_code))

    assert wrong == []


def test_reading_changes_nothing(house, rows):
    before = kept(house)
    left = {row for row in rows if row.method == "GET"}
    for code, role in ROLES.items():
        browser = house.client_of(code)
        for row in {row for row in left if is_open(row, role)}:
            browser.get(row.path, query_string={"confirm": "1"})
            browser.head(row.path)
            left.remove(row)

    assert kept(house) == before


def kept(house):
    dumped = house.office.dump()
    dumped["people"] = len(dumped["people"])  # codes that were used, failures
    return {name: found for name, found in dumped.items() if name not in MAY_CHANGE}


def test_actions_are_reached_by_post_only(rows):
    for row in rows:
        if row.endpoint in ("do_action", "api_action"):
            assert row.method == "POST"
        elif row.method not in READING:
            assert row.endpoint in PAGES


def test_nobody_but_administrators_administers(house):
    able = {role.code for role in ROLES.values() if "people.manage" in role.permissions}

    assert able == {"administrator"}


def test_an_auditor_writes_nothing(rows):
    open_ones = [r for r in rows if r.endpoint == "do_action" and is_open(r, ROLES["auditor"])]

    assert {row.thing.name for row in open_ones} <= {"journal.verify"}  # computes, keeps nothing


def test_maker_checker_and_approver_have_no_signature_in_common():
    writing = [
        {p for p in ROLES[code].permissions if not p.is_reading}
        for code in ("payout_maker", "payout_checker", "payout_approver", "cashier")
    ]

    assert all(writing)
    assert sum(map(len, writing)) == len(set().union(*writing))
