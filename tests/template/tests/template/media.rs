//! The bucket with copies of files: it exists only on request, and is private.

use serde_json::json;

use crate::known::MEDIA_RELAY;
use crate::template::Template;

#[test]
fn without_the_relay_there_is_no_bucket_and_nothing_refers_to_one() {
    let without = Template::with(&[]);
    assert!(without.of_type("AWS::S3::").is_empty());
    assert!(
        !without.text().contains("${MediaBucket"),
        "something refers to a bucket that is not there"
    );
    assert!(!without.text().contains("s3:"), "somebody may do something with it");
    for function in ["GenesysSender", "LynnSender", "LynnInbound"] {
        let variables = &without.function(function)["Environment"]["Variables"];
        assert_eq!(variables["MEDIA_BUCKET_DOMAIN"], "none", "{function}");
    }
}

#[test]
fn the_bucket_is_private_encrypted_and_emptied() {
    let template = Template::with(&[MEDIA_RELAY]);
    let bucket = template.properties("MediaBucket");
    for block in
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
    {
        assert_eq!(bucket["PublicAccessBlockConfiguration"][block], true, "{block}");
    }
    assert_eq!(
        bucket["OwnershipControls"]["Rules"],
        json!([{ "ObjectOwnership": "BucketOwnerEnforced" }])
    );
    let rules = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"];
    assert_eq!(rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    let days = media::KEPT.as_secs() / (24 * 60 * 60);
    assert_eq!(bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"], days);
    assert_eq!(template.resource("MediaBucket")["DeletionPolicy"], "RetainExceptOnCreate");
    assert!(bucket["VersioningConfiguration"].is_null(), "a version would outlive its object");
    let statement = &template.properties("MediaBucketPolicy")["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Effect"], "Deny");
    assert_eq!(statement["Condition"], json!({ "Bool": { "aws:SecureTransport": "false" } }));
    assert_eq!(statement["Resource"], json!(["${MediaBucket.Arn}", "${MediaBucket.Arn}/*"]));
}

#[test]
fn a_key_of_the_customers_encrypts_the_copies_too() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let template = Template::with(&[MEDIA_RELAY, ("KmsKeyArn", key)]);
    let rules = &template.properties("MediaBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"];
    let by = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key });
    assert_eq!(rules[0]["ServerSideEncryptionByDefault"], by);
}
