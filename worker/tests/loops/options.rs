//! The options of dispatchers and workers in these tests: as in a fleet, but with shorter times.

use crate::stage::{HOUR, MINUTE};
use bellhop_domain::Lane;
use bellhop_domain::backoff::Backoff;
use bellhop_domain::breaker::Threshold;
use bellhop_domain::waterfall::Rules;
use std::time::Duration;

pub fn worker_options() -> bellhop_worker::Options {
    bellhop_worker::Options {
        lanes: Lane::ALL.to_vec(),
        name: "w".to_owned(),
        lease: MINUTE,
        batches_at_once: 4,
        requests_per_batch: 10,
        careful_requests_per_batch: 2,
        flush: Duration::from_millis(100),
        poll: Duration::from_millis(50),
        drain: Duration::from_secs(10),
        rules: Rules {
            backoff: Backoff {
                base: Duration::from_secs(10),
                cap: 10 * MINUTE,
                max_tries: 5,
            },
            settlement: 24 * HOUR,
            throttle: MINUTE,
        },
        breaker: Threshold::default(),
        public_url: "https://b.example".to_owned(),
    }
}

pub fn dispatcher_options() -> bellhop_dispatcher::Options {
    bellhop_dispatcher::Options {
        tick: Duration::from_millis(20),
        first_page: 1_000,
        page: 20_000,
        outstanding: 200,
        vanished: Duration::from_secs(10),
        settlement: 24 * HOUR,
        look_up: MINUTE,
        webhooks: None,
    }
}
