// The work of genesys-webhook, written for Node: verify, put into the queue, log, answer.

const { createHash, createHmac, randomUUID, timingSafeEqual } = require("node:crypto");
const { GetSecretValueCommand, SecretsManagerClient } = require("@aws-sdk/client-secrets-manager");
const { SendMessageCommand, SQSClient } = require("@aws-sdk/client-sqs");

const KEPT_MILLISECONDS = 5 * 60 * 1000;
const secretsManager = new SecretsManagerClient({});
const sqs = new SQSClient({});
const known = new Map();

async function version(name, stage) {
  try {
    const answer = await secretsManager.send(new GetSecretValueCommand({ SecretId: name, VersionStage: stage }));
    return JSON.parse(answer.SecretString);
  } catch (error) {
    if (error.name === "ResourceNotFoundException") return null;
    throw error;
  }
}

async function settings(integration) {
  const entry = known.get(integration);
  if (entry && Date.now() - entry.readAt < KEPT_MILLISECONDS) return entry.versions;
  const name = `${process.env.SECRET_PREFIX}/${integration}/receive`;
  const versions = (await Promise.all([version(name, "AWSCURRENT"), version(name, "AWSPREVIOUS")])).filter(Boolean);
  known.set(integration, { versions, readAt: Date.now() });
  return versions;
}

function isAuthentic(body, header, versions) {
  if (!header?.startsWith("sha256=")) return false;
  const given = Buffer.from(header.slice("sha256=".length), "base64");
  return versions
    .flatMap((config) => config.genesys.webhookSecrets)
    .map((secret) => createHmac("sha256", secret).update(body).digest())
    .some((expected) => expected.length === given.length && timingSafeEqual(expected, given));
}

exports.handler = async (event) => {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  const integration = event.pathParameters.integration;
  const versions = await settings(integration);
  if (versions.length === 0) return { statusCode: 404 };
  if (!isAuthentic(body, event.headers["x-hub-signature-256"], versions)) return { statusCode: 401 };
  const text = body.toString("utf8");
  const { id, channel } = JSON.parse(text);
  const contact = channel.to.id;
  const accepted = { integration, contact, id, accepted_at: new Date().toISOString(), trace: randomUUID(), payload: text };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.OUTBOUND_QUEUE_URL,
      MessageBody: JSON.stringify(accepted),
      MessageGroupId: createHash("sha256").update(`${integration}#${contact}`).digest("hex"),
      MessageDeduplicationId: createHash("sha256").update(`${integration}#${contact}#${id}`).digest("hex"),
    }),
  );
  console.log(JSON.stringify({ "event.name": "accepted", integration, "event.id": id, "trace.id": accepted.trace }));
  return { statusCode: 200 };
};
