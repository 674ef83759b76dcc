//! What rows of others say of a guest: notices on their way, providers' calls, the audit, and events of whoever invited them.

use super::codes::{INVITED, NEWCOMER_ORDERED, THAT_IT_WAS_DONE};
use super::person::Person;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, sql};
use serde_json::Value;

/// A notice keeps its place, which others are numbered after, and is of no kind that anybody reads.
const EMPTIED: &str = "UPDATE outbox SET kind = 0, body = '{}'";

/// Removes it. Comes before the guest's invitations are gone.
pub(super) async fn remove(tx: &mut Session, person: &Person) -> Result<()> {
    notices(tx, person.org.0, person.customer.0).await?;
    of_the_inviter(tx, person).await?;
    of_the_invited(tx, person).await?;
    by_text(tx, person).await?;
    let text = "UPDATE audit_log SET detail = NULL WHERE org_id = $1 AND object = $2 AND detail IS NOT NULL";
    let object = format!("customer {}", person.customer);
    tx.execute(sql(text).int(i64::from(person.org.0)).text(object.as_str()))
        .await?;
    Ok(())
}

/// Where a text begins in another; 0: nowhere. A pattern would make something of the signs in an address.
fn place(dialect: Dialect, text: &str, needle: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("instr({text}, {needle})"),
        Dialect::Postgres => format!("strpos({text}, {needle})"),
    }
}

/// Notices that nobody has read yet: no program fires and no webhook tells of somebody who is no more.
pub(super) async fn notices(tx: &mut Session, org: i32, guest: i64) -> Result<()> {
    let text = format!(
        "{EMPTIED} WHERE org_id = $1 AND kind <> {THAT_IT_WAS_DONE} AND ({} > 0 OR {} > 0)",
        place(tx.dialect(), "body", "$2"),
        place(tx.dialect(), "body", "$3")
    );
    // A number in JSON ends with a comma or a brace.
    let (inside, last) = (format!("\"customer\":{guest},"), format!("\"customer\":{guest}}}"));
    let statement = sql(text).int(i64::from(org)).text(inside.as_str()).text(last.as_str());
    tx.execute(statement).await?;
    Ok(())
}

/// Whoever invited the guest was told of their first order, with their name.
async fn of_the_inviter(tx: &mut Session, person: &Person) -> Result<()> {
    let inviter = "(SELECT f.inviter_id FROM referrals f WHERE f.customer_id = $1)";
    let (dialect, guest) = (tx.dialect(), person.customer.0);
    let own = format!("\"customer_id\":{}", Value::from(person.external_id.as_str()));
    let named = format!("{} > 0", place(dialect, "data", "$2"));
    let text = format!(
        "UPDATE events SET data = '{{}}' WHERE customer_id IN {inviter} AND kind = {NEWCOMER_ORDERED} AND {named}"
    );
    tx.execute(sql(text).int(guest).text(own.as_str())).await?;
    let text = format!("{EMPTIED} WHERE org_id = $1 AND {} > 0", place(dialect, "body", "$2"));
    tx.execute(sql(text).int(i64::from(person.org.0)).text(own.as_str()))
        .await?;
    if let Some(name) = &person.name {
        // The bonus of the one who invited stays theirs; it says nobody's name.
        let name = Value::from(name.as_str()).to_string();
        let text = format!(
            "UPDATE firings SET given = REPLACE(given, $2, '\"\"') WHERE customer_id IN {inviter} AND given IS NOT NULL"
        );
        tx.execute(sql(text).int(guest).text(name.as_str())).await?;
        let text = format!(
            "UPDATE message_requests SET given = REPLACE(given, $2, '\"\"') WHERE given IS NOT NULL AND message_id IN (
                 SELECT f.message_id FROM firings f WHERE f.customer_id IN {inviter} AND f.message_id IS NOT NULL)"
        );
        tx.execute(sql(text).int(guest).text(name.as_str())).await?;
    }
    Ok(())
}

/// Whom the guest invited said who it was.
async fn of_the_invited(tx: &mut Session, person: &Person) -> Result<()> {
    let dialect = tx.dialect();
    let by = format!("\"by\":{}", Value::from(person.external_id.as_str()));
    let named = |column| format!("{} > 0", place(dialect, column, "$2"));
    let text = format!(
        "UPDATE events SET data = '{{}}' WHERE kind = {INVITED} AND {}
         AND customer_id IN (SELECT f.customer_id FROM referrals f WHERE f.inviter_id = $1)",
        named("data")
    );
    tx.execute(sql(text).int(person.customer.0).text(by.as_str())).await?;
    let text = format!("{EMPTIED} WHERE org_id = $1 AND {}", named("body"));
    tx.execute(sql(text).int(i64::from(person.org.0)).text(by.as_str()))
        .await?;
    Ok(())
}

/// Where an address or an email of theirs is written down. Each table is read once.
async fn by_text(tx: &mut Session, person: &Person) -> Result<()> {
    let needles = person.needles();
    if needles.is_empty() {
        return Ok(());
    }
    let dialect = tx.dialect();
    for (what, column) in [
        ("DELETE FROM provider_events", "body"),
        ("UPDATE audit_log SET detail = NULL", "detail"),
        (EMPTIED, "body"),
    ] {
        let named = (0..needles.len()).map(|i| format!("{} > 0", place(dialect, column, &format!("${}", i + 2))));
        let named = named.collect::<Vec<_>>().join(" OR ");
        let statement = sql(format!("{what} WHERE org_id = $1 AND ({named})")).int(i64::from(person.org.0));
        let statement = needles
            .iter()
            .fold(statement, |statement, needle| statement.text(needle.as_str()));
        tx.execute(statement).await?;
    }
    Ok(())
}
