//! How often a key may ask: so many requests a minute, as many at once at first, by the generic cell rate algorithm.
//!
//! Every route with a key is counted here, because all of them find their caller in one place (`auth`). Answers say what is
//! allowed and what is left (draft-ietf-httpapi-ratelimit-headers). A process counts for itself: `n` processes of the API let
//! through `n` times as much.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a key may that has no number of its own: a thousand a second, for as long as one likes.
pub(crate) const USUAL: NonZeroU32 = match NonZeroU32::new(60_000) {
    Some(usual) => usual,
    None => NonZeroU32::MIN,
};

/// The keys that are remembered. When there are more, all begin anew.
const MOST: usize = 10_000;

static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static LIMIT: HeaderName = HeaderName::from_static("ratelimit");

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// What keys have asked lately, in this process.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    limiters: Mutex<HashMap<[u8; 32], Of>>,
    clock: DefaultClock,
}

#[derive(Debug, Clone)]
struct Of {
    per_minute: NonZeroU32,
    limiter: Arc<Limiter>,
}

/// Where a key stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub per_minute: u32,
    /// Requests that may be made at once.
    pub left: u32,
    /// Whole seconds until the next may be made, if this one may not.
    pub retry_after: Option<u64>,
}

/// Where the door leaves how the key stands, for whoever writes the answer's header.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Arc<OnceLock<Standing>>);

impl Rates {
    /// Counts a request of a key that may make so many a minute.
    pub fn take(&self, key: &str, per_minute: Option<NonZeroU32>) -> Standing {
        let of = self.limiter(key, per_minute.unwrap_or(USUAL));
        let per_minute = of.per_minute.get();
        match of.limiter.check() {
            Ok(state) => Standing {
                per_minute,
                left: state.remaining_burst_capacity(),
                retry_after: None,
            },
            Err(not_yet) => {
                let wait = not_yet.wait_time_from(self.clock.now());
                Standing {
                    per_minute,
                    left: 0,
                    retry_after: Some(wait.as_secs() + 1),
                }
            }
        }
    }

    fn limiter(&self, key: &str, per_minute: NonZeroU32) -> Of {
        let hash = Sha256::digest(key.as_bytes()).into();
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        // A number that was changed holds from the next request on.
        if let Some(of) = limiters.get(&hash).filter(|of| of.per_minute == per_minute) {
            return of.clone();
        }
        if limiters.len() >= MOST {
            limiters.clear();
        }
        let limiter = RateLimiter::direct(Quota::per_minute(per_minute));
        let limiter = Arc::new(limiter.with_middleware());
        let of = Of { per_minute, limiter };
        limiters.insert(hash, of.clone());
        of
    }
}

impl Standing {
    /// Leaves it where the answer's header is written.
    pub fn note(self, extensions: &Extensions) {
        if let Some(Meter(meter)) = extensions.get::<Meter>() {
            // A request has one key.
            let _ = meter.set(self);
        }
    }

    /// `RateLimit-Policy` and `RateLimit`. What is used up is back after a minute; what is short, sooner.
    fn write(self, headers: &mut HeaderMap) {
        let Self { per_minute, left, .. } = self;
        let used = u64::from(per_minute.saturating_sub(left));
        let back = self
            .retry_after
            .unwrap_or((used * 60).div_ceil(u64::from(per_minute.max(1))));
        let fields = [
            (&POLICY, format!("\"key\";q={per_minute};w=60")),
            (&LIMIT, format!("\"key\";r={left};t={back}")),
        ];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

impl Meter {
    /// Writes what the door has left, if a key has asked.
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Some(standing) = self.0.get() {
            standing.write(headers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_minute(number: u32) -> Option<NonZeroU32> {
        NonZeroU32::new(number)
    }

    #[test]
    fn a_key_has_its_own_number_and_others_are_not_concerned() {
        let rates = Rates::default();
        let standing = rates.take("a", per_minute(2));
        assert_eq!((standing.per_minute, standing.left, standing.retry_after), (2, 1, None));
        assert_eq!(rates.take("a", per_minute(2)).left, 0);
        let refused = rates.take("a", per_minute(2));
        assert!(
            refused.retry_after.is_some_and(|it| (29..=30).contains(&it)),
            "{refused:?}"
        );
        assert_eq!(rates.take("b", per_minute(2)).retry_after, None);
        assert_eq!(rates.take("c", None).per_minute, USUAL.get());
        // Somebody gave it more.
        assert_eq!(rates.take("a", per_minute(3)).left, 2);
    }

    #[test]
    fn the_header_says_what_is_allowed_and_what_is_left() {
        let written = |standing: Standing| {
            let mut headers = HeaderMap::new();
            standing.write(&mut headers);
            let text = |name: &HeaderName| headers[name].to_str().unwrap().to_owned();
            (text(&POLICY), text(&LIMIT))
        };
        let standing = Standing {
            per_minute: 60,
            left: 59,
            retry_after: None,
        };
        let policy = "\"key\";q=60;w=60".to_owned();
        assert_eq!(written(standing), (policy.clone(), "\"key\";r=59;t=1".to_owned()));
        let short = Standing {
            left: 0,
            retry_after: Some(3),
            ..standing
        };
        assert_eq!(written(short), (policy, "\"key\";r=0;t=3".to_owned()));
    }

    #[test]
    fn the_memory_is_bounded() {
        let rates = Rates::default();
        for i in 0..MOST * 2 + 5 {
            rates.take(&i.to_string(), None);
        }
        assert!(rates.limiters.lock().unwrap().len() <= MOST);
    }
}
