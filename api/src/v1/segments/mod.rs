//! `/v1/segments`: filters that are saved by a name, and what is made of a run's recipients (docs/audience.md).

mod change;
mod document;
mod of_run;

pub(crate) use change::{duplicate, post, put, remove};
pub(crate) use document::{Which, get, list};
pub(crate) use of_run::{again, of_run};

use crate::problem::Problem;
use crate::v1::audience;
use crate::v1::text::name;
use bellhop_domain::fault::Why;
use bellhop_domain::segment::Segment;
use bellhop_store::guests::NAME_CHARS;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The longest description.
const DESCRIPTION_CHARS: usize = 2_000;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SegmentBody)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Unique in the organisation.
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// The filter (docs/audience.md); it names no other segment.
    #[schema(value_type = Object)]
    filter: Value,
}

/// A segment as it may be kept.
struct Read {
    name: String,
    description: String,
    filter: Segment,
}

impl Body {
    fn read(self) -> Result<Read, Problem> {
        let filter = audience::read(&self.filter)?;
        if !filter.saved().is_empty() {
            return Err(Problem::unprocessable(vec![Why::SegmentOfSegments.at("filter")]));
        }
        Ok(Read {
            name: named(Some(self.name))?,
            description: described(&self.description)?,
            filter,
        })
    }
}

fn named(text: Option<String>) -> Result<String, Problem> {
    let at = |why: Why| Problem::unprocessable(vec![why.at("name")]);
    let most = NAME_CHARS;
    name(text)
        .map_err(at)?
        .ok_or_else(|| at(Why::SegmentNameUnfit { most }))
}

fn described(text: &str) -> Result<String, Problem> {
    let at = |why: Why| Problem::unprocessable(vec![why.at("description")]);
    if text.contains('\0') {
        return Err(at(Why::TextHoldsZero));
    }
    match text.chars().count() > DESCRIPTION_CHARS {
        true => Err(at(Why::TextTooLong {
            most: DESCRIPTION_CHARS,
        })),
        false => Ok(text.trim().to_owned()),
    }
}
