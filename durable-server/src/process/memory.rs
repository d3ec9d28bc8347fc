//! The memory of a process.

/// The most memory that a process had so far, in MB rounded up; none where the system has no `/proc`.
pub(super) fn peak_mb(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    peak(&status)
}

/// The peak that a status file of Linux names.
fn peak(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_from_the_status_of_a_process() {
        let status = "Name:\tf\nVmPeak:\t  9999 kB\nVmHWM:\t    2049 kB\nVmRSS:\t    1 kB\n";
        assert_eq!(peak(status), Some(3));
        assert_eq!(peak("Name:\tf\n"), None);
    }
}
