//! `durable lint`

use std::fs;
use std::path::Path;

use crate::{Outcome, run_at};

fn lint(arguments: &[&str]) -> Outcome {
    run_at("http://127.0.0.1:1", &[&["lint"], arguments].concat())
}

fn init(folder: &Path) -> Outcome {
    lint(&["--init", "--folder", folder.to_str().unwrap()])
}

#[test]
fn a_new_file_has_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let written = init(folder.path());
    assert_eq!(written.code, 0, "{}", written.stderr);
    let file = folder.path().join("clippy.toml");
    assert!(written.stdout.starts_with(file.to_str().unwrap()));

    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.trim_end(), lint(&[]).stdout.trim_end());
    let line = text.lines().find(|line| line.contains("SystemTime::now"));
    assert!(
        line.unwrap()
            .contains("reason = \"a replay reads the clock")
    );
}

#[test]
fn a_file_keeps_its_own_settings_and_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".clippy.toml");
    fs::write(&file, "msrv = \"1.94.1\"\n").unwrap();
    for _ in 0..2 {
        assert_eq!(init(folder.path()).code, 0);
    }
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.ends_with("\nmsrv = \"1.94.1\"\n"), "{text}");
    assert_eq!(text.matches("disallowed-methods").count(), 1, "{text}");
    assert!(!folder.path().join("clippy.toml").exists());
}

#[test]
fn a_file_that_cannot_be_extended_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clippy.toml");
    for (text, why) in [
        ("disallowed-methods = []\n", "what `durable lint` prints"),
        ("msrv = \n", "cannot use"),
    ] {
        fs::write(&file, text).unwrap();
        let refused = init(folder.path());
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    let nowhere = init(&folder.path().join("missing"));
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.stderr.contains("clippy.toml"), "{}", nowhere.stderr);
}
