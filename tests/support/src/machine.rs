//! How busy the machine was, because a test that promises seconds assumes a machine that has time for it.

use std::time::{Duration, Instant};

/// A stopwatch that knows how long this process was ready to work but did not get a core.
#[derive(Debug)]
pub struct Stopwatch {
    started: Instant,
    waited: Duration,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            waited: waited_for_a_core(),
        }
    }

    /// The wall-clock time.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long our threads waited for a core, all of them together: next to nothing on an idle machine, and on a
    /// busy one more than any single thread was late. A promised time may be exceeded by this much.
    pub fn delayed(&self) -> Duration {
        waited_for_a_core().saturating_sub(self.waited)
    }
}

/// The waits of all living threads, by the kernel's account: the second number of each `schedstat` (proc(5)),
/// nanoseconds.
fn waited_for_a_core() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let stats = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    stats.filter_map(|stat| waited(&stat)).sum()
}

fn waited(schedstat: &str) -> Option<Duration> {
    schedstat
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn the_second_number_is_the_wait() {
        assert_eq!(waited("17 1919715 1\n"), Some(Duration::from_nanos(1_919_715)));
        assert_eq!(waited(""), None);
    }

    /// More threads than cores want to work, so that some of them wait.
    #[test]
    fn who_stands_in_line_is_counted() {
        let cores = std::thread::available_parallelism().unwrap().get();
        let (watch, done) = (Stopwatch::start(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..cores * 2 + 1 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            while watch.delayed() < Duration::from_millis(20) && watch.elapsed() < Duration::from_secs(60) {
                std::thread::yield_now();
            }
            assert!(watch.delayed() >= Duration::from_millis(20), "{watch:?}");
            done.store(true, Ordering::Relaxed);
        });
    }
}
