//! Stores copies of files in a bucket of the emulator.

use std::sync::Arc;

use aws::{S3Copies, S3Media};
use bytes::Bytes;
use clients::SystemClock;
use http::Method;
use media::{Kind, MediaKey, MediaStore, StoredCopy};
use shared::ports::Clock;

use crate::emulator::Emulator;

const DOMAIN: &str = "copies.s3.us-east-1.amazonaws.com";

fn client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a caller with a link")]
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

async fn bucket(emulator: &Emulator) -> S3Media {
    let config = emulator.config();
    let url = format!("{}/copies", config.endpoint_url().expect("an endpoint"));
    let made = client().put(url).send().await.expect("an answer");
    assert!(made.status().is_success(), "{made:?}");
    emulator.clients().copies(DOMAIN, Arc::new(SystemClock))
}

async fn put(copies: &S3Copies, key: &MediaKey, pieces: &[Bytes]) -> shared::time::Timestamp {
    let mut writer = copies.begin(key).await.expect("begun");
    for piece in pieces {
        writer.append(piece.clone()).await.expect("written");
    }
    let now = SystemClock.now();
    let kind = Kind::of_mime("image/png").expect("a row of the table");
    writer.commit(kind, now).await.expect("stored");
    now
}

#[tokio::test]
async fn a_copy_is_stored_found_and_given_out_by_a_link_of_the_moment() {
    let emulator = Emulator::start().await;
    let bucket = bucket(&emulator).await;
    let copies = S3Copies::new(bucket.clone());
    let (key, other) = (MediaKey::of(&["m-1"]), MediaKey::of(&["m-2"]));
    assert_eq!(copies.find(&key).await.expect("asked"), None);
    // More bytes than one read returns.
    let pieces = [Bytes::from(vec![1; 100_000]), Bytes::from(vec![2; 70_001])];
    let stored_at = put(&copies, &key, &pieces).await;
    let found = StoredCopy { mime: "image/png".to_owned(), size: 170_001, stored_at };
    assert_eq!(copies.find(&key).await.expect("asked"), Some(found));
    assert_eq!(copies.find(&other).await.expect("asked"), None);
    let link = bucket.link(&key, &Method::GET).await.expect("signed");
    assert!(link.contains("X-Amz-Signature=") && link.contains("X-Amz-Expires=120"), "{link}");
    let answer = client().get(link).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert!(header("content-disposition").starts_with("attachment; filename="));
    let body = answer.bytes().await.expect("a body");
    assert_eq!(body, pieces.concat());
    let link = bucket.link(&key, &Method::HEAD).await.expect("signed");
    assert_eq!(client().head(link).send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn what_is_not_committed_never_was() {
    let emulator = Emulator::start().await;
    let bucket = bucket(&emulator).await;
    let copies = S3Copies::new(bucket.clone());
    let key = MediaKey::of(&["m-1"]);
    let mut writer = copies.begin(&key).await.expect("begun");
    writer.append(Bytes::from_static(b"half")).await.expect("written");
    drop(writer);
    assert_eq!(copies.find(&key).await.expect("asked"), None);
}
