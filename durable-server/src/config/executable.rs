//! Whether a file is a program that this machine runs: what Lambda finds out when it starts one.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// How much of a file is read.
const HEAD: usize = 256;

/// Length of an ELF header up to the machine.
const ELF_HEADER: usize = 20;

/// Why a file cannot be started, in the words of the system; nothing if it can.
pub(crate) fn fault(path: &Path) -> Option<String> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Some("no such file or directory".to_owned());
        }
        Err(error) => return Some(error.to_string()),
    };
    if !metadata.is_file() {
        return Some("permission denied: it is not a file".to_owned());
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        let path = path.display();
        return Some(format!(
            "permission denied: the file is not executable; `chmod +x {path}` makes it so"
        ));
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    // A program may be executable without being readable.
    read.ok()?;
    format_fault(&head).map(|fault| format!("exec format error: {fault}"))
}

/// What is wrong with the first bytes of a program.
fn format_fault(head: &[u8]) -> Option<String> {
    if head.starts_with(b"\x7fELF") {
        if cfg!(not(target_os = "linux")) {
            return Some("it is a program for Linux".to_owned());
        }
        let machine = machine(head)?;
        let own = std::env::consts::ARCH;
        let runs = machine == own || (machine == "x86" && own == "x86_64") || is_emulated(machine);
        return (!runs).then(|| {
            format!(
                "it is built for {machine}, and this machine is {own}; build it for this machine"
            )
        });
    }
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let interpreter = line.split_whitespace().next().unwrap_or_default();
        return (!Path::new(interpreter).is_file())
            .then(|| format!("there is no interpreter {interpreter:?}"));
    }
    let mach_o = [0xfeed_face_u32, 0xfeed_facf, 0xcafe_babe];
    let magic: [u8; 4] = head
        .get(..4)
        .and_then(|it| it.try_into().ok())
        .unwrap_or_default();
    let is_mach_o =
        mach_o.contains(&u32::from_be_bytes(magic)) || mach_o.contains(&u32::from_le_bytes(magic));
    if is_mach_o && cfg!(target_vendor = "apple") {
        return None;
    }
    Some("it is neither a program for this machine nor a script that starts with #!".to_owned())
}

/// The machine that an ELF file is for; none if it is not one of Lambda's or this one's.
fn machine(head: &[u8]) -> Option<&'static str> {
    let header = head.get(..ELF_HEADER)?;
    let (order, number) = (header.get(5)?, header.get(18..20)?);
    let number: [u8; 2] = number.try_into().ok()?;
    let number = if *order == 2 {
        u16::from_be_bytes(number)
    } else {
        u16::from_le_bytes(number)
    };
    match number {
        3 => Some("x86"),
        40 => Some("arm"),
        62 => Some("x86_64"),
        183 => Some("aarch64"),
        243 => Some("riscv64"),
        _ => None,
    }
}

/// Whether the kernel hands programs of a machine to an emulator.
fn is_emulated(machine: &str) -> bool {
    let handler = Path::new("/proc/sys/fs/binfmt_misc").join(format!("qemu-{machine}"));
    handler.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(machine: u16) -> Vec<u8> {
        let mut head = b"\x7fELF\x02\x01\x01".to_vec();
        head.resize(18, 0);
        head.extend(machine.to_le_bytes());
        head
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_of_another_machine_is_named() {
        let (own, other, name) = match std::env::consts::ARCH {
            "aarch64" => (183, 62, "x86_64"),
            _ => (62, 183, "aarch64"),
        };
        if std::env::consts::ARCH == "x86_64" || std::env::consts::ARCH == "aarch64" {
            assert_eq!(format_fault(&elf(own)), None);
        }
        if !is_emulated(name) {
            let fault = format_fault(&elf(other)).unwrap();
            assert!(
                fault.starts_with(&format!("it is built for {name}")),
                "{fault}"
            );
        }
    }

    #[test]
    fn a_script_needs_an_interpreter_that_exists() {
        assert_eq!(format_fault(b"#!/bin/sh\n"), None);
        assert_eq!(format_fault(b"#! /bin/sh -e\n"), None);
        assert_eq!(
            format_fault(b"#!/nowhere/sh\n").unwrap(),
            "there is no interpreter \"/nowhere/sh\""
        );
        assert!(
            format_fault(b"echo hi\n")
                .unwrap()
                .contains("starts with #!")
        );
        assert!(format_fault(b"").is_some());
    }
}
