//! What the scripts read, and what they answer.

use bellhop_domain::Timestamp;

use crate::clock::after;
use crate::rule::{DOUBT, Parameters, PastGrant};
use crate::{Decision, LimitScope, LimiterError, Lost, Request};

/// A scope's parameters as `read_parameters` reads them.
fn written(parameters: &Parameters) -> impl Iterator<Item = i64> {
    let pace = parameters
        .pace
        .map_or([0; 4], |pace| [pace.period, pace.permits, pace.late, pace.jitter]);
    let counts = [parameters.windows.len(), parameters.quotas.len()].map(|count| count as i64);
    let windows = parameters
        .windows
        .iter()
        .flat_map(|it| [it.span, it.permits, it.marketing]);
    let quotas = parameters
        .quotas
        .iter()
        .flat_map(|it| [it.span, it.permits, it.period, it.slack]);
    [i64::from(parameters.passing), parameters.life]
        .into_iter()
        .chain(counts)
        .chain(pace)
        .chain(windows)
        .chain(quotas)
}

pub(super) fn take(request: &Request<'_>) -> Vec<i64> {
    let head = [request.urgency.rank(), request.wanted.into(), request.jitter.into()];
    let all_parameters = request.scopes.iter().flat_map(|scope| written(scope.parameters()));
    head.into_iter().chain(all_parameters).collect()
}

pub(super) fn restore(of: &Parameters, past: &[PastGrant]) -> Vec<i64> {
    let past = past.iter().flat_map(|grant| [grant.age, grant.permits]);
    written(of)
        .chain([DOUBT, of.look_back().unwrap_or(0)])
        .chain(past)
        .collect()
}

/// Reads the answer of `take.lua`.
pub(super) fn decision(answer: &[i64], request: &Request<'_>, now: Timestamp) -> Result<Decision, LimiterError> {
    match *answer {
        [-1, wait, ref lost @ ..] => {
            let scopes = lost
                .iter()
                .filter_map(|place| request.scopes.get(usize::try_from(*place).ok()?));
            let lost = |scope: &LimitScope| Lost {
                key: scope.key().clone(),
                read_from: after(now, wait),
            };
            Ok(Decision::Lost(scopes.map(lost).collect()))
        }
        [permits, wait, life] => Ok(Decision::granted(permits, wait, life, request.wanted, now)),
        _ => Err(LimiterError::Unavailable(format!("its script answered {answer:?}"))),
    }
}
