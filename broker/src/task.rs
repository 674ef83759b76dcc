//! What travels through a queue.

use std::fmt;
use std::str::FromStr;

use bellhop_domain::{BatchId, InstallationId, OrgId, RunId};

/// A hint that a batch of messages may be due. Its wire form is short text that an operator can read in the broker's
/// console: `2:9f…3c:7:42:1001` is version 2, the installation (32 hexadecimal digits), organisation 7, run 42, batch 1001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task {
    /// The installation that it belongs to; several may share a broker by mistake.
    pub installation: InstallationId,
    pub org: OrgId,
    pub run: RunId,
    pub batch: BatchId,
}

/// The version of the form. While a fleet is upgraded, old workers drop tasks of the new form, and dispatchers
/// publish a batch again when its task has vanished.
const VERSION: u8 = 2;

/// The payload is not a task of a version that this program knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a task: expected \"{VERSION}:INSTALLATION:ORG:RUN:BATCH\"; another program, or another version of this one, publishes to the queue"
)]
pub struct NotATask;

impl Task {
    /// Reads the wire form.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn from_wire(payload: &[u8]) -> Result<Self, NotATask> {
        std::str::from_utf8(payload).map_err(|_| NotATask)?.parse()
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            installation,
            org,
            run,
            batch,
        } = self;
        write!(f, "{VERSION}:{installation}:{org}:{run}:{batch}")
    }
}

impl FromStr for Task {
    type Err = NotATask;

    fn from_str(text: &str) -> Result<Self, NotATask> {
        let fields: Vec<&str> = text.split(':').collect();
        let [version, installation, org, run, batch] = fields[..] else {
            return Err(NotATask);
        };
        let task = Self {
            installation: installation.parse().map_err(|_| NotATask)?,
            org: org.parse().map_err(|_| NotATask)?,
            run: run.parse().map_err(|_| NotATask)?,
            batch: batch.parse().map_err(|_| NotATask)?,
        };
        if version.parse() == Ok(VERSION) {
            Ok(task)
        } else {
            Err(NotATask)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_task_survives_the_wire(installation: u128, org: i32, run: i64, batch: i64) {
            let task = Task { installation: InstallationId(installation), org: OrgId(org), run: RunId(run), batch: BatchId(batch) };
            prop_assert_eq!(Task::from_wire(task.to_string().as_bytes()), Ok(task));
        }

        #[test]
        fn any_bytes_are_read_or_refused(payload: Vec<u8>) {
            let _ = Task::from_wire(&payload);
        }
    }

    #[test]
    fn the_wire_form_stays() {
        let task = Task {
            installation: InstallationId(0x1f),
            org: OrgId(7),
            run: RunId(42),
            batch: BatchId(1001),
        };
        assert_eq!(task.to_string(), "2:0000000000000000000000000000001f:7:42:1001");
    }

    #[test]
    fn what_is_no_task_is_refused() {
        for payload in [
            "",
            "1",
            "1:7:42",
            // From a version that did not know installations.
            "1:7:42:1001",
            "2:7:42:1001",
            "2:1f:7:42:1001",
            "2:0000000000000000000000000000001F:7:42:1001",
            "2:+000000000000000000000000000001f:7:42:1001",
            "2:0000000000000000000000000000001f:7:42:1001:5",
            "3:0000000000000000000000000000001f:7:42:1001",
            "2:0000000000000000000000000000001f:7:42:x",
            "2:0000000000000000000000000000001f:99999999999:1:1",
            "{}",
        ] {
            assert_eq!(Task::from_wire(payload.as_bytes()), Err(NotATask), "{payload}");
        }
        assert_eq!(Task::from_wire(b"1:7:42:\xff"), Err(NotATask));
    }
}
