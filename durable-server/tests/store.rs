//! A store and the file behind it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use durable_server::store::{Store, StoreError};
use durable_service::model::{OperationAction, OperationType, OperationUpdate, Timestamp};
use durable_service::storage::{Change, RecordKey, RestoreError, Stored};
use durable_service::{CheckpointRequest, InlineTimers, Service, ServiceSettings, StartRequest};
use rusqlite::Connection;
use tempfile::TempDir;

/// Variable that makes a process of this test write to a file and die.
const VICTIM: &str = "DURABLE_TEST_VICTIM";

fn temporary_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("durable.db");
    (folder, path)
}

fn put(execution: u64, value: &str) -> Change {
    Change::Put {
        key: RecordKey::State { execution },
        value: value.to_owned(),
    }
}

/// A record of each kind, of an execution.
fn one_of_each(execution: u64) -> Vec<Change> {
    [
        RecordKey::Service,
        RecordKey::Execution { execution },
        RecordKey::State { execution },
        RecordKey::Operation {
            execution,
            position: 1,
        },
        RecordKey::Event {
            execution,
            event: 1,
        },
    ]
    .map(|key| Change::Put {
        key,
        value: format!("\"{key}\""),
    })
    .into()
}

fn stored(changes: impl IntoIterator<Item = Change>) -> Stored {
    let mut stored = Stored::default();
    for change in changes {
        stored.apply(change);
    }
    stored
}

fn refusal(path: &Path) -> StoreError {
    match Store::open(path) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_was_written_is_read_again() {
    let (_folder, path) = temporary_file();
    let (store, before) = Store::open(&path).unwrap();
    assert!(before.is_empty());
    let written = [
        one_of_each(1),
        one_of_each(2),
        vec![put(1, "\"later\"")],
        vec![Change::Forget { execution: 2 }],
    ];
    for changes in written.clone() {
        store.write(changes).await.unwrap();
    }
    drop(store);

    let (_store, after) = Store::open(&path).unwrap();
    assert_eq!(after, stored(written.into_iter().flatten()));
    assert_eq!(after.records().count(), 5);
}

#[test]
fn dropping_a_store_writes_changes_that_were_not_awaited() {
    let (_folder, path) = temporary_file();
    let (store, _) = Store::open(&path).unwrap();
    for number in 1..=500 {
        drop(store.write(vec![put(number % 7, &number.to_string())]));
    }
    drop(store);

    let (_store, after) = Store::open(&path).unwrap();
    let last: Vec<&str> = after.records().map(|(_, value)| value).collect();
    assert_eq!(last, ["497", "498", "499", "500", "494", "495", "496"]);
}

#[tokio::test]
async fn a_store_in_memory_takes_everything() {
    let store = Store::memory();
    assert!(store.write(one_of_each(1)).await.is_ok());
    assert!(store.write(Vec::new()).await.is_ok());
}

#[test]
fn a_file_in_use_is_refused() {
    let (_folder, path) = temporary_file();
    let _store = Store::open(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("in use by another process"));
}

#[test]
fn other_kinds_of_files_are_refused_and_left_unchanged() {
    let (_folder, path) = temporary_file();
    std::fs::write(&path, "dear diary, ".repeat(1_000)).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert!(std::fs::read(&path).unwrap().starts_with(b"dear diary"));

    let (_folder, path) = temporary_file();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE diary (entry)").unwrap();
    drop(other);
    let error = refusal(&path);
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    let other = Connection::open(&path).unwrap();
    let mode: String = other
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete");
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let (_folder, path) = temporary_file();
    drop(Store::open(&path).unwrap());
    let later = Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 7).unwrap();
    drop(later);
    let error = refusal(&path);
    assert!(
        matches!(error, StoreError::Newer { found: 7, .. }),
        "{error}"
    );
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let error = refusal(Path::new("/nowhere/at/all/durable.db"));
    assert!(
        error
            .to_string()
            .starts_with("cannot open the store /nowhere/at/all/durable.db: "),
        "{error}"
    );
}

#[test]
fn a_broken_record_is_named() {
    let (_folder, path) = temporary_file();
    let (store, _) = Store::open(&path).unwrap();
    drop(store.write(one_of_each(3)));
    drop(store);
    let damage = |sql| {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
    };

    damage("UPDATE events SET value = CAST(x'ff' AS TEXT)");
    let error = refusal(&path).to_string();
    assert!(
        error.contains("the record events (execution 3, event 1)"),
        "{error}"
    );

    damage("UPDATE events SET event = -1");
    let error = refusal(&path).to_string();
    assert!(error.contains("the table events"), "{error}");

    damage("DELETE FROM events; UPDATE service SET value = '{\"Format\":1,\"Begun\":3}'");
    let (_store, after) = Store::open(&path).unwrap();
    let error = Service::restore(ServiceSettings::default(), after).unwrap_err();
    let key = RecordKey::Execution { execution: 3 };
    assert!(
        matches!(&error, RestoreError::Broken { key: broken, .. } if *broken == key),
        "{error}"
    );
}

