"""The HTTP interface: described whole, refusing in both languages, and unshaken by any input."""

from __future__ import annotations

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig

from hub.console.openapi import describe
from hub.console.registry import Registry
from hub.console.topics import TOPICS
from hub.errors import Rejected

REGISTRY = Registry(TOPICS)


def test_everything_registered_is_described():
    paths = describe(REGISTRY)["paths"]

    assert set(paths) == {
        *(f"/api/v1/tables/{name}" for name in REGISTRY.tables),
        *(f"/api/v1/actions/{name}" for name in REGISTRY.actions),
    }


@pytest.mark.parametrize("name", sorted(REGISTRY.actions))
def test_the_input_of_an_action_is_a_json_schema(name):
    operation = describe(REGISTRY)["paths"][f"/api/v1/actions/{name}"]["post"]
    (content,) = operation["requestBody"]["content"].values()

    jsonschema.Draft202012Validator.check_schema(content["schema"])
    assert ("code" in content["schema"].get("required", ())) == REGISTRY.actions[name].step_up


def test_a_person_sees_only_what_is_open_to_him(house, client_of):
    paths = client_of("operator").get("/api/v1/openapi.json").json["paths"]

    assert "/api/v1/tables/tasks" in paths
    assert "/api/v1/actions/payout.sign" not in paths


def test_wrong_fields_are_named_in_the_readers_language(house, client_of):
    client = client_of("payout_maker")

    answer = client.call("payout.decline", list_id="x", unknown=1)

    assert answer.status_code == 400
    fields = answer.json["error"]["fields"]
    assert fields["list_id"] == "应填整数"
    assert fields["unknown"] == "此处没有这一栏"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff"])
def test_what_is_no_object_is_refused(house, client_of, body):
    client = client_of("payout_maker")
    headers = {"X-CSRF-Token": client.csrf_token, "Content-Type": "application/json"}

    answer = client.post("/api/v1/actions/payout.decline", data=body, headers=headers)

    assert answer.status_code in {400, 422}
    assert answer.json["error"]["code"]


STATUS = {
    "page_missing": 404,  # nobody has it
    "field_missing": 422,  # a file lacks it
    "restore_changed": 409,
    "csrf_refused": 403,
}


@pytest.mark.parametrize("code", STATUS)
def test_the_status_of_a_refusal_is_that_of_its_kind(house, code):
    with house.app.test_request_context("/api/v1/tables/tasks"):
        answer = house.app.make_response(house.app.handle_user_exception(Rejected(code)))

    assert answer.status_code == STATUS[code]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["auditor", "administrator", "payout_maker", "region_user"])
def test_no_input_shakes_the_interface(house, client_of, role):
    """Fuzz every address open to a role: never a bug's answer, never another form of answer."""
    client = client_of(role)
    document = client.get("/api/v1/openapi.json").json
    token = client.csrf_token
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig())
    seen = set()
    for operation in (result.ok() for result in schema.get_all_operations()):
        seen.add(operation.label)
        _fuzz(operation, client, token)

    assert seen


def _fuzz(operation, client, token):
    @settings(
        max_examples=8,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case):
        arguments = case.as_transport_kwargs(base_url="https://localhost")
        answer = client.open(
            case.formatted_path,
            method=case.method,
            query_string=arguments.get("params") or {},
            json=arguments.get("json"),
            headers={"X-CSRF-Token": token},
        )
        assert answer.status_code < 500, (operation.label, arguments)
        assert answer.is_json
        assert answer.status_code == 200 or answer.json["error"]["code"]

    given(operation.as_strategy())(check)()
