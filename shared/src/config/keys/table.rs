//! The table of keys.

use super::Default::{Json, Null, NullOr, Required};
use super::Kind::{
    AnyList, Bool, Choice, Entries, Headers, List, NumberOrText, Object, Tagged, Template, Text,
    Whole,
};
use super::NeededBy::{Both, Receive, Send};
use super::{Form, Key, Kind};
use crate::config::send::LONGEST_MAX_AGE_MINUTES;
use crate::config::templates::{ENTRIES, METHODS};
use crate::event_type::OutboundType;

/// Rows of the table: the name, the document that needs the key, the type, the default, and the
/// explanation. An object that is not split into documents says `Both`.
macro_rules! keys {
    ($($name:literal, $needed_by:expr, $kind:expr, $default:expr, $about:literal;)*) => {
        &[$(Key {
            name: $name,
            kind: $kind,
            default: $default,
            needed_by: $needed_by,
            about: $about,
        },)*]
    };
}

const MOST: u64 = u32::MAX as u64;
const URL: Kind = Text(Form::Url);
const BASE_URL: Kind = Text(Form::BaseUrl);
const SECRET: Kind = Text(Form::Secret(1));

pub(super) const FILE: &[Key] = keys! {
    "listen", Both, Text(Form::Address), NullOr("\"127.0.0.1:8787\""),
        "One machine only: the address and port to listen on; port 0 takes a free one. A change needs a restart.";
    "dataDir", Both, Text(Form::Folder), NullOr("\"./data\""),
        "One machine only: the data directory, relative to the configuration file; on a local disk, one process each. A change needs a restart.";
    "metricsListen", Both, Text(Form::Address), Null,
        "One machine only: the address and port of GET /metrics for Prometheus, never the address of listen. A change needs a restart.";
    "notify", Both, Object(NOTIFY), Null,
        "One machine only: where to send notifications about dead letters, long waits and a wrong configuration. A change needs a restart.";
    "integrations", Both, List(&Object(INTEGRATION), "at least one integration is needed"), Required,
        "The integrations.";
};

const NOTIFY: &[Key] = keys! {
    "url", Both, URL, Required, "Each notification is posted there as JSON.";
    "afterMinutes", Both, Whole(1, 10_080), Json("5"),
        "A notification of the kind waiting is sent when an event waits longer than this.";
};

pub(in crate::config) const INTEGRATION: &[Key] = keys! {
    "name", Both, Text(Form::Name), Required,
        "The integration's name, 1 to 64 of A-Z a-z 0-9 - _; the last part of both URLs.";
    "genesys", Both, Object(GENESYS), Required, "The side of Genesys Cloud.";
    "lynn", Both, Object(LYNN), Required, "The side of Lynn.";
    "text", Send, Object(TEXT), Json("{}"), "Changes to text on its way to Genesys Cloud.";
    "media", Send, Object(MEDIA), Json("{}"), "The handling of files.";
    "delivery", Send, Object(DELIVERY), Json("{}"), "The time limit of delivery.";
};

