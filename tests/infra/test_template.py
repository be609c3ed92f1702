"""What deploys Fairlead to AWS, looked at as AWS will see it: after the serverless transform."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

# Statements that name everything of something, and why that is right.
WILDCARDS = {
    "TheAccountDecides": "the key belongs to the account, which decides by its own policies",
    "OnlyOverTls": "it denies",
}
# Managed policies that the transform adds to every function for its log, its traces and its queue.
MANAGED = {
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "AWSLambdaSQSQueueExecutionRole",
}


class Policies:
    """AWS knows the ARNs of its own policies; here their names do."""

    def load(self):
        return {name: f"arn:aws:iam::aws:policy/{name}" for name in MANAGED}


@pytest.fixture(scope="module")
def resources():
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    template = json.loads(json.dumps(cfn_yaml.load(str(TEMPLATE))))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"].setdefault("CodeUri", {"Bucket": "bucket", "Key": "function.zip"})
    template["Globals"]["Function"]["CodeUri"] = {"Bucket": "bucket", "Key": "function.zip"}
    return transform(template, {}, Policies())["Resources"]


def of_type(resources, kind):
    return {name: it["Properties"] for name, it in resources.items() if it["Type"] == kind}


def statements(properties):
    for policy in properties.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def listed(value):
    return value if isinstance(value, list) else [value]


def test_the_template_is_clean_by_cloudformations_own_rules():
    checked = subprocess.run(
        [pathlib.Path(sys.executable).parent / "cfn-lint", "--regions", "eu-west-1", "us-east-1", "--", TEMPLATE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_role_may_do_everything_or_with_everything(resources):
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for managed in role.get("ManagedPolicyArns", []):
            assert str(managed).rsplit("/", 1)[-1].strip("'\"}") in MANAGED, f"{name}: {managed}"
        for statement in statements(role):
            where = f"{name}: {statement.get('Sid')}"
            for action in listed(statement["Action"]):
                assert "*" not in action, f"{where}: {action}"
            for resource in listed(statement["Resource"]):
                text = json.dumps(resource)
                assert text not in ('"*"', '"arn:*"'), f"{where}: {text}"


def test_wildcards_are_only_where_it_is_said_why(resources):
    for name, it in resources.items():
        if it["Type"] == "AWS::IAM::Role":
            continue
        for statement in find_statements(it["Properties"]):
            if "*" in json.dumps(listed(statement.get("Action"))) or listed(statement.get("Resource")) == ["*"]:
                assert statement.get("Sid") in WILDCARDS, f"{name}: {statement}"


def find_statements(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Statement":
                yield from listed(inner)
            else:
                yield from find_statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from find_statements(inner)


def test_a_message_stays_hidden_six_times_as_long_as_the_worker_may_take(resources):
    functions = of_type(resources, "AWS::Lambda::Function")
    queues = of_type(resources, "AWS::SQS::Queue")
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert sources
    for source in sources.values():
        worker = functions[source["FunctionName"]["Ref"]]
        queue = queues[source["EventSourceArn"]["Fn::GetAtt"][0]]
        assert queue["VisibilityTimeout"] >= 6 * worker["Timeout"]
        assert source["BatchSize"] == 1
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_queue_but_the_last_has_dead_letters(resources):
    queues = of_type(resources, "AWS::SQS::Queue")
    last = {it["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for it in queues.values() if "RedrivePolicy" in it}
    assert last
    for name, queue in queues.items():
        assert name in last or queue["RedrivePolicy"]["maxReceiveCount"] >= 5, name
        assert "KmsMasterKeyId" in queue, name


def test_every_function_logs_to_a_group_that_forgets(resources):
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for group in groups.values():
        assert "RetentionInDays" in group
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups, name
        assert function["LoggingConfig"]["LogFormat"] == "JSON", name


def test_each_function_has_a_role_of_its_own_and_only_the_rotator_changes_secrets_in_use(resources):
    functions = of_type(resources, "AWS::Lambda::Function")
    roles = {name: it["Role"]["Fn::GetAtt"][0] for name, it in functions.items()}
    assert len(set(roles.values())) == 3
    kinds = {it["Environment"]["Variables"]["FAIRLEAD_ROLE"]: name for name, it in functions.items()}
    assert sorted(kinds) == ["rotator", "webhook", "worker"]
    for kind, function in kinds.items():
        role = of_type(resources, "AWS::IAM::Role")[roles[function]]
        for statement in statements(role):
            for action in listed(statement["Action"]):
                if action in ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"):
                    proposed = "connections/proposed-" in json.dumps(statement["Resource"])
                    assert kind == "rotator" or proposed, f"{kind}: {statement['Sid']}"


def test_no_variable_of_a_function_holds_a_secret(resources):
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        for variable in function["Environment"]["Variables"]:
            assert not any(word in variable for word in ("PASSWORD", "CLIENT_SECRET", "PASSPHRASE", "TOKEN")), name


def test_only_tls_reaches_what_is_kept_and_nothing_of_it_is_public(resources):
    buckets = of_type(resources, "AWS::S3::Bucket")
    for bucket in buckets.values():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)
        for rule in rules:
            kept = ("connections", "runs", "latest", "files", "leases", "standings", "reports", "endpoints")
            assert "ExpirationInDays" not in rule or not any(f"/{it}/" in rule["Prefix"] for it in kept), rule
    denied = [
        statement
        for policy in of_type(resources, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert any(it["Condition"]["Bool"]["aws:SecureTransport"] == "false" for it in denied)


def test_the_schedule_says_what_the_worker_understands(resources):
    schedules = of_type(resources, "AWS::Scheduler::Schedule")
    assert [json.loads(it["Target"]["Input"]) for it in schedules.values()] == [{"kind": "tick"}]
    # CloudFormation takes `rate(1 minutes)`; the scheduler does not.
    assert all(it["ScheduleExpression"] == "rate(1 minute)" for it in schedules.values())
