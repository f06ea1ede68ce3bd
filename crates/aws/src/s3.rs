//! A bucket with copies of files in S3, used by requests that are signed in their URL.
//!
//! Rule: signing needs only code that the SDK's other clients already include; an S3 client would
//! add a fourth SDK to every sender.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_sqs::config::ProvideCredentials as _;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_types::SdkConfig;
use http::Method;
use http::header::HOST;
use media::MediaKey;
use shared::ports::{Clock, PortError};

/// How long a link is valid that a caller is redirected to.
const LINK: Duration = Duration::from_secs(120);
/// The prefix of the names of copies; the roles allow no other prefix.
const FOLDER: &str = "media/";

/// Why a request could not be made.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A bucket with copies of files.
#[derive(Clone)]
pub struct S3Media {
    config: SdkConfig,
    /// The bucket's URL, without a trailing slash.
    base: String,
    clock: Arc<dyn Clock>,
}

impl S3Media {
    /// `domain` is the bucket's own regional domain, as CloudFormation reports it. If the
    /// configuration has an endpoint, as for an emulator, the bucket is the first part of the path
    /// there.
    pub fn new(config: SdkConfig, domain: &str, clock: Arc<dyn Clock>) -> Self {
        let base = match config.endpoint_url() {
            Some(endpoint) => {
                let bucket = domain.split(".s3.").next().unwrap_or(domain);
                format!("{}/{bucket}", endpoint.trim_end_matches('/'))
            }
            None => format!("https://{domain}"),
        };
        Self { config, base, clock }
    }

    /// A link to a copy for a caller that has the right to it. The link is signed now, because a
    /// link signed by the role that made the copy would end with that role's session.
    pub async fn link(&self, key: &MediaKey, method: &Method) -> Result<String, PortError> {
        self.signed(method, key, &[], LINK)
            .await
            .map_err(|source| PortError::unavailable("sign a link to a copy", source))
    }

    /// The URL of a signed request.
    pub(super) async fn signed(
        &self,
        method: &Method,
        key: &MediaKey,
        headers: &[(&str, &str)],
        lives: Duration,
    ) -> Result<String, Cause> {
        let provider = self.config.credentials_provider().ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let region = self.config.region().ok_or("there is no region")?.as_ref().to_owned();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(lives);
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let milliseconds = u64::try_from(self.clock.now().milliseconds()).unwrap_or_default();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds))
            .settings(settings)
            .build()?
            .into();
        let mut url = url::Url::parse(&format!("{}/{FOLDER}{}", self.base, key.as_str()))?;
        let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let all = [(HOST.as_str(), host)].into_iter().chain(headers.iter().copied());
        let body = SignableBody::UnsignedPayload;
        let request = SignableRequest::new(method.as_str(), url.as_str(), all, body)?;
        let (instructions, _) = sign(request, &parameters)?.into_parts();
        for (name, value) in instructions.params() {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url.into())
    }
}
