//! Backs up the data of a bridge to one file and restores it.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use media::{Kind, MediaKey, MediaStore as _};
use shared::ports::{Change, Clock as _, Expected, ItemKey, Store as _, Write};
use sqlite::backup::{self, BackupError, Contents, Stop, remove_leftovers};
use sqlite::{Database, MediaDirectory, OpenError, Visitor};

use crate::support::FakeClock;

/// A data directory with one item and two copies of files, and a folder for all other files.
struct Fixture {
    folder: tempfile::TempDir,
    data: PathBuf,
    database: Database,
}

fn back_up(directory: &Path, file: &Path) -> Result<Contents, BackupError> {
    backup::back_up(directory, file, &Stop::default())
}

fn restore(file: &Path, directory: &Path) -> Result<Contents, BackupError> {
    backup::restore(file, directory, &Stop::default())
}

fn item() -> ItemKey {
    ItemKey::new("conv#support#ana", "state")
}

fn key(number: usize) -> MediaKey {
    MediaKey::of(&[&number.to_string()])
}

async fn put(database: &Database, body: &str) {
    let change = Change::Put { body: body.to_owned(), expires_at: None, index: None, due: None };
    let write = Write { key: item(), expected: Expected::Anything, change };
    database.write(&[write]).await.unwrap();
}

