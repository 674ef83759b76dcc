//! Second factors: the secret of an authenticator, and codes for who has lost it.

use super::rows::object;
use crate::base::audit::{Deed, Difference, log_change};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::{OrgId, PersonId, Timestamp, person};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The secret of a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFactor {
    /// The slug.
    pub organisation: String,
    pub person: PersonId,
    pub sealed: String,
}

/// Second factors. No code is good twice, whoever else tries it at the same time.
#[async_trait]
pub trait SecondFactors: Send + Sync {
    /// Keeps a sealed secret, which counts for nothing until a code has proven it.
    async fn propose_totp(&self, id: PersonId, sealed: &str) -> Result<()>;
    /// Switches it on, by the step of the code that has proven it, with these recovery codes; `false` if it is on already, or
    /// the code was used.
    async fn begin_totp(
        &self,
        of: (OrgId, PersonId, &str),
        step: i64,
        codes: &[String],
        now: Timestamp,
    ) -> Result<bool>;
    async fn end_totp(&self, of: (OrgId, PersonId, &str), now: Timestamp) -> Result<()>;
    /// Uses the code of a step; `false` if it, or a later one, was used.
    async fn use_totp_step(&self, id: PersonId, step: i64) -> Result<bool>;
    /// Uses a recovery code; `false` if there is none such.
    async fn use_recovery_code(&self, id: PersonId, code: &str) -> Result<bool>;
    /// Every sealed secret of all organisations.
    async fn totp_secrets(&self) -> Result<Vec<SealedFactor>>;
    /// Puts another seal of the same secret in the place of this one.
    async fn reseal_totp(&self, old: &SealedFactor, sealed: &str) -> Result<()>;
}

fn hash(code: &str) -> String {
    hex::encode(Sha256::digest(code.as_bytes()))
}

#[async_trait]
impl SecondFactors for SqlStore {
    async fn propose_totp(&self, id: PersonId, sealed: &str) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE people SET totp_secret = $2 WHERE id = $1 AND NOT totp_on";
        tx.execute(sql(text).int(id.0).text(sealed)).await?;
        tx.commit().await
    }

    async fn begin_totp(
        &self,
        of: (OrgId, PersonId, &str),
        step: i64,
        codes: &[String],
        now: Timestamp,
    ) -> Result<bool> {
        let id = of.1;
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE people SET totp_on = TRUE, totp_step = $2
                    WHERE id = $1 AND NOT totp_on AND totp_step < $2 AND totp_secret IS NOT NULL";
        if tx.execute(sql(text).int(id.0).int(step)).await? == 0 {
            return Ok(false);
        }
        for code in codes {
            let hash = hash(code);
            let text = "INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, $2)";
            tx.execute(sql(text).int(id.0).text(hash.as_str())).await?;
        }
        told(&mut tx, of, true, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn end_totp(&self, of: (OrgId, PersonId, &str), now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE people SET totp_on = FALSE, totp_secret = NULL WHERE id = $1";
        tx.execute(sql(text).int(of.1.0)).await?;
        tx.execute(sql("DELETE FROM recovery_codes WHERE person_id = $1").int(of.1.0))
            .await?;
        told(&mut tx, of, false, now).await?;
        tx.commit().await
    }

    async fn use_totp_step(&self, id: PersonId, step: i64) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE people SET totp_step = $2 WHERE id = $1 AND totp_step < $2";
        let used = tx.execute(sql(text).int(id.0).int(step)).await?;
        tx.commit().await?;
        Ok(used > 0)
    }

    async fn use_recovery_code(&self, id: PersonId, code: &str) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let hash = hash(code);
        let text = "DELETE FROM recovery_codes WHERE person_id = $1 AND code_hash = $2";
        let used = tx.execute(sql(text).int(id.0).text(hash.as_str())).await?;
        tx.commit().await?;
        Ok(used > 0)
    }

    async fn totp_secrets(&self) -> Result<Vec<SealedFactor>> {
        let text = "SELECT o.slug, p.id, p.totp_secret FROM people p JOIN organisations o ON o.id = p.org_id
                    WHERE p.totp_secret IS NOT NULL ORDER BY p.id";
        let rows = Session::read(&self.db).await?.fetch(sql(text)).await?;
        let secret = |row: &crate::sql::Row| {
            let c = row.columns();
            Ok(SealedFactor {
                organisation: c.text("slug")?,
                person: PersonId(c.int("id")?),
                sealed: c.text("totp_secret")?,
            })
        };
        rows.iter().map(secret).collect()
    }

    async fn reseal_totp(&self, old: &SealedFactor, sealed: &str) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE people SET totp_secret = $3 WHERE id = $1 AND totp_secret = $2";
        let statement = sql(text).int(old.person.0).text(old.sealed.as_str()).text(sealed);
        tx.execute(statement).await?;
        tx.commit().await
    }
}

async fn told(tx: &mut Session, (org, id, name): (OrgId, PersonId, &str), on: bool, at: Timestamp) -> Result<()> {
    let who = person::signed(id, name);
    let deed = Deed {
        org,
        who: &who,
        action: "person.second_factor",
        object: object(id),
        detail: None,
        at,
    };
    let state = |on: bool| json!({ "second_factor": on });
    log_change(tx, deed, &Difference::of(&state(!on), &state(on))).await
}
