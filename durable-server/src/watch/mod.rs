//! Watches the programs of functions, and has their processes replaced when they change on disk.
//!
//! Files are looked at from time to time rather than through the system's notifications: these do not reach every
//! file system (shares, containers), and a linker or a copy causes many of them before a file is whole. A change counts
//! once nothing about the files has moved between two looks, the program can be started, and what is in the files
//! differs: a build that makes the same program again replaces nothing.

mod files;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::config::{FunctionConfig, program_fault};
use crate::engine::Engine;
use crate::http::stopped;
use crate::process::program_of;
use files::{Content, Stamps};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);

/// Watches the programs of all functions until the stop signal.
pub(crate) async fn programs(engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    let functions = engine.fleet().functions();
    let local = functions.filter(|function| !function.is_elsewhere());
    let mut watched: Vec<Watched> = local
        .map(|function| Watched::new(function.config().clone()))
        .collect();
    loop {
        let look = spawn_blocking(move || {
            let changed: Vec<String> = watched.iter_mut().filter_map(Watched::look).collect();
            (watched, changed)
        });
        let Ok((again, changed)) = look.await else {
            engine.note("programs are no longer watched: looking at them failed");
            return;
        };
        watched = again;
        for function in changed {
            engine.change_code(&function).await;
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stopped(&mut stop) => return,
        }
    }
}

/// A function whose program is watched.
#[derive(Debug)]
struct Watched {
    function: FunctionConfig,
    /// The files as the last look found them.
    stamps: Stamps,
    /// Whether they have changed and may not be whole yet.
    is_moving: bool,
    /// What was in them when its processes were replaced last.
    content: Content,
}

impl Watched {
    fn new(function: FunctionConfig) -> Self {
        let stamps = Stamps::of(&function);
        Self {
            content: stamps.content(),
            stamps,
            is_moving: false,
            function,
        }
    }

    /// Looks at the files. Returns the name of the function if its program has changed.
    fn look(&mut self) -> Option<String> {
        let stamps = Stamps::of(&self.function);
        if stamps != self.stamps {
            self.stamps = stamps;
            self.is_moving = true;
            return None;
        }
        let is_whole = || {
            let program = program_of(&self.function);
            program.is_some_and(|program| program_fault(&program).is_none())
        };
        if !self.is_moving || !is_whole() {
            return None;
        }
        self.is_moving = false;
        let content = self.stamps.content();
        let has_changed = content != self.content;
        self.content = content;
        has_changed.then(|| self.function.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::config::Functions;

    fn script(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn watched(folder: &Path, command: &str) -> Watched {
        let file = folder.join("functions.json");
        let function =
            format!(r#"{{"it": {{"Command": {command}, "WorkingDirectory": {folder:?}}}}}"#);
        fs::write(&file, function).unwrap();
        let functions = Functions::read_json(&file).unwrap().functions;
        Watched::new(functions.into_iter().next().unwrap())
    }

    /// A folder, the program in it, and what watches it.
    fn given(text: &str) -> (tempfile::TempDir, PathBuf, Watched) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        script(&program, text);
        let watched = watched(folder.path(), &format!("[{program:?}]"));
        (folder, program, watched)
    }

    #[test]
    fn a_program_that_is_replaced_has_changed_once_it_is_whole() {
        let (folder, program, mut watched) = given("#!/bin/sh\n");
        assert_eq!(watched.look(), None);

        // As cargo does it: the old one goes, the new one is moved to its place.
        fs::remove_file(&program).unwrap();
        assert_eq!(watched.look(), None);
        assert_eq!(watched.look(), None, "there is no program");
        let new = folder.path().join("new");
        script(&new, "#!/bin/sh\ntrue\n");
        fs::rename(&new, &program).unwrap();

        assert_eq!(watched.look(), None, "it may still be written");
        assert_eq!(watched.look().as_deref(), Some("it"));
        assert_eq!(watched.look(), None);
    }

    #[test]
    fn a_program_that_is_being_written_has_not_changed_yet() {
        let (_folder, program, mut watched) = given("#!/bin/sh\n");

        script(&program, "#!/bin/sh\nha");
        assert_eq!(watched.look(), None);
        script(&program, "#!/bin/sh\nhalf an");
        assert_eq!(watched.look(), None);
        script(&program, "#!/bin/sh\nhalf and half\n");
        assert_eq!(watched.look(), None);

        assert_eq!(watched.look().as_deref(), Some("it"));
    }

    #[test]
    fn the_same_program_built_again_has_not_changed() {
        let (folder, program, mut watched) = given("#!/bin/sh\n");
        let new = folder.path().join("new");
        script(&new, "#!/bin/sh\n");
        fs::rename(&new, &program).unwrap();

        assert_eq!(watched.look(), None);
        assert_eq!(watched.look(), None);
    }

    #[test]
    fn a_program_of_an_interpreter_is_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("app");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("prices.py"), "a = 1").unwrap();
        fs::write(source.join("notes.txt"), "a").unwrap();
        let python = folder.path().join("python3");
        script(&python, "#!/bin/sh\n");
        let mut watched = watched(
            folder.path(),
            r#"["./python3", "-m", "awslambdaric", "app.handler"]"#,
        );

        fs::write(source.join("notes.txt"), "b").unwrap();
        assert_eq!((watched.look(), watched.look()), (None, None));
        fs::write(source.join("prices.py"), "a = 22").unwrap();
        assert_eq!(watched.look(), None);
        assert_eq!(watched.look().as_deref(), Some("it"));
        fs::write(source.join("taxes.py"), "b = 1").unwrap();
        assert_eq!(watched.look(), None);
        assert_eq!(watched.look().as_deref(), Some("it"));
    }
}
