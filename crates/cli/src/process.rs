//! What this process has used so far, as the system counts it.

use serde::Serialize;

/// Processor time and memory of this process.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Usage {
    /// Processor time in user and system mode, in milliseconds.
    pub(crate) cpu_ms: u64,
    /// Largest resident memory, in bytes.
    pub(crate) peak_memory: u64,
}

/// Linux tells in /proc (proc(5)); elsewhere there is no answer.
pub(crate) fn usage() -> Option<Usage> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(Usage { cpu_ms: cpu_ms(&stat)?, peak_memory: peak_memory(&status)? })
}

/// User and system time are the 14th and 15th fields, in hundredths of a second. The second field, the
/// program's name, may hold blanks and ends with the last parenthesis.
fn cpu_ms(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) * 10)
}

fn peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_and_memory_are_found_where_proc_puts_them() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 12 34 0 0 20 0 1 0 100 1000 10";
        assert_eq!(cpu_ms(stat), Some(460));
        assert_eq!(peak_memory("Name:\tx\nVmHWM:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(peak_memory("Name:\tx\n"), None);
    }
}
