//! How many guests of an audience are in those of other mailings that start soon.

use crate::{CampaignStore, Result};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{MailingId, OrgId, Timestamp};
use std::time::Duration;

/// How far ahead other mailings are looked for.
const AHEAD: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The most that are counted, the earliest first.
const MOST: usize = 5;

/// Guests who are in two audiences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    pub mailing: MailingId,
    pub name: String,
    pub starts_at: Timestamp,
    pub guests: u64,
}

/// Counts who of an audience is in those of other mailings that are under way, or start within a week: by a launch or by a
/// schedule. Both audiences are asked about `as_of`.
///
/// # Errors
/// When the store cannot answer. A mailing that cannot be read, or has no audience, is left out.
pub async fn overlaps(
    store: &dyn CampaignStore,
    org: OrgId,
    segment: &Segment,
    but: Option<MailingId>,
    as_of: Timestamp,
) -> Result<Vec<Overlap>> {
    let until = as_of.plus(AHEAD);
    let mut others: Vec<_> = (store.starting(org, until).await?)
        .into_iter()
        .filter(|it| Some(it.mailing) != but)
        .collect();
    others.sort_by_key(|it| (it.starts_at, it.mailing));
    let mut found = Vec::new();
    for other in others {
        let Ok(spec) = serde_json::from_str::<MailingSpec<Segment>>(&other.spec) else {
            continue;
        };
        let Some(theirs) = spec.audience else { continue };
        let both = Segment::All(vec![segment.clone(), theirs]);
        found.push(Overlap {
            mailing: other.mailing,
            name: other.name,
            starts_at: other.starts_at,
            guests: store.size(org, &both, as_of).await?,
        });
        if found.len() == MOST {
            break;
        }
    }
    Ok(found)
}
