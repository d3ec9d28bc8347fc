//! Zip files, unpacked to a cache.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zip::ZipArchive;

/// Lambda's limit on the unpacked code of a function, in bytes.
const MAX_BYTES: u64 = 262_144_000;

/// Unpacks a zip file into a folder of its own in the cache, unless it is there already.
pub(super) fn unpack(path: &Path, cache: Option<&Path>) -> Result<PathBuf, String> {
    let failed =
        |cause: &dyn std::fmt::Display| format!("{} cannot be unpacked: {cause}", path.display());
    let file = File::open(path).map_err(|error| failed(&error))?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let mut key = DefaultHasher::new();
    (
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        modified,
        metadata.len(),
    )
        .hash(&mut key);
    let default =
        || std::env::temp_dir().join(format!("durable-{}", rustix::process::geteuid().as_raw()));
    let cache = cache.map_or_else(default, Path::to_owned);
    let folder = cache.join(format!("{:016x}", key.finish()));
    if folder.is_dir() && is_own(&cache) {
        return Ok(folder);
    }
    let mut archive = ZipArchive::new(file).map_err(|error| failed(&error))?;
    let size = archive.decompressed_size().unwrap_or(u128::MAX);
    if size > u128::from(MAX_BYTES) {
        return Err(failed(&format!(
            "it holds more than {MAX_BYTES} bytes, Lambda's limit"
        )));
    }
    std::fs::create_dir_all(&cache).map_err(|error| failed(&error))?;
    if !is_own(&cache) {
        return Err(failed(&format!(
            "{} is the folder of another user",
            cache.display()
        )));
    }
    // A folder is complete, or it is not there: another server may unpack the same file.
    let partial = tempdir(&cache).map_err(|error| failed(&error))?;
    let unpacked = archive.extract(&partial).map_err(|error| failed(&error));
    let moved = unpacked.and_then(|()| {
        std::fs::rename(&partial, &folder)
            .or_else(|error| if folder.is_dir() { Ok(()) } else { Err(error) })
            .map_err(|error| failed(&error))
    });
    if partial.is_dir() {
        let _ = std::fs::remove_dir_all(&partial);
    }
    moved.map(|()| folder)
}

/// Whether a folder is this user's: programs in another's are not run.
fn is_own(folder: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    folder.metadata().is_ok_and(|it| it.uid() == user)
}

/// A new folder that only this user reaches.
fn tempdir(cache: &Path) -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;

    let folder = cache.join(format!("partial-{}", uuid::Uuid::new_v4().simple()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}

/// Whether a file is called a zip file.
pub(super) fn is_zip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("zip"))
}
