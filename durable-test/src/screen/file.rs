//! Where the whole of a message goes.

use std::fs;
use std::path::{Path, PathBuf};

/// Writes the text of a failed test to `tmp/durable-test/TARGET/TEST.txt` in cargo's target folder; a program that
/// does not lie in one writes to the folder of the system for temporary files. The next failure of the test replaces
/// it. None if it cannot be written: a message that is cut is better than none.
pub(super) fn write(test: &str, message: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = target_folder(&program).map(|target| target.join("tmp"));
    let folders = target.into_iter().chain([std::env::temp_dir()]);
    let mut folders = folders.map(|folder| folder.join("durable-test").join(target_name(&program)));
    folders.find_map(|folder| {
        let path = folder.join(format!("{}.txt", file_name(test)));
        fs::create_dir_all(&folder).ok()?;
        fs::write(&path, format!("{message}\n")).ok()?;
        Some(path)
    })
}

/// `target` of `target/debug/deps/orders-0123456789abcdef`.
fn target_folder(program: &Path) -> Option<&Path> {
    let folder = program.parent()?;
    let is_cargos = folder.ends_with("deps") || folder.ends_with("examples");
    if is_cargos {
        folder.parent()?.parent()
    } else {
        None
    }
}

/// The name of the test target: that of the program without cargo's hash.
fn target_name(program: &Path) -> String {
    let stem = program.file_stem().unwrap_or_default().to_string_lossy();
    let is_hash = |hash: &str| hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit());
    let name = match stem.rsplit_once('-') {
        Some((name, hash)) if is_hash(hash) => name,
        _ => &stem,
    };
    name.to_owned()
}

/// A name as that of a file.
pub(crate) fn file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain: String = name
        .replace("::", ".")
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .take(120)
        .collect();
    plain.trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_and_the_target_are_read_from_the_program() {
        let program = Path::new("/w/target/debug/deps/orders-0123456789abcdef");
        assert_eq!(target_folder(program), Some(Path::new("/w/target")));
        assert_eq!(target_name(program), "orders");
        let program = Path::new("/usr/bin/my-tests");
        assert_eq!(target_folder(program), None);
        assert_eq!(target_name(program), "my-tests");
    }

    #[test]
    fn a_name_of_a_test_is_made_that_of_a_file() {
        assert_eq!(file_name("nested::pays"), "nested.pays");
        assert_eq!(file_name("../a b"), "-a-b");
    }
}
