//! How much memory a process holds, by the kernel's own count (proc_pid_status(5)).

/// The most that it ever held, in kB, which the kernel remembers.
pub fn peak_kb(pid: u32) -> Option<u64> {
    field(pid, "VmHWM:")
}

/// What it holds now, in kB.
pub fn now_kb(pid: u32) -> Option<u64> {
    field(pid, "VmRSS:")
}

fn field(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
