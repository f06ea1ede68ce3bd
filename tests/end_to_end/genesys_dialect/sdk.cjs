// Genesys' own SDK as a client of the bridge: it logs in, and makes the call that its first
// argument names with the body that its second argument is. Prints the answer as JSON.
const sdk = require("purecloud-platform-client-v2");

const CALLS = {
    message: "postConversationsMessageInboundOpenMessage",
    event: "postConversationsMessageInboundOpenEvent",
    receipt: "postConversationsMessageInboundOpenReceipt",
    "structured/response": "postConversationsMessageInboundOpenStructuredResponse",
};

async function main([call, body]) {
    const bridge = new URL(process.env.BRIDGE);
    const client = sdk.ApiClient.instance;
    client.setGateway({
        protocol: bridge.protocol.replace(":", ""),
        host: bridge.hostname,
        port: Number(bridge.port),
    });
    await client.loginClientCredentialsGrant(process.env.CLIENT_ID, process.env.CLIENT_SECRET);
    const api = new sdk.ConversationsApi();
    return api[CALLS[call]](process.env.INTEGRATION, JSON.parse(body));
}

main(process.argv.slice(2)).then(
    (answer) => console.log(JSON.stringify({ answer })),
    (error) => console.log(JSON.stringify({ status: error.status, said: error.message })),
);