async fn body(database: &Database) -> String {
    database.load(&[item()]).await.unwrap().remove(0).unwrap().body
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let clock = FakeClock::new();
        let database = Database::open(&data, clock.clone()).unwrap();
        put(&database, &format!("\"{}\"", "what was said ".repeat(1000))).await;
        let copies = MediaDirectory::open(&data).unwrap();
        for number in 0..2 {
            let mut writer = copies.begin(&key(number)).await.unwrap();
            writer.append(Bytes::from(vec![b'x'; 10_000])).await.unwrap();
            writer.commit(Kind::of_mime("image/png").unwrap(), clock.now()).await.unwrap();
        }
        // An unfinished copy does not count as a copy.
        fs::write(data.join("media/half.part"), "half").unwrap();
        Self { folder, data, database }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("backup")
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("far/restored")
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_was_written_while_a_bridge_runs_comes_back_elsewhere() {
    let fixture = Fixture::new().await;
    let (file, target) = (fixture.file(), fixture.target());
    let before = body(&fixture.database).await;
    let contents = back_up(&fixture.data, &file).unwrap();
    assert_eq!(contents.copies, 2);
    assert_eq!(mode(&file), 0o600);
    // A later write is not in the backup, and the running bridge is not disturbed.
    put(&fixture.database, "\"later\"").await;
    assert_eq!(names(fixture.folder.path()), ["backup", "data"]);
    assert_eq!(restore(&file, &target).unwrap(), contents);
    assert_eq!(names(&target), ["bridge.db", "bridge.lock", "media"]);
    assert_eq!((mode(&target), mode(&target.join("bridge.db"))), (0o700, 0o600));
    let restored = Database::open(&target, FakeClock::new()).unwrap();
    assert_eq!(body(&restored).await, before);
    let copies = MediaDirectory::open(&target).unwrap();
    for number in 0..2 {
        let mut bytes = Vec::new();
        let mut opened = copies.read(&key(number)).await.unwrap().unwrap();
        opened.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(
            (bytes, mode(&target.join("media").join(key(number).as_str()))),
            (vec![b'x'; 10_000], 0o600)
        );
    }
    restored.close().await;
    // Also of a stopped bridge, and into an existing empty directory.
    let (second, empty) =
        (fixture.folder.path().join("second"), fixture.folder.path().join("empty"));
    fixture.database.close().await;
    back_up(&fixture.data, &second).unwrap();
    fs::create_dir(&empty).unwrap();
    restore(&second, &empty).unwrap();
    let restored = Database::open(&empty, FakeClock::new()).unwrap();
    assert_eq!(body(&restored).await, "\"later\"");
}

#[tokio::test]
async fn nothing_that_is_there_is_written_over() {
    let fixture = Fixture::new().await;
    let file = fixture.file();
    fs::write(&file, "mine").unwrap();
    assert!(matches!(back_up(&fixture.data, &file), Err(BackupError::Exists { .. })));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    fs::remove_file(&file).unwrap();
    back_up(&fixture.data, &file).unwrap();
    let filled = fixture.folder.path().join("filled");
    fs::create_dir(&filled).unwrap();
    fs::write(filled.join("mine"), "mine").unwrap();
    assert!(matches!(restore(&file, &filled), Err(BackupError::Filled { .. })));
    assert!(matches!(restore(&file, &fixture.data), Err(BackupError::Filled { .. })));
    assert_eq!(names(&filled), ["mine"]);
    let absent = fixture.folder.path().join("absent");
    let error = back_up(&absent, &fixture.folder.path().join("other")).unwrap_err();
    assert!(error.to_string().contains("there is no database"), "{error}");
    assert!(!absent.exists() && !fixture.folder.path().join("other").exists());
}

/// The parts named as damaged after a change to the bytes of the backup.
fn damage(fixture: &Fixture, change: impl FnOnce(&mut Vec<u8>)) -> Vec<String> {
    let (broken, target) = (fixture.folder.path().join("broken"), fixture.target());
    let mut bytes = fs::read(fixture.file()).unwrap();
    change(&mut bytes);
    fs::write(&broken, bytes).unwrap();
    let error = restore(&broken, &target).unwrap_err();
    assert!(!target.exists(), "{error}");
    assert!(error.to_string().contains("nothing was restored"), "{error}");
    match error {
        BackupError::Damaged { what, .. } => what,
        BackupError::Foreign { .. } => vec!["foreign".to_owned()],
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_is_damaged_is_named_and_nothing_restored() {
    let fixture = Fixture::new().await;
    let Contents { copies, .. } = back_up(&fixture.data, &fixture.file()).unwrap();
    assert_eq!(copies, 2);
    let whole = fs::read(fixture.file()).unwrap();
    let find = |what: &[u8]| whole.windows(what.len()).position(|window| window == what).unwrap();
    let mut keys = [key(0), key(1)];
    keys.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    let [first, second] = keys.map(|key| format!("media/{}", key.as_str()));
    let flip = |at: usize| damage(&fixture, move |bytes| bytes[at] ^= 0x20);
    assert_eq!(flip(512 + 5000), ["bridge.db"]);
    assert_eq!(flip(find(first.as_bytes()) + 512 + 5000), std::slice::from_ref(&first));
    assert_eq!(flip(find(second.as_bytes()) + 512 + 5000), std::slice::from_ref(&second));
    // The header of a part, the manifest, the padding between the parts, and the seal at the end.
    assert!(!flip(find(second.as_bytes())).is_empty());
    assert!(!flip(find(b"\"parts\"")).is_empty());
    assert!(!flip(find(second.as_bytes()) - 1).is_empty());
    assert!(!flip(whole.len() - 10).is_empty());
    // Bytes at about 200 places across the file.
    for at in (0..whole.len()).step_by(whole.len() / 200 + 1) {
        assert!(!flip(at).is_empty(), "{at}");
    }
    for length in [0, 100, 5000, whole.len() / 2, whole.len() - 1] {
        assert!(!damage(&fixture, |bytes| bytes.truncate(length)).is_empty(), "{length}");
    }
    assert!(!damage(&fixture, |bytes| bytes.push(b'\n')).is_empty());
    assert_eq!(damage(&fixture, |bytes| *bytes = b"something else".repeat(1000)), ["foreign"]);
    restore(&fixture.file(), &fixture.target()).unwrap();
}

#[tokio::test]
async fn who_is_asked_to_stop_leaves_nothing_behind() {
    let fixture = Fixture::new().await;
    let stop = Stop::default();
    stop.ask();
    let error = backup::back_up(&fixture.data, &fixture.file(), &stop).unwrap_err();
    assert!(matches!(error, BackupError::Stopped), "{error}");
    assert_eq!(names(fixture.folder.path()), ["data"]);
    back_up(&fixture.data, &fixture.file()).unwrap();
    let error = backup::restore(&fixture.file(), &fixture.target(), &stop).unwrap_err();
    assert!(matches!(error, BackupError::Stopped), "{error}");
    assert!(!fixture.target().exists());
}

#[tokio::test]
async fn what_a_killed_backup_left_is_removed_and_what_one_is_at_work_with_is_not() {
    let fixture = Fixture::new().await;
    let path = |name: &str| fixture.folder.path().join(name);
    for folder in [".bridge-backup-left", ".bridge-backup-busy", "backups"] {
        fs::create_dir(path(folder)).unwrap();
        fs::write(path(folder).join("bridge.db"), "a copy").unwrap();
    }
    fs::write(path(".bridge-backup-file"), "no folder").unwrap();
    let busy = fs::File::open(path(".bridge-backup-busy")).unwrap();
    busy.try_lock().unwrap();
    let left = remove_leftovers(&fixture.file());
    let removed: Vec<_> = left.iter().map(|left| (&left.path, left.kept.is_none())).collect();
    assert_eq!(removed, [(&path(".bridge-backup-left"), true)]);
    assert_eq!(
        names(fixture.folder.path()),
        [".bridge-backup-busy", ".bridge-backup-file", "backups", "data"]
    );
}

/// The state that a restore leaves when it is killed while it unpacks, or between its last steps.
#[tokio::test]
async fn a_directory_whose_restore_was_killed_is_refused_and_restored_anew() {
    let fixture = Fixture::new().await;
    let file = fixture.file();
    let before = body(&fixture.database).await;
    let contents = back_up(&fixture.data, &file).unwrap();
    for moved in ["", "media"] {
        let target = fixture.folder.path().join(format!("killed-{moved}"));
        restore(&file, &target).unwrap();
        fs::create_dir(target.join(".restoring")).unwrap();
        for name in ["bridge.db", "media"].into_iter().filter(|name| *name != moved) {
            fs::rename(target.join(name), target.join(".restoring").join(name)).unwrap();
        }
        let error = Database::open(&target, FakeClock::new()).unwrap_err();
        assert!(matches!(error, OpenError::Unfinished { .. }), "{error}");
        assert!(error.to_string().contains("run the same `bridge restore` again"), "{error}");
        let error = Visitor::open(&target, FakeClock::new()).unwrap_err();
        assert!(matches!(error, OpenError::Unfinished { .. }), "{error}");
        let error = back_up(&target, &fixture.folder.path().join("other")).unwrap_err();
        assert!(matches!(error, BackupError::Open(OpenError::Unfinished { .. })), "{error}");
        assert!(!target.join("bridge.db").exists());
        // A damaged file restores nothing, and the unfinished restore stays as it is.
        let broken = fixture.folder.path().join("broken");
        fs::write(&broken, &fs::read(&file).unwrap()[..9000]).unwrap();
        restore(&broken, &target).unwrap_err();
        assert!(target.join(".restoring").exists());
        assert_eq!(restore(&file, &target).unwrap(), contents);
        assert_eq!(names(&target), ["bridge.db", "bridge.lock", "media"]);
        let restored = Database::open(&target, FakeClock::new()).unwrap();
        assert_eq!(body(&restored).await, before);
    }
    // All files are in place, and only the mark was not removed.
    let target = fixture.target();
    restore(&file, &target).unwrap();
    fs::create_dir(target.join(".restoring")).unwrap();
    assert!(Visitor::open(&target, FakeClock::new()).is_ok());
    let restored = Database::open(&target, FakeClock::new()).unwrap();
    assert_eq!(body(&restored).await, before);
    assert!(!target.join(".restoring").exists());
}

#[tokio::test]
async fn no_bridge_begins_where_a_restore_is_at_work_and_no_restore_where_a_bridge_is() {
    let fixture = Fixture::new().await;
    back_up(&fixture.data, &fixture.file()).unwrap();
    let target = fixture.target();
    fs::create_dir_all(&target).unwrap();
    let lock = fs::File::create(target.join("bridge.lock")).unwrap();
    lock.try_lock().unwrap();
    let error = restore(&fixture.file(), &target).unwrap_err();
    assert!(matches!(error, BackupError::Lock(OpenError::Locked { .. })), "{error}");
    assert_eq!(names(&target), ["bridge.lock"]);
    drop(lock);
    restore(&fixture.file(), &target).unwrap();
}
