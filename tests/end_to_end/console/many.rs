//! A hundred thousand conversations and ten thousand dead letters: the page gets small pieces.
//!
//! Counts instead of times: what an answer holds does not grow with what is stored.

use serde_json::Value;

use super::redriving::multiplied;
use super::refused;
use super::running::Console;
use crate::harness::Harness;

const LARGEST: usize = 120_000;

#[tokio::test]
async fn the_page_gets_small_pieces_of_a_large_database() {
    let mut harness = Harness::start().await;
    refused(&harness, "ana", "m-1", "Hello").await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    multiplied(&harness, 9_999);
    let database = rusqlite::Connection::open(harness.data_directory().join("bridge.db"));
    let database = database.expect("a database");
    let copy = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
        INSERT INTO items (pk, sk, body, version, expires_at)
        SELECT printf('%s-%06d', pk, i), sk, body, 1, expires_at FROM items, n
        WHERE pk = 'conv#support#ana' AND sk = 'state'";
    database.execute(copy, []).expect("copied");
    drop(database);
    let console = Console::on(&harness.data_directory(), &[]);
    let small = async |path: &str| -> Value {
        let answer = console.send(reqwest::Method::GET, path, None).await;
        let text = answer.text().await.expect("a body");
        assert!(text.len() < LARGEST, "{path}: {} bytes", text.len());
        serde_json::from_str(&text).expect("JSON")
    };
    let found = small("/api/conversations").await;
    assert_eq!((found["total"].as_u64(), found["all"].as_u64()), (Some(100_000), Some(100_000)));
    assert_eq!(found["conversations"].as_array().map(Vec::len), Some(50));
    let last = small("/api/conversations?offset=99990").await;
    assert_eq!(last["conversations"].as_array().map(Vec::len), Some(10));
    assert_eq!(small("/api/conversations?text=ana-012345").await["total"], 1);
    let causes = small("/api/causes").await;
    assert_eq!(
        (&causes["groups"][0]["count"], causes["all"].as_u64()),
        (&10_000.into(), Some(10_000))
    );
    let letters = small("/api/dead-letters?offset=9980").await;
    assert_eq!(letters["letters"].as_array().map(Vec::len), Some(20));
    let overview = console.events("overview", |seen| seen["integrations"].is_array()).await;
    let seen = &overview.last().expect("one")["integrations"][0]["deadLetters"];
    assert_eq!(seen["total"], 10_000);
    harness.end();
}