const GENESYS: &[Key] = keys! {
    "domain", Send, Text(Form::Domain), Required, "The region's domain, such as mypurecloud.com.";
    "integrationId", Both, Text(Form::Id), Required, "The id of the Open Messaging integration.";
    "apiBaseUrl", Send, BASE_URL, Null, "The base URL of the API; default https://api.{domain}.";
    "loginBaseUrl", Send, BASE_URL, Null,
        "The base URL of the login; default https://login.{domain}.";
    "oauthClients", Send, List(&Object(OAUTH_CLIENT), "at least one client is needed"), Required,
        "OAuth clients with the grant client credentials; load is spread over them.";
    "webhookSecrets", Receive, List(&Text(Form::Secret(16)), "at least one secret is needed"),
        Required,
        "The secrets that may sign Genesys Cloud's webhooks, any of them, of at least 16 characters. Keep the old one while you change it.";
    "eventsApiKey", Receive, Text(Form::CallersKey), Null,
        "The key with which a workflow of Genesys Cloud posts events; without it, no workflow can post.";
    "threadingTimelineMinutes", Send, Whole(0, 4320), Json("4320"),
        "The organisation's threading timeline for Open Messaging; 0: each conversation ends for good.";
    "receipts", Send, Choice(&["reported", "accepted"]), Json("\"reported\""),
        "When the agent sees Delivered: when Lynn has reported it, or as soon as Lynn has accepted the message. Failed is always sent.";
    "queueId", Both, Text(Form::Id), Null,
        "The queue of GET /lynn/{integration}/availability; without it, the request gets 404.";
    "conversationPer", Both, Choice(&["contact", "session"]), Json("\"contact\""),
        "Whether each contact or each session gets its own conversation, whatever the threading timeline. See docs/genesys-routing.md.";
    "agentNames", Send, Choice(&["real", "alias", "hidden"]), Json("\"real\""),
        "How an agent is named to Lynn: by the name, by genesys.agentAlias, or not at all.";
    "agentAlias", Send, Text(Form::Label), Null, "The name of every agent with agentNames alias.";
};

const OAUTH_CLIENT: &[Key] = keys! {
    "clientId", Both, Text(Form::Id), Required, "The client's id.";
    "clientSecret", Both, SECRET, Required, "The client's secret.";
};

