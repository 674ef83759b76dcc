//! Personal codes that come in a request: all of them are kept, or none.

use super::import::{insert, personal};
use super::lists::{self, deed};
use crate::base::audit::log;
use crate::sql::Session;
use crate::{Result, SqlStore};
use bellhop_domain::{OrgId, Timestamp};
use std::collections::HashSet;

/// What became of the codes of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedCodes {
    pub new: u64,
    /// The list had them already, or they stood in the request before.
    pub known: u64,
    /// Codes of the list that no message has.
    pub left: u64,
    /// Codes that another list has, by their places, with its name. If there are any, nothing was kept.
    pub elsewhere: Vec<(usize, String)>,
}

pub(super) async fn add(
    store: &SqlStore,
    org: OrgId,
    list: &str,
    codes: &[String],
    who: &str,
    now: Timestamp,
) -> Result<AddedCodes> {
    let list = personal(store, org, list).await?;
    let mut seen = HashSet::new();
    let once: Vec<&str> = (codes.iter().map(String::as_str))
        .filter(|code| seen.insert(*code))
        .collect();
    let mut tx = Session::begin(&store.db).await?;
    let (new, taken) = insert(&mut tx, &list, &once).await?;
    let of_others = |code: &String| taken.get(code).filter(|(other, _)| *other != list.id);
    let elsewhere: Vec<_> = (codes.iter().enumerate())
        .filter_map(|(place, code)| Some((place, of_others(code)?.1.clone())))
        .collect();
    if !elsewhere.is_empty() {
        // The transaction ends without a trace.
        return Ok(AddedCodes {
            elsewhere,
            ..AddedCodes::default()
        });
    }
    log(&mut tx, deed(org, who, "promo.add", &list.name, now)).await?;
    let left = lists::counted(&mut tx, org, &list.name).await?.map_or(0, |it| it.left);
    tx.commit().await?;
    Ok(AddedCodes {
        new,
        known: codes.len() as u64 - new,
        left,
        elsewhere,
    })
}
