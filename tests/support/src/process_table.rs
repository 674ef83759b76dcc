//! Which processes exist and who started them, read from `/proc`.

use std::collections::HashSet;

use anyhow::{Context, Result};

/// One line of `/proc/<pid>/stat`, the parts that matter here (proc(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessRow {
    pub(crate) pid: u32,
    zombie: bool,
    parent: u32,
    group: u32,
    /// Clock ticks after boot: with the pid it identifies a process for ever.
    started: u64,
}

impl ProcessRow {
    pub(crate) fn is_still(&self, before: &Self) -> bool {
        self.pid == before.pid && self.started == before.started && !self.zombie
    }
}

pub(crate) fn process_table() -> Result<Vec<ProcessRow>> {
    let entries = std::fs::read_dir("/proc").context("cannot list /proc")?.flatten();
    let stats = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    Ok(stats.filter_map(|text| parse_stat(&text)).collect())
}

/// The command's name stands in parentheses and may itself contain blanks and parentheses.
fn parse_stat(text: &str) -> Option<ProcessRow> {
    let pid = text.split(' ').next()?.parse().ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    Some(ProcessRow {
        pid,
        zombie: *fields.first()? == "Z",
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// The process, its group and all descendants of either: PostgreSQL's backends leave the group but not the family.
pub(crate) fn family_of(leader: u32, table: &[ProcessRow]) -> Vec<ProcessRow> {
    let mut family: HashSet<u32> = table
        .iter()
        .filter(|row| row.pid == leader || row.group == leader)
        .map(|row| row.pid)
        .collect();
    loop {
        let children: Vec<_> = table
            .iter()
            .filter(|row| family.contains(&row.parent) && !family.contains(&row.pid))
            .collect();
        if children.is_empty() {
            break;
        }
        family.extend(children.iter().map(|row| row.pid));
    }
    table.iter().filter(|row| family.contains(&row.pid)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_past_a_name_with_parentheses() {
        let text = "42 (erl (x) y) S 7 40 40 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 0 0";
        let expected = ProcessRow {
            pid: 42,
            zombie: false,
            parent: 7,
            group: 40,
            started: 987_654,
        };
        assert_eq!(parse_stat(text), Some(expected));
        assert_eq!(parse_stat("not a process"), None);
    }

    #[test]
    fn a_family_is_group_and_descendants_and_nobody_else() {
        let row = |pid, parent, group| ProcessRow {
            pid,
            zombie: false,
            parent,
            group,
            started: 1,
        };
        let table = [
            row(10, 1, 10),  // the leader
            row(11, 10, 10), // its child
            row(12, 10, 12), // a child in a group of its own
            row(13, 12, 13), // and that one's child
            row(14, 1, 10),  // orphaned, yet of the group
            row(15, 1, 15),  // a stranger
        ];
        let pids: Vec<_> = family_of(10, &table).iter().map(|row| row.pid).collect();
        assert_eq!(pids, [10, 11, 12, 13, 14]);
    }
}
