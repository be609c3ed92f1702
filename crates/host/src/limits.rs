//! What a connector may use: every limit with its default and the reason for it, in one table.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::work::Work;

macro_rules! limits {
    ($($limit:ident, $field:ident, $name:literal = $default:literal: $meaning:literal, $reason:literal;)*) => {
        /// One of the limits, as errors name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Limit {
            $(#[doc = $meaning] $limit,)*
        }

        impl Limit {
            const ALL: &[Self] = &[$(Self::$limit,)*];

            /// Its name in the configuration, unit included.
            pub fn name(self) -> &'static str {
                match self { $(Self::$limit => $name,)* }
            }

            /// What it bounds, as the rest of a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$limit => $meaning,)* }
            }

            /// Why its default is what it is.
            pub fn reason(self) -> &'static str {
                match self { $(Self::$limit => $reason,)* }
            }
        }

        /// What one call of a connector may use, and one run of it. The same everywhere Fairlead runs, so that a
        /// connector that works on a laptop works in production.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $(
                #[doc = concat!("Bounds ", $meaning, ".")]
                #[doc = ""]
                #[doc = concat!("Its default: ", $reason, ".")]
                #[serde(rename = $name)]
                pub $field: u64,
            )*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl Limits {
            /// The value of one of them, in the unit its name says.
            pub fn of(&self, limit: Limit) -> u64 {
                match limit { $(Limit::$limit => self.$field,)* }
            }
        }
    };
}

limits! {
    Cpu, cpu_ms, "cpu-ms" = 10_000:
        "the time one call to plan or to run a task may compute, in milliseconds; waiting does not count",
        "a page of a thousand records takes a few milliseconds, so a thousand times that is a loop";
    PublishCpu, publish_cpu_ms, "publish-cpu-ms" = 900_000:
        "the time one call to publish may compute, in milliseconds",
        "publishing goes over the whole snapshot in one call: a million items take minutes";
    Wall, wall_ms, "wall-ms" = 300_000:
        "the time one call to plan or to run a task may take, waiting for Azure not counted, in milliseconds",
        "the time to compute, for a machine whose processors thirty calls share";
    PublishWall, publish_wall_ms, "publish-wall-ms" = 7_200_000:
        "the time one call to publish may take, in milliseconds",
        "the time to compute, and slow disks under files of many gigabytes";
    AzureWait, azure_wait_ms, "azure-wait-ms" = 3_600_000:
        "the time one call may wait for Azure in all, in milliseconds",
        "a throttled tenant asks for minutes at a time; each request has a deadline of its own at the gateway";
    Memory, memory_mib, "memory-mib" = 128:
        "the memory of one call to plan or to run a task, summed over the component, in MiB",
        "guests with a language runtime start at 13 MiB, a page of records takes a few more, and dozens run at once";
    PublishMemory, publish_memory_mib, "publish-memory-mib" = 512:
        "the memory of one call to publish, summed over the component, in MiB",
        "only one publishes at a time, and it may need every group's members at once";
    Memories, memories, "memories" = 16:
        "the number of memories in a component",
        "a compiled guest has one, an adapted one two or three; each reserves address space";
    Tables, tables, "tables" = 64:
        "the number of function tables in a component",
        "components of interpreted languages have a few dozen parts";
    TableElements, table_elements, "table-elements" = 20_000:
        "the elements of all function tables together",
        "guests with a language runtime have 8,000, and elements are host memory";
    Instances, instances, "instances" = 64:
        "the number of core instances in a component",
        "a Python guest has 38, the largest number known";
    Stack, stack_kib, "stack-kib" = 1_024:
        "the depth of a call's stack, in KiB",
        "recursive parsers have needed more than the usual 512";
    Handles, handles, "handles" = 64:
        "the number of files and databases one call may have open",
        "a connector writes a few files, one after the other";
    Message, message_mib, "message-mib" = 32:
        "the data a connector may hand over at once, as arguments or as a result, in MiB",
        "twenty pages of a thousand users in one step are 30 MiB, and the host holds it in memory";
    Records, step_records, "step-records" = 250_000:
        "the number of items and links in one step, and of rows in one insert",
        "a step is one transaction; the largest useful one is a batch of twenty pages";
    Tasks, step_tasks, "step-tasks" = 10_000:
        "the number of tasks a plan or a step may ask for",
        "a page of a thousand groups asks for a few tasks a group";
    RunTasks, run_tasks, "run-tasks" = 2_000_000:
        "the number of tasks of one run, over all its steps",
        "a million links with a task for each are half of it, and next links that never end reach it within hours";
    Log, log_kib, "log-kib" = 64:
        "the text one call may log before the rest is dropped, in KiB",
        "enough for any explanation; a run has thousands of calls";
    Requests, requests, "requests" = 2_000:
        "the number of requests to Azure in one call",
        "a task is a page or a batch; whoever needs more splits the work into tasks";
    CheckRequests, check_requests, "check-requests" = 50:
        "the number of requests to Azure in one call to check a tenant",
        "a validation is quick and costs the tenant little; two dozen subscriptions with two requests each";
    Received, received_mib, "received-mib" = 512:
        "the bytes Azure may answer in one call, in MiB",
        "many times what fits into a step";
    Artifacts, artifact_mib, "artifact-mib" = 65_536:
        "the bytes one call may write into files and databases, in MiB",
        "a million users with their access are about 4 GiB before compression; this keeps a loop off the disk";
    Component, component_mib, "component-mib" = 64:
        "the size of a component's file, in MiB",
        "a component with a Python runtime is 19 MiB";
    Description, description_kib, "description-kib" = 256:
        "the size of a connector's description, of its requirements and of its findings, in KiB",
        "they are read by people: a few dozen settings and kinds, a few dozen permissions";
}

