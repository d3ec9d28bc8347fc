//! Resources that a process has used.

use std::time::Duration;

/// CPU time and memory of a process, as Linux counts them.
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    pub(crate) peak_bytes: u64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Self {
        /// The unit of CPU times in `/proc`, on all platforms that Linux still runs on.
        const TICK: Duration = Duration::from_millis(10);
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        // The program's name ends with the last parenthesis.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u32 = ticks.map(|ticks| ticks.parse::<u32>().unwrap()).sum();

        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.unwrap().trim().trim_end_matches(" kB");
        Self {
            cpu: TICK * ticks,
            peak_bytes: kilobytes.parse::<u64>().unwrap() << 10,
        }
    }
}