const LYNN: &[Key] = keys! {
    "webhookUrl", Send, URL, Required, "Where events are posted.";
    "dialect", Send, Choice(&["bridge", "genesys"]), Json("\"bridge\""),
        "The JSON that is posted: the bridge's own, or Genesys Cloud's webhooks as they came, for a Lynn that speaks Open Messaging.";
    "hubSecret", Send, Text(Form::HubSecret), Null,
        "Needed with dialect genesys: the secret that signs each post as Genesys Cloud signs its webhooks, in the header X-Hub-Signature-256.";
    "eventsUrl", Send, URL, Null,
        "With dialect genesys: where events without a form in Open Messaging are posted, in the bridge's own JSON; without it, they are not posted.";
    "auth", Send, Tagged(AUTH), Json("{\"type\":\"none\"}"), "How the bridge authenticates to Lynn.";
    "signingSecret", Send, Text(Form::SigningSecret), Null,
        "The secret that signs each post to Lynn by Standard Webhooks: base64, with whsec_ before it or without.";
    "inboundAuth", Receive, List(&Tagged(INBOUND_AUTH), "at least one way to authenticate is needed"),
        Required, "How Lynn may authenticate, any of them. Keep the old one while you change it.";
    "quietSession", Send, Choice(&["webhook", "proactive", "fail"]), Json("\"webhook\""),
        "How an agent's message is treated when the customer's session is over: posted all the same, brought by a campaign, or failed.";
    "proactive", Send, Object(PROACTIVE), Null, "The campaign for quietSession proactive.";
    "sessionTimeoutMinutes", Send, Whole(1, MOST), Json("1440"),
        "Minutes without a word from the customer after which the session counts as over.";
    "onSessionEnded", Send, Choice(&["keep", "disconnect", "notice"]), Json("\"keep\""),
        "The effect of the end of a session at Genesys Cloud: none, the conversation ends, or the agent gets a notice.";
    "headers", Send, AnyList(&Object(HEADER)), Json("[]"),
        "Headers of every call to Lynn: events, campaigns and the call for a token.";
    "templates", Send, Entries(&ENTRIES, &Object(TEMPLATE_ENTRY)), Json("{}"),
        "The requests of a receiver with a contract of its own, by the event's type; proactive: the campaign; *: every other type. See docs/templates.md.";
    "inboundTemplate", Receive, Template, Null,
        "Makes one event, or a list, of the method, query, headers and body of a request. See docs/templates.md.";
    "events", Send, List(&Choice(&OutboundType::WORDS), "at least one type is needed"),
        Json(r#"["message","typing","receipt","conversation.agentConnected","conversation.ended"]"#),
        "The types of events that are posted. An event of another type counts as done.";
};

const AUTH: &[(&str, &[Key])] = &[
    ("none", &[]),
    ("bearer", keys! { "token", Both, SECRET, Required, "The token."; }),
    ("header", HEADER),
    (
        "basic",
        keys! {
            "username", Both, Text(Form::Username), Required, "The user's name.";
            "password", Both, Text(Form::Secret(0)), Required, "The password.";
        },
    ),
    (
        "lynnToken",
        keys! {
            "endpoint", Both, BASE_URL, Required, "The base of /api/LynnService/CreateToken.";
            "accessToken", Both, SECRET, Required, "The access token of the credential.";
            "accessTokenSecret", Both, SECRET, Required, "The secret of the credential.";
            "tenant", Both, NumberOrText, Required, "The tenant.";
        },
    ),
];

const HEADER: &[Key] = keys! {
    "name", Both, Text(Form::HeaderName), Required, "The header's name.";
    "value", Both, Text(Form::HeaderValue), Required, "The header's value.";
};

const INBOUND_AUTH: &[(&str, &[Key])] = &[
    (
        "apiKey",
        keys! {
            "key", Both, Text(Form::CallersKey), Required, "The key, in the header x-api-key.";
        },
    ),
    (
        "signature",
        keys! {
            "secret", Both, Text(Form::CallersSigningSecret), Required,
                "The secret of a Standard Webhooks signature: base64, with whsec_ before it or without.";
        },
    ),
    (
        "oauthClient",
        keys! {
            "clientId", Both, Text(Form::ClientId), Required,
                "The id of a client that calls the routes of Open Messaging.";
            "clientSecret", Both, Text(Form::CallersKey), Required,
                "The client's secret; with both it gets a token.";
        },
    ),
];

const PROACTIVE: &[Key] = keys! {
    "url", Both, URL, Required, "The URL to which the request for the campaign is posted.";
    "campaignId", Both, NumberOrText, Required, "The campaign.";
};

const TEMPLATE: Kind = Text(Form::Template);
const TEMPLATE_ENTRY: &[Key] = keys! {
    "when", Send, TEMPLATE, Null, "Whether an event is posted, as an expression.";
    "method", Send, Choice(&METHODS), Null, "The method of the request; default POST.";
    "url", Send, TEMPLATE, Null,
        "The URL of the request; default lynn.webhookUrl or lynn.proactive.url. Values are percent-encoded.";
    "headers", Send, Headers, Json("{}"), "Further headers, by their names.";
    "body", Send, Template, Null, "The body of the request; default the event's JSON.";
    "sessionEnded", Send, TEMPLATE, Null,
        "Whether Lynn's answer says that there is no live session, as an expression with answer.";
};

const TEXT: &[Key] = keys! {
    "stripHtml", Send, Bool, Json("true"),
        "Whether the HTML of customers, bots and flows becomes plain text.";
    "maxLength", Send, Whole(1, 10_000), Json("2000"),
        "The most UTF-16 code units in one message; longer texts are split.";
};

const MEDIA: &[Key] = keys! {
    "mode", Send, Choice(&["pass", "relay"]), Json("\"pass\""),
        "Links to files are passed on as they are, or the files are copied and links to the copies are passed on.";
    "publicBaseUrl", Send, BASE_URL, Null,
        "Needed with relay on one machine: the URL by which Genesys Cloud and Lynn reach the bridge. On AWS the stack's own.";
    "linkHours", Send, Whole(1, 72), Json("72"),
        "How many hours after its event a link to a copy lives; longer than delivery.maxAgeMinutes.";
};

const DELIVERY: &[Key] = keys! {
    "maxAgeMinutes", Send, Whole(1, LONGEST_MAX_AGE_MINUTES as u64), Json("240"),
        "Minutes after which an event that could not be delivered is given up; at most 7 days, as long as records of messages are kept.";
};
