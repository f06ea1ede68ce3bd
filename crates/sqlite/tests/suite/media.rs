//! Copies of files in the data directory.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use media::{Kind, MediaKey, MediaStore as _, StoredCopy};
use shared::time::Timestamp;
use sqlite::MediaDirectory;

fn stored() -> Timestamp {
    Timestamp::from_milliseconds(1_795_341_600_000)
}

async fn put(directory: &MediaDirectory, key: &MediaKey, bytes: &'static [u8], now: Timestamp) {
    let mut writer = directory.begin(key).await.unwrap();
    for piece in bytes.chunks(3) {
        writer.append(bytes::Bytes::from_static(piece)).await.unwrap();
    }
    writer.commit(Kind::of_mime("application/pdf").unwrap(), now).await.unwrap();
}

async fn read(directory: &MediaDirectory, key: &MediaKey) -> Option<(&'static str, u64, Vec<u8>)> {
    let mut opened = directory.read(key).await.unwrap()?;
    let mut bytes = Vec::new();
    opened.file.read_to_end(&mut bytes).unwrap();
    Some((opened.kind.mime, opened.size, bytes))
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("media")).unwrap().count()
}

#[tokio::test]
async fn a_copy_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let directory = MediaDirectory::open(folder.path()).unwrap();
    let key = MediaKey::of(&["m-1"]);
    let mut writer = directory.begin(&key).await.unwrap();
    writer.append(bytes::Bytes::from_static(b"half of i")).await.unwrap();
    assert_eq!((directory.find(&key).await.unwrap(), read(&directory, &key).await), (None, None));
    drop(writer);
    assert_eq!(files(folder.path()), 0);
    put(&directory, &key, b"all of it", stored()).await;
    let found = StoredCopy { mime: "application/pdf".to_owned(), size: 9, stored_at: stored() };
    assert_eq!(directory.find(&key).await.unwrap(), Some(found));
    let whole = Some(("application/pdf", 9, b"all of it".to_vec()));
    assert_eq!(read(&directory, &key).await, whole);
    // A second copy with the same key replaces the first.
    put(&directory, &key, b"another", stored()).await;
    assert_eq!(read(&directory, &key).await, Some(("application/pdf", 7, b"another".to_vec())));
}

#[tokio::test]
async fn what_a_death_left_is_removed_at_the_next_start_and_what_is_whole_stays() {
    let folder = tempfile::tempdir().unwrap();
    let directory = MediaDirectory::open(folder.path()).unwrap();
    let (key, cut) = (MediaKey::of(&["m-1"]), MediaKey::of(&["m-2"]));
    put(&directory, &key, b"all of it", stored()).await;
    let mut writer = directory.begin(&cut).await.unwrap();
    writer.append(bytes::Bytes::from_static(b"half")).await.unwrap();
    // The process dies, so the writer is not dropped.
    std::mem::forget(writer);
    assert_eq!(files(folder.path()), 2);
    let again = MediaDirectory::open(folder.path()).unwrap();
    assert_eq!(files(folder.path()), 1);
    assert!(read(&again, &key).await.is_some());
}

#[tokio::test]
async fn only_what_is_old_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let directory = MediaDirectory::open(folder.path()).unwrap();
    let (old, new) = (MediaKey::of(&["m-1"]), MediaKey::of(&["m-2"]));
    put(&directory, &old, b"old", stored()).await;
    put(&directory, &new, b"new", stored() + Duration::from_millis(1)).await;
    let writer = directory.begin(&MediaKey::of(&["m-3"])).await.unwrap();
    assert_eq!(directory.sweep(stored()).await.unwrap(), 0);
    assert_eq!(directory.sweep(stored() + Duration::from_millis(1)).await.unwrap(), 1);
    assert!(read(&directory, &old).await.is_none() && read(&directory, &new).await.is_some());
    drop(writer);
}

#[tokio::test]
async fn a_file_that_is_no_copy_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let directory = MediaDirectory::open(folder.path()).unwrap();
    let key = MediaKey::of(&["m-1"]);
    for foreign in ["", "short", &"x".repeat(1000)] {
        std::fs::write(folder.path().join("media").join(key.as_str()), foreign).unwrap();
        assert_eq!(
            (directory.find(&key).await.unwrap(), read(&directory, &key).await),
            (None, None)
        );
        assert_eq!(directory.sweep(stored()).await.unwrap(), 0);
    }
}
