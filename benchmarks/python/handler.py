"""What genesys-webhook does, written for Python: verify, put into the queue, log, answer."""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid

import boto3

KEPT_SECONDS = 5 * 60
secrets_manager = boto3.client("secretsmanager")
sqs = boto3.client("sqs")
known = {}


def version(name, stage):
    try:
        answer = secrets_manager.get_secret_value(SecretId=name, VersionStage=stage)
    except secrets_manager.exceptions.ResourceNotFoundException:
        return None
    return json.loads(answer["SecretString"])


def settings(integration):
    versions, read_at = known.get(integration, (None, 0.0))
    if versions is not None and time.monotonic() - read_at < KEPT_SECONDS:
        return versions
    name = f"{os.environ['SECRET_PREFIX']}/{integration}/receive"
    found = (version(name, stage) for stage in ("AWSCURRENT", "AWSPREVIOUS"))
    versions = [document for document in found if document is not None]
    known[integration] = (versions, time.monotonic())
    return versions


def is_authentic(body, header, versions):
    if not header or not header.startswith("sha256="):
        return False
    given = base64.b64decode(header.removeprefix("sha256="))
    secrets = (secret for config in versions for secret in config["genesys"]["webhookSecrets"])
    return any(hmac.compare_digest(hmac.digest(secret.encode(), body, "sha256"), given) for secret in secrets)


def handle(event, _context):
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    integration = event["pathParameters"]["integration"]
    versions = settings(integration)
    if not versions:
        return {"statusCode": 404}
    if not is_authentic(body, event["headers"].get("x-hub-signature-256"), versions):
        return {"statusCode": 401}
    text = body.decode()
    notification = json.loads(text)
    contact, identity = notification["channel"]["to"]["id"], notification["id"]
    accepted = {
        "integration": integration,
        "contact": contact,
        "id": identity,
        "accepted_at": time.time(),
        "trace": uuid.uuid4().hex,
        "payload": text,
    }
    sqs.send_message(
        QueueUrl=os.environ["OUTBOUND_QUEUE_URL"],
        MessageBody=json.dumps(accepted),
        MessageGroupId=hashlib.sha256(f"{integration}#{contact}".encode()).hexdigest(),
        MessageDeduplicationId=hashlib.sha256(f"{integration}#{contact}#{identity}".encode()).hexdigest(),
    )
    line = {"event.name": "accepted", "integration": integration, "event.id": identity, "trace.id": accepted["trace"]}
    print(json.dumps(line))
    return {"statusCode": 200}
