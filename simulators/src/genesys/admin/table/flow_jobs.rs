//! `/api/v2/flows/jobs`: publishes a flow. The answer to a new job has an upload address. The
//! client uploads the YAML there, without a token and with the headers of the answer. Then the job
//! works, and succeeds or fails after its own time.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::prelude::*;
use crate::genesys::Inner;
use crate::genesys::admin::absent;
use crate::genesys::admin::flow_source::FlowSource;
use crate::genesys::admin::progress::Progress;
use crate::genesys::login::Caller;
use crate::http::Call;

const KIND: ObjectKind = ObjectKind::FlowJob;
/// The headers that the upload must have, as with a storage that checks a signature.
const HEADERS: [(&str, &str); 2] =
    [("x-amz-server-side-encryption", "aws:kms"), ("x-amz-meta-purpose", "flow")];
/// A job acts for its client. Without these permissions it fails, although the client could create
/// it.
const PUBLISHING: Needs =
    Needs::All(&["architect:flow:add", "architect:flow:edit", "architect:flow:publish"]);

pub(super) const ROW: Kind = Kind {
    rights: Rights { view: Some(needs!("architect:job:view")), ..Rights::NONE },
    lags: false,
    read: |context| {
        if context.organization.take_if_done(context.id(0)).is_some() {
            context.organization.work(context.id(0));
        }
    },
    shown: |context, job| {
        let expand = context.query("expand").unwrap_or_default();
        let mut job = job.clone();
        if let Some(fields) = job.as_object_mut()
            && !expand.split(',').any(|word| word == "messages")
        {
            fields.remove("messages");
        }
        job
    },
    more: &[Operation::own(Method::POST, "/flows/jobs", needs!("architect:job:create"), create)],
    ..Kind::new(KIND, "job", "/flows/jobs")
};

/// The part of a job that no answer shows.
#[derive(Debug)]
pub(in crate::genesys::admin) struct Job {
    caller: Caller,
    signature: String,
    source: Vec<u8>,
}

fn create(context: &mut CallContext<'_>) -> Checked<Answer> {
    let job = context.organization.add(KIND, &json!({ "status": "Started", "messages": [] }));
    let id = text(&job, "id").to_owned();
    let signature = Uuid::new_v4().simple().to_string();
    let host = context.call.header("host").unwrap_or("127.0.0.1");
    let headers: serde_json::Map<String, Value> =
        HEADERS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let answer = json!({
        "id": id,
        "presignedUrl": format!("http://{host}/uploads/flows/{id}?signature={signature}"),
        "headers": headers,
        "correlationId": Uuid::new_v4().to_string(),
    });
    let job = Job { caller: context.caller.clone(), signature, source: Vec::new() };
    context.organization.flow_jobs.insert(id, job);
    Ok(Answer::json(200, answer))
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
        let known = organization.flow_jobs.get_mut(job).ok_or_else(|| absent("job", job))?;
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
