//! Which segments the files of mailings and programs name.

use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::segment::Segment;
use bellhop_domain::{MailingId, SegmentId};
use serde_json::Value;
use std::collections::BTreeSet;

/// The keys of files that hold a filter.
const FILTERS: [&str; 2] = ["audience", "guard"];

/// Notes what a file names now; call it whenever one is written.
pub(crate) async fn note(tx: &mut Session, mailing: MailingId, file: &str) -> Result<()> {
    let named = named(file);
    let table = || Table::default().ints("segment", named.iter().map(|id| id.0));
    let text = "DELETE FROM segment_uses WHERE mailing_id = $1 AND segment_id NOT IN (SELECT r.segment FROM {rows})";
    tx.execute(sql(text).int(mailing.0).rows(table())).await?;
    if named.is_empty() {
        return Ok(());
    }
    // One that is not there is told by the check.
    let text = "INSERT INTO segment_uses (segment_id, mailing_id)
                SELECT s.id, $1 FROM {rows} JOIN segments s ON s.id = r.segment
                WHERE s.org_id = (SELECT m.org_id FROM mailings m WHERE m.id = $1)
                ON CONFLICT (segment_id, mailing_id) DO NOTHING";
    tx.execute(sql(text).int(mailing.0).rows(table())).await?;
    Ok(())
}

/// Of a file that cannot be read, none.
fn named(file: &str) -> BTreeSet<SegmentId> {
    let file: Value = serde_json::from_str(file).unwrap_or_default();
    let filters = FILTERS.iter().filter_map(|key| file.get(key));
    let filters = filters.filter_map(|filter| serde_json::from_value::<Segment>(filter.clone()).ok());
    filters.flat_map(|filter| filter.saved()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_segments_in_its_filters_alone() {
        let file = r#"{"name":"n","audience":{"all":[{"segment":3}]},"guard":{"not":{"segment":4}},"x":{"segment":5}}"#;
        assert_eq!(named(file), [SegmentId(3), SegmentId(4)].into());
        assert!(named("{").is_empty() && named(r#"{"audience":null}"#).is_empty());
    }
}