/// A limit with its value, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Described {
    /// Its name in the configuration, unit included.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// What it bounds.
    pub meaning: &'static str,
    /// Why its default is what it is.
    pub reason: &'static str,
}

impl Limits {
    /// All limits with their values and reasons.
    pub fn describe(&self) -> impl Iterator<Item = Described> + '_ {
        Limit::ALL.iter().map(|limit| Described {
            name: limit.name(),
            value: self.of(*limit),
            meaning: limit.meaning(),
            reason: limit.reason(),
        })
    }

    /// The first limit that would keep every connector from working.
    pub(crate) fn unusable(&self) -> Option<Limit> {
        let zero = Limit::ALL.iter().find(|limit| **limit != Limit::Log && self.of(**limit) == 0);
        // wasmtime keeps the stack's size in a `usize` and adds the host's share to it.
        let stack = (self.stack_kib > MOST_STACK_KIB).then_some(Limit::Stack);
        zero.copied().or(stack)
    }

    /// A limit given in KiB, in bytes.
    pub(crate) fn kib(&self, limit: Limit) -> usize {
        bytes(self.of(limit), 1 << 10)
    }

    /// A limit given in MiB, in bytes.
    pub(crate) fn mib(&self, limit: Limit) -> usize {
        bytes(self.of(limit), 1 << 20)
    }

    /// A limit given as a number.
    pub(crate) fn count(&self, limit: Limit) -> usize {
        bytes(self.of(limit), 1)
    }

    /// What a call of this kind may use of what depends on its kind.
    pub(crate) fn budget(&self, work: &Work) -> Budget {
        let (cpu, wall, memory) = match work {
            Work::Publish => (Limit::PublishCpu, Limit::PublishWall, Limit::PublishMemory),
            Work::Describe | Work::Requirements | Work::Check | Work::Plan | Work::Task { .. } => {
                (Limit::Cpu, Limit::Wall, Limit::Memory)
            }
        };
        let requests = if *work == Work::Check { Limit::CheckRequests } else { Limit::Requests };
        let time = |limit| Allowance { limit, amount: Duration::from_millis(self.of(limit)) };
        Budget {
            cpu: time(cpu),
            wall: time(wall),
            azure: time(Limit::AzureWait),
            memory: Allowance { limit: memory, amount: self.mib(memory) },
            requests: Allowance { limit: requests, amount: self.of(requests) },
        }
    }
}

const MOST_STACK_KIB: u64 = 64 << 10;

fn bytes(value: u64, unit: u64) -> usize {
    usize::try_from(value.saturating_mul(unit)).unwrap_or(usize::MAX)
}

/// How much of something a call may use, and the limit that says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance<T> {
    pub(crate) limit: Limit,
    pub(crate) amount: T,
}

/// Time, memory and requests of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) cpu: Allowance<Duration>,
    pub(crate) wall: Allowance<Duration>,
    pub(crate) azure: Allowance<Duration>,
    pub(crate) memory: Allowance<usize>,
    pub(crate) requests: Allowance<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_one_name_in_the_file_in_descriptions_and_in_errors() {
        let limits: Limits = toml::from_str("memory-mib = 7").unwrap();
        assert_eq!(limits.of(Limit::Memory), 7);
        let described = limits.describe().find(|limit| limit.name == "memory-mib").unwrap();
        assert_eq!((described.value, described.meaning), (7, Limit::Memory.meaning()));
        let written = toml::Table::try_from(&limits).unwrap();
        assert!(limits.describe().all(|limit| written.contains_key(limit.name)), "{written}");
        assert_eq!(limits.describe().count(), written.len());
    }

    #[test]
    fn a_limit_that_does_not_exist_is_refused() {
        assert!(toml::from_str::<Limits>("memory = 7").unwrap_err().to_string().contains("memory-mib"));
    }

    #[test]
    fn a_limit_that_lets_nothing_work_is_named() {
        assert_eq!(Limits::default().unusable(), None);
        assert_eq!(Limits { cpu_ms: 0, ..Limits::default() }.unusable(), Some(Limit::Cpu));
        assert_eq!(Limits { stack_kib: u64::MAX, ..Limits::default() }.unusable(), Some(Limit::Stack));
        assert_eq!(Limits { log_kib: 0, ..Limits::default() }.unusable(), None);
    }

    #[test]
    fn publishing_has_limits_of_its_own() {
        let limits = Limits::default();
        assert_eq!(limits.budget(&Work::Plan).memory.limit, Limit::Memory);
        assert_eq!(limits.budget(&Work::Publish).memory.amount, 512 << 20);
    }
}
