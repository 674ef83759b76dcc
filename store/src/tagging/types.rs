//! What is kept of rules, and what looking at guests did.

use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::{TagRuleId, Timestamp};
use serde::Serialize;

/// A rule in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptRule {
    pub id: TagRuleId,
    pub version: i32,
    pub rule: TagRule,
    /// It speaks of everybody; else of guests of whom a delivered order was heard since it was created.
    pub covers_all: bool,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    /// How many guests have its tag because of a rule; of several rules with one tag, of all of them.
    pub tagged: u64,
}

/// What a rule said in a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleVersion {
    pub version: i32,
    pub rule: TagRule,
    pub created_at: Timestamp,
}

/// How far rules have been brought to all guests of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TagPass {
    /// How many guests there were when it began.
    pub guests: u64,
    pub looked: u64,
    /// For how many a tag was set or removed.
    pub changed: u64,
    pub began_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// How many guests a rule would tag, if it spoke of everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TagPreview {
    pub would_tag: u64,
    pub of: u64,
}

/// What a look did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    pub guests: u64,
    /// For how many a tag was set or removed.
    pub changed: u64,
}

/// What a page of a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// There may be more.
    Page(Looked),
    Complete,
    /// There is no pass under way, it cannot begin yet, or somebody else works on it.
    NotNow,
}
