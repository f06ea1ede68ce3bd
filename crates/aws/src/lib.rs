//! The bridge on AWS: the ports in DynamoDB, SQS, Secrets Manager and S3, and the code that runs a
//! handler as a Lambda function.
//!
//! Rules: only this crate uses the AWS SDK and the Lambda runtime. Code for the command line's
//! calls to a stack is behind the feature `operator`, so that a function links none of it.
//!
//! Place: uses `shared`, `delivery`, `media` and `clients`. The Lambda functions and the command
//! line use it.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod batch;
mod dynamodb;
mod environment;
mod events;
mod failure;
mod function;
mod http_events;
mod keys;
mod log;
mod metrics;
#[cfg(feature = "operator")]
pub mod operator;
pub mod requirements;
mod s3;
mod sdk_clients;
mod secrets_manager;
mod sqs;
mod traces;

pub use batch::{
    FUNCTION_TIMEOUT, QUEUE_VISIBILITY, SHORTEST_VISIBILITY, TIME_FOR_NEW_RECORDS, drain,
};
pub use dynamodb::DynamoStore;
pub use environment::{Environment, EnvironmentError};
pub use events::take;
pub use function::Function;
pub use http_events::{answer, http_request};
pub use metrics::NAMESPACE as METRICS_NAMESPACE;
pub use s3::S3Media;
pub use sdk_clients::Clients;
pub use secrets_manager::{ListOfNames, SecretsManager, list_name, secret_name};
pub use sqs::{QueueUrls, SqsQueue};

/// The error that ends a function.
pub use lambda_runtime::Error;
