//! Recognising whether a process of this machine is still alive.

use serde::{Deserialize, Serialize};

/// One process among all that ever ran, as far as this machine can tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Process {
    /// The boot it belongs to; random at each start of the machine.
    boot: String,
    /// The namespace its number counts in: containers of one machine number their own.
    namespace: String,
    pid: u32,
    /// When it started, in ticks since boot: tells it from a later one of the same number.
    started: u64,
}

impl Process {
    /// The current process; absent where the system does not say (anything but Linux).
    pub(crate) fn current() -> Option<Self> {
        let pid = std::process::id();
        Some(Self { boot: boot()?, namespace: namespace()?, pid, started: started(pid)? })
    }

    /// Whether it runs, or ran, where we do.
    pub(crate) fn is_of_this_machine(&self) -> bool {
        boot().is_some_and(|boot| boot == self.boot)
            && namespace().is_some_and(|namespace| namespace == self.namespace)
    }

    /// Whether this process is known to have ended. Not known: false.
    pub(crate) fn has_ended(&self) -> bool {
        // Without /proc for ourselves, the absence of another process says nothing.
        self.is_of_this_machine()
            && started(std::process::id()).is_some()
            && started(self.pid) != Some(self.started)
    }

    #[cfg(test)]
    pub(crate) fn with_pid(mut self, pid: u32) -> Self {
        self.pid = pid;
        self
    }

    #[cfg(test)]
    pub(crate) fn of_another_machine(mut self) -> Self {
        self.boot = "another".to_owned();
        self
    }
}

fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

fn namespace() -> Option<String> {
    Some(std::fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

/// When a process started; absent when there is none, or only what its parent has not yet buried.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    // proc(5): state is field 3, the start time field 22.
    fields.nth(18)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive() {
        assert!(!Process::current().unwrap().has_ended());
    }

    #[test]
    fn a_killed_process_has_ended_even_before_it_is_waited_for() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let of_child =
            Process { pid: child.id(), started: started(child.id()).unwrap(), ..Process::current().unwrap() };
        assert!(!of_child.has_ended());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(of_child.has_ended());
    }

    #[test]
    fn a_number_used_again_is_another_process() {
        let mut earlier = Process::current().unwrap();
        earlier.started -= 1;
        assert!(earlier.has_ended());
    }

    #[test]
    fn nothing_is_known_of_another_machine() {
        let elsewhere = Process::current().unwrap().with_pid(u32::MAX).of_another_machine();
        assert!(!elsewhere.has_ended());
    }
}
