//! Records who changed what in the transaction of the change: in the audit log, and in the outbox for readers that
//! follow it.

use super::outbox::{Notice, What, append};
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::{OrgId, Timestamp};
use serde_json::{Map, Value};

/// In whose name the program itself acts, in the audit log.
pub(crate) const OURSELVES: &str = "bellhop";

/// Who did what to what. All but the detail is logged: a guest is named by number there, and nobody by an address.
pub(crate) struct Deed<'a> {
    pub org: OrgId,
    pub who: &'a str,
    pub action: &'static str,
    pub object: String,
    pub detail: Option<&'a str>,
    pub at: Timestamp,
}

/// What of a thing is different, as JSON: the keys whose values differ, with each value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    was: Option<String>,
    became: Option<String>,
}

impl Difference {
    /// Of two objects. What is in one of them only is different too.
    pub fn of(before: &Value, after: &Value) -> Self {
        let (none, other) = (Map::new(), |it: &Value, key: &String| it.get(key).cloned());
        let (was, became) = (before.as_object().unwrap_or(&none), after.as_object().unwrap_or(&none));
        let only = |of: &Map<String, Value>, beside: &Value| {
            let differs = |(key, value): &(&String, &Value)| other(beside, key).as_ref() != Some(*value);
            let differing: Map<_, _> = of.iter().filter(differs).map(|(k, v)| (k.clone(), v.clone())).collect();
            (!differing.is_empty()).then(|| Value::Object(differing).to_string())
        };
        Self {
            was: only(was, after),
            became: only(became, before),
        }
    }
}

/// Call it after the writes that it is about (see [`append`]).
pub(crate) async fn log(tx: &mut Session, deed: Deed<'_>) -> Result<()> {
    log_change(tx, deed, &Difference::default()).await
}

/// The same with what is different. Like the detail it stays in the log.
pub(crate) async fn log_change(tx: &mut Session, deed: Deed<'_>, difference: &Difference) -> Result<()> {
    let text = "INSERT INTO audit_log (org_id, at, who, action, object, detail, was, became)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let statement = sql(text)
        .int(i64::from(deed.org.0))
        .int(deed.at.0)
        .text(deed.who)
        .text(deed.action)
        .text(deed.object.as_str())
        .text(deed.detail)
        .text(difference.was.as_deref())
        .text(difference.became.as_deref());
    tx.execute(statement).await?;
    // The detail stays in the log: it may be what a person wrote.
    let what = What::Audited {
        who: deed.who.to_owned(),
        action: deed.action.to_owned(),
        object: deed.object,
    };
    let notice = Notice {
        org: deed.org,
        at: deed.at,
        what,
    };
    append(tx, &[notice]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told() {
        let (before, after) = (json!({"a": 1, "b": 2, "c": 3}), json!({"a": 1, "b": 4, "d": 5}));
        let difference = Difference::of(&before, &after);
        assert_eq!(difference.was.as_deref(), Some(r#"{"b":2,"c":3}"#));
        assert_eq!(difference.became.as_deref(), Some(r#"{"b":4,"d":5}"#));
        assert_eq!(Difference::of(&before, &before), Difference::default());
    }
}
