//! How much of a list one answer has.

use crate::problem::Problem;
use bellhop_domain::fault::Why;

/// Elements on a page unless the query says otherwise.
const PAGE: u32 = 50;
const MOST: u32 = 200;

/// How many elements the query asks for, 1 to 200.
pub(in crate::v1) fn page_size(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(PAGE);
    match (1..=MOST).contains(&limit) {
        true => Ok(limit),
        false => {
            let (least, most) = (1, u64::from(MOST));
            Err(Problem::unreadable(Why::NumberUnfit { least, most }.at("limit")))
        }
    }
}