#[tokio::test]
async fn a_process_that_dies_loses_nothing_that_was_acknowledged() {
    if let Some(path) = std::env::var_os(VICTIM) {
        write_and_die(Path::new(&path)).await;
    }
    let (_folder, path) = temporary_file();
    let me = "a_process_that_dies_loses_nothing_that_was_acknowledged";
    let victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", me])
        .env(VICTIM, &path)
        .output()
        .unwrap();
    assert!(!victim.status.success(), "the process was to die");

    let (_store, after) = Store::open(&path).unwrap();
    let service = Service::restore(ServiceSettings::default(), after).unwrap();
    assert_eq!(service.executions().count(), 20);
    for execution in service.executions() {
        assert!(execution.is_in_flight());
        assert_eq!(execution.operation("a").unwrap().result(), Some("1"));
        assert_eq!(execution.history().len(), 2);
    }
}

async fn write_and_die(path: &Path) -> ! {
    let (store, stored) = Store::open(path).unwrap();
    let mut service = Service::restore(ServiceSettings::default(), stored).unwrap();
    let now = Timestamp::from_millis(0);
    for _ in 0..20 {
        let request = StartRequest::new("f", "1");
        let arn = service.start(now, request).unwrap().arn;
        let invocation = service.start_invocation(now, &arn).unwrap();
        let succeed = OperationUpdate {
            payload: Some("1".to_owned()),
            ..OperationUpdate::new("a", OperationType::Step, OperationAction::Succeed)
        };
        let request = CheckpointRequest {
            checkpoint_token: invocation.checkpoint_token,
            client_token: Some("once".to_owned()),
            updates: vec![succeed],
        };
        service
            .checkpoint(now, &arn, request, InlineTimers::Fire)
            .unwrap();
        store.write(service.take_changes()).await.unwrap();
    }
    std::process::abort()
}

#[test]
fn a_store_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("durable.db");
    let (store, _) = Store::open(&path).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(store);
}

#[test]
fn a_name_that_is_no_file_is_refused() {
    for name in ["", ":memory:", "file:durable.db?mode=memory"] {
        let error = Store::open(Path::new(name)).unwrap_err().to_string();
        assert!(
            error.contains("is not the name of a store's file"),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.path().join("gone.db"), &link).unwrap();
    for (path, what) in [
        (folder.path(), "it is a folder; name a file"),
        (
            link.as_path(),
            "it is a link to a file that does not exist; name a file",
        ),
        (
            Path::new("/dev/null"),
            "it is a device or a pipe; name a file",
        ),
    ] {
        let error = Store::open(path).unwrap_err().to_string();
        assert!(error.ends_with(what), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_is_called_read_only() {
    // No user can write it, not even one who may do everything.
    let path = Path::new("/sys/kernel/uevent_seqnum");
    let error = Store::open(path).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn a_store_shrinks_while_it_is_open() {
    let (_folder, path) = temporary_file();
    let (store, _) = Store::open(&path).unwrap();
    let value = "x".repeat(1_000_000);
    let large = (1..=20).map(|execution| put(execution, &value)).collect();
    store.write(large).await.unwrap();
    let forget = |execution| Change::Forget { execution };
    store.write((1..=20).map(forget).collect()).await.unwrap();
    let bytes = || std::fs::metadata(&path).unwrap().len();
    let patience = Instant::now() + Duration::from_mins(1);
    while bytes() > 200_000 {
        assert!(Instant::now() < patience, "{} bytes", bytes());
        std::thread::yield_now();
    }
    drop(store);
}

#[tokio::test]
async fn a_store_is_compacted_while_no_server_has_it() {
    let durable = |path: &Path| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("durable"));
        let output = command.args(["store", "compact"]).arg(path).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (folder, path) = temporary_file();
    let (store, _) = Store::open(&path).unwrap();
    store.write(vec![put(1, "1")]).await.unwrap();
    let (code, _, stderr) = durable(&path);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("is in use by another process"), "{stderr}");
    drop(store);

    let (code, stdout, _) = durable(&path);
    assert_eq!(code, Some(0));
    assert!(stdout.contains(" bytes now\n"), "{stdout}");
    let (_store, stored) = Store::open(&path).unwrap();
    let mut expected = Stored::default();
    expected.apply(put(1, "1"));
    assert_eq!(stored, expected);

    let missing = folder.path().join("missing.db");
    let (code, _, stderr) = durable(&missing);
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("error: there is no store "), "{stderr}");
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_store_shrinks_when_executions_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("durable.db");
    let (store, _) = Store::open(&path).unwrap();
    let value = format!("\"{}\"", "x".repeat(1_000_000));
    let key = RecordKey::State { execution: 1 };
    store.write(vec![Change::Put { key, value }]).await.unwrap();
    store
        .write(vec![Change::Forget { execution: 1 }])
        .await
        .unwrap();
    drop(store);
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes < 200_000, "{bytes}");
}
