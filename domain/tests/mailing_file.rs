//! Every file of docs/mailing-file.md is read, and nothing is wrong with it.
#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;

const PAGE: &str = include_str!("../../docs/mailing-file.md");

#[test]
fn the_documented_files_are_good() {
    let files: Vec<_> = PAGE
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(files.len() >= 3, "only {} files were found", files.len());
    for file in files {
        let spec: MailingSpec<Segment> = serde_json::from_str(file).unwrap_or_else(|e| panic!("{e}: {file}"));
        assert_eq!(spec.problems(), [], "{file}");
        // A notification to an audience is always told of.
        let doubts: Vec<_> = spec
            .doubts()
            .into_iter()
            .filter(|doubt| doubt.place != "purpose")
            .collect();
        assert_eq!(doubts, [], "{file}");
    }
}
