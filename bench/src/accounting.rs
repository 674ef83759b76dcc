//! What processes used, as counted by the kernel in `/proc` (proc(5)).

use anyhow::{Context, Result};
use std::collections::HashMap;
use std::time::Duration;

/// The kernel's clock tick in `/proc` (`USER_HZ`): 100 a second on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// One line of `/proc/*/stat`: the parent, and the ticks of the process and of the children it has waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    ticks: u64,
}

/// The CPU time of each process together with all its descendants, including those that have ended.
///
/// # Errors
/// When `/proc` cannot be read, or a process is gone.
pub fn cpu_times(roots: &[u32]) -> Result<Vec<Duration>> {
    let table = process_table()?;
    let of = |root: &u32| {
        let ticks = family_ticks(*root, &table).with_context(|| format!("process {root} is gone"))?;
        Ok(TICK * u32::try_from(ticks)?)
    };
    roots.iter().map(of).collect()
}

/// The CPU time of this very process, without its children, which are counted by themselves.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn own_cpu_time() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    let ticks = own_ticks(&text).context("/proc/self/stat has no CPU times")?;
    Ok(TICK * u32::try_from(ticks)?)
}

/// Fields 14 and 15: utime, stime.
fn own_ticks(stat: &str) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11..13)?.iter().map(|field| field.parse::<u64>());
    ticks.sum::<Result<u64, _>>().ok()
}

/// The share of a process' CPU time that its busiest thread used: near 1 if one thread does all the work, near a half
/// if two share it. Threads that have ended do not count.
///
/// # Errors
/// When the process is gone.
pub fn busiest_thread(pid: u32) -> Result<f64> {
    let folder = format!("/proc/{pid}/task");
    let threads = std::fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))?;
    // A thread may end meanwhile.
    let stats = threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok());
    Ok(largest_share(stats.filter_map(|stat| own_ticks(&stat))))
}

fn largest_share(ticks: impl Iterator<Item = u64>) -> f64 {
    let (largest, all) = ticks.fold((0, 0), |(largest, all), ticks| (ticks.max(largest), all + ticks));
    largest as f64 / all.max(1) as f64
}

/// The most memory that a process ever had resident (`VmHWM`), in bytes.
///
/// # Errors
/// When the process is gone.
pub fn peak_memory(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    peak_in(&text).with_context(|| format!("{path} has no line VmHWM"))
}

fn peak_in(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn process_table() -> Result<HashMap<u32, Stat>> {
    let mut table = HashMap::new();
    for entry in std::fs::read_dir("/proc").context("cannot read /proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that ended meanwhile is counted by its parent.
        let stat = std::fs::read_to_string(entry.path().join("stat"));
        if let Some(stat) = stat.ok().as_deref().and_then(parse) {
            table.insert(pid, stat);
        }
    }
    Ok(table)
}

/// Fields 4 and 14 to 17: ppid, utime, stime, cutime, cstime. The name before them may hold spaces and brackets.
fn parse(stat: &str) -> Option<Stat> {
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u64>());
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        ticks: ticks.sum::<Result<u64, _>>().ok()?,
    })
}

fn family_ticks(root: u32, table: &HashMap<u32, Stat>) -> Option<u64> {
    let own = table.get(&root)?.ticks;
    let children = table.iter().filter(|(_, stat)| stat.parent == root);
    Some(own + children.filter_map(|(pid, _)| family_ticks(*pid, table)).sum::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_counts_its_living_and_its_dead() {
        let line =
            |parent, user, dead| format!("7 (a) b)) S {parent} 1 1 0 -1 4 0 0 0 0 {user} 2 {dead} 3 20 0 1 0 99");
        let table: HashMap<u32, Stat> = [
            (1, line(0, 10, 0)),
            (2, line(1, 20, 100)),
            (3, line(2, 30, 0)),
            (4, line(9, 1, 1)),
        ]
        .into_iter()
        .map(|(pid, text)| (pid, parse(&text).unwrap()))
        .collect();
        assert_eq!(family_ticks(1, &table), Some(15 + 125 + 35));
        assert_eq!(family_ticks(5, &table), None);
    }

    #[test]
    fn the_busiest_thread_is_told_from_the_others() {
        for (ticks, share) in [(&[][..], 0.0), (&[0, 7], 1.0), (&[30, 60, 30], 0.5)] {
            assert_eq!(largest_share(ticks.iter().copied()), share, "{ticks:?}");
        }
    }

    #[test]
    fn this_process_has_used_something() {
        assert!(peak_memory(std::process::id()).unwrap() > 100_000);
        assert_eq!(cpu_times(&[std::process::id()]).unwrap().len(), 1);
        assert!((0.0..=1.0).contains(&busiest_thread(std::process::id()).unwrap()));
        assert_eq!(peak_in("VmPeak:\t 9 kB\nVmHWM:\t  12 kB\n"), Some(12 * 1024));
    }
}
