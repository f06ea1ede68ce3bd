//! `/api/v2/flows/jobs`: publishes a flow. The answer to a new job has an upload address. The
//! client uploads the YAML there, without a token and with the headers of the answer. Then the job
//! works, and succeeds or fails after its own time.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::Inner;
use super::super::login::Caller;
use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::desk::Desk;
use super::flow_source::FlowSource;
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::Organization;
use super::permissions::Needs;
use super::progress::Progress;
use crate::http::{Answer, Call};

const KIND: ObjectKind = ObjectKind::FlowJob;
const ALL: &[&str] = &["flows", "jobs"];
const ONE: &[&str] = &["flows", "jobs", ID];
/// The headers that the upload must have, as with a storage that checks a signature.
const HEADERS: [(&str, &str); 2] =
    [("x-amz-server-side-encryption", "aws:kms"), ("x-amz-meta-purpose", "flow")];
/// A job acts for its client. Without these permissions it fails, although the client could create
/// it.
const PUBLISHING: Needs =
    Needs::All(&["architect:flow:add", "architect:flow:edit", "architect:flow:publish"]);

/// Must precede the operations on flows: `jobs` is not the id of a flow.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::POST, ALL, Needs::All(&["architect:job:create"]), create),
    Operation::new(Method::GET, ONE, Needs::All(&["architect:job:view"]), show),
];

/// The part of a job that no answer shows.
#[derive(Debug)]
pub(super) struct Job {
    caller: Caller,
    signature: String,
    source: Vec<u8>,
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let job = desk.organization.add(KIND, &json!({ "status": "Started", "messages": [] }));
    let id = super::organization::text(&job, "id").to_owned();
    let signature = Uuid::new_v4().simple().to_string();
    let host = desk.call.header("host").unwrap_or("127.0.0.1");
    let headers: serde_json::Map<String, Value> =
        HEADERS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let answer = json!({
        "id": id,
        "presignedUrl": format!("http://{host}/uploads/flows/{id}?signature={signature}"),
        "headers": headers,
        "correlationId": Uuid::new_v4().to_string(),
    });
    let job = Job { caller: desk.caller.clone(), signature, source: Vec::new() };
    desk.organization.flow_jobs.insert(id, job);
    Ok(Answer::json(200, answer))
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    desk.named(KIND)?;
    let is_done = desk.organization.in_progress.get_mut(id).is_some_and(Progress::is_done_at_read);
    if is_done {
        desk.organization.in_progress.remove(id);
        desk.organization.work(id);
    }
    let mut job = desk.named(KIND)?.clone();
    let expand = desk.query("expand").unwrap_or_default();
    if let Some(fields) = job.as_object_mut()
        && !expand.split(',').any(|word| word == "messages")
    {
        fields.remove("messages");
    }
    Ok(Answer::json(200, job))
}

impl Organization {
    /// Publishes the uploaded flow, or stores the error in the job.
    fn work(&mut self, id: &str) {
        let Some(job) = self.flow_jobs.remove(id) else { return };
        let published = self
            .check(&job.caller, PUBLISHING)
            .map_err(|refusal| refusal.message)
            .and_then(|()| FlowSource::read(&String::from_utf8_lossy(&job.source)))
            .and_then(|source| self.publish(&source));
        let Some(object) = self.find_mut(KIND, id) else { return };
        match published {
            Ok(flow) => {
                object["status"] = json!("Success");
                object["flow"] = json!({ "id": flow, "selfUri": format!("/api/v2/flows/{flow}") });
            }
            Err(error) => {
                object["status"] = json!("Failure");
                object["messages"] = json!([{ "type": "ERROR", "text": error }]);
            }
        }
    }
}

impl Inner {
    /// Accepts the YAML of a job. The address alone authorises the upload: a client that also sends
    /// its token reveals it to a third party.
    pub(in crate::genesys) fn upload(&self, job: &str, call: &Call) -> Checked<Answer> {
        if call.method != Method::PUT {
            return Err(Refusal::method_not_allowed());
        }
        if call.header("authorization").is_some() {
            return Err(Refusal::bad_request("Only one auth mechanism allowed"));
        }
        let lacking = HEADERS.iter().find(|(name, value)| call.header(name) != Some(value));
        if let Some((name, _)) = lacking {
            return Err(Refusal::bad_request(format!("The header {name} is not as signed")));
        }
        let mut state = self.state();
        let organization = &mut state.organization;
        let known = organization.flow_jobs.get_mut(job).ok_or_else(|| absent(KIND.word(), job))?;
        if call.query.as_deref() != Some(&format!("signature={}", known.signature)) {
            return Err(Refusal::bad_request("The signature does not match"));
        }
        known.source = call.body.to_vec();
        let progress = Progress::begin(self.options.asynchronous_work, None);
        organization.in_progress.insert(job.to_owned(), progress);
        organization.changes.push((call.method.to_string(), call.path.clone()));
        Ok(Answer::empty(200))
    }
}
