//! The codes by which guests invite others.

use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::guest_page::referral_code;
use bellhop_domain::{CustomerId, OrgId, Timestamp};

/// Of several who ask at once one makes it, and the others read it. That two guests draw one code is told by the index, and the
/// next number is tried.
pub(super) async fn code_of(
    db: &Db,
    org: OrgId,
    customer: CustomerId,
    random: [u64; 4],
    now: Timestamp,
) -> Result<String> {
    for number in random {
        if let Some(code) = known(db, org, customer).await? {
            return Ok(code);
        }
        let mut tx = Session::begin(db).await?;
        // Nobody gets one who has been erased meanwhile.
        let text = "INSERT INTO referral_codes (customer_id, org_id, code, made_at)
                    SELECT c.id, c.org_id, $3, $4 FROM customers c WHERE c.id = $2 AND c.org_id = $1
                    ON CONFLICT DO NOTHING";
        let code = referral_code(number);
        let statement = sql(text).int(i64::from(org.0)).int(customer.0);
        tx.execute(statement.text(code.as_str()).int(now.0)).await?;
        tx.commit().await?;
    }
    let code = known(db, org, customer).await?;
    Ok(code.ok_or(sqlx::Error::RowNotFound)?)
}

pub(super) async fn known(db: &Db, org: OrgId, customer: CustomerId) -> Result<Option<String>> {
    let text = "SELECT code FROM referral_codes WHERE org_id = $1 AND customer_id = $2";
    let statement = sql(text).int(i64::from(org.0)).int(customer.0);
    let row = Session::read(db).await?.first(statement).await?;
    row.map(|row| row.columns().text("code")).transpose()
}
