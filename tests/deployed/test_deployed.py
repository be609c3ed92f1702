"""The template deployed to an AWS of this machine, and each way into the functions walked."""

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import requests
from conftest import until
from standardwebhooks import Webhook


@pytest.fixture(scope="module")
def contoso(deployed, directory):
    deployed.connect("contoso", "c1", directory, "--every", "1h")
    return "contoso"


def outcomes(deployed, connection):
    return [run["outcome"] for run in deployed.fairlead("runs", connection)]


@pytest.mark.parametrize("function", ["Worker", "Webhook", "Rotator"])
def test_every_function_says_what_it_is_and_loads_what_its_package_holds(deployed, function):
    error, said = deployed.invoke(function, {"kind": "describe"})
    assert error is None, said
    assert said["role"] == function.lower()
    assert {it["connector"]: it.get("problem") for it in said["connectors"]} == dict.fromkeys(
        ["c1", "cado", "cloudcraft", "segura-entitlements", "segura-iam"]
    )


def test_a_function_refuses_what_is_not_its_own(deployed):
    error, said = deployed.invoke("Webhook", {"kind": "tick"})
    assert (error, said["errorType"]) == ("Unhandled", "Fairlead.NotMine")


def test_a_tick_is_synced_by_the_queue(deployed, contoso):
    error, ticked = deployed.invoke("Worker", {"kind": "tick"})
    assert (error, ticked["asked"]) == (None, [contoso])
    until("the sync", lambda: outcomes(deployed, contoso) == ["complete"])
    counted = deployed.fairlead("query", contoso, "SELECT count(*) AS users FROM items WHERE kind = 'user'")
    assert counted == [{"users": 60}]


def test_what_nobody_can_do_comes_to_the_dead_letters_with_a_reason(deployed):
    deployed.queues.send_message(QueueUrl=deployed.resources["Work"], MessageBody="no message")

    def letters():
        dead = deployed.resources["DeadLetters"]
        return deployed.queues.receive_message(QueueUrl=dead, MessageAttributeNames=["All"]).get("Messages")

    [letter] = until("the dead letter", letters)
    assert letter["Body"] == "no message"
    assert "no message of Fairlead's" in letter["MessageAttributes"]["reason"]["StringValue"]


def signed(key, message, body):
    """The headers of a message, by a library of the scheme's authors."""
    now = datetime.now(UTC)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(key).sign(message, now, body),
    }


def ask(deployed, method, path, headers, body=None):
    """A request to the webhook's address, which only its host name tells from others here."""
    host = urlsplit(deployed.outputs["WebhookAddress"]).netloc
    headers = {"Host": host, "content-type": "application/json"} | headers
    return requests.request(method, f"{deployed.endpoint}{path}", data=body, headers=headers, timeout=60)


def test_a_signed_message_is_answered_by_a_report(deployed, contoso):
    key = deployed.fairlead("webhooks", "keys", "add", "portal")["key"]
    body = json.dumps({"connection": contoso})
    taken = ask(deployed, "POST", "/webhooks/validate", signed(key, "msg_1", body), body)
    assert taken.status_code == 202, taken.text

    def done():
        stands = ask(deployed, "GET", taken.headers["Location"], signed(key, "msg_1", "")).json()
        return stands if stands["state"] != "pending" else None

    record = until("the report", done)
    assert (record["state"], record["report"]["connection"]) == ("done", contoso)

    forged = signed(key, "msg_2", body) | {"webhook-signature": "v1,AAAA"}
    assert ask(deployed, "POST", "/webhooks/validate", forged, body).status_code == 401


def test_secrets_manager_rotates_a_secret_by_the_rotator(deployed, rotating):
    deployed.connect("fabrikam", "cloudcraft", rotating)
    deployed.fairlead("connections", "edit", "fabrikam", "--rotate", "on")
    secret = "fairlead/test/connections/fabrikam/credential"
    value = lambda: deployed.secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
    before = value()
    deployed.secrets.rotate_secret(
        SecretId=secret,
        RotationLambdaARN=deployed.outputs["RotatorArn"],
        RotationRules={"AutomaticallyAfterDays": 30},
    )
    until("the rotation", lambda: value() != before)
    assert "made" in json.loads(value())
    assert deployed.fairlead("validate", "fabrikam")


def test_no_secret_is_in_any_log(deployed, directory, rotating):
    logs = deployed.logs()
    assert "RunSeconds" in logs
    for azure in [directory, rotating]:
        assert azure.tenant["client_secret"] not in logs
