//! The bridge on AWS: the ports in DynamoDB, SQS and Secrets Manager, and what runs a handler as a Lambda function.
//!
//! Rule: only this module knows the AWS SDK and the Lambda runtime.

pub mod needs;
