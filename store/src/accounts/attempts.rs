//! Attempts to log in: counted before a password is looked at, so that guesses made at once are counted too.

use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use bellhop_domain::login::{About, REMEMBERED};
use sha2::{Digest, Sha256};

/// What an attempt is counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub about: About,
    /// The address, the e-mail, or both.
    pub text: String,
}

/// Counts attempts, those for e-mails that nobody has like all others.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Counts one; `false` if there were too many.
    async fn attempt(&self, attempts: &[Attempt], now: Timestamp) -> Result<bool>;
    /// It was the person themselves: their account begins anew. Of their address only this attempt is forgotten, so that
    /// nobody makes room for guesses by logging in to an account of their own.
    async fn forget_attempts(&self, attempts: &[Attempt]) -> Result<()>;
}

impl Attempt {
    /// Nobody can read in the table who is tried.
    fn hash(&self) -> String {
        let kind = match self.about {
            About::Address => "address",
            About::AccountFromAddress => "account from address",
            About::Account => "account",
        };
        hex::encode(Sha256::digest(format!("{kind} {}", self.text).as_bytes()))
    }
}

#[async_trait]
impl Attempts for SqlStore {
    async fn attempt(&self, attempts: &[Attempt], now: Timestamp) -> Result<bool> {
        let oldest = now.0.saturating_sub(REMEMBERED.as_millis() as i64);
        let mut tx = Session::begin(&self.db).await?;
        tx.execute(sql("DELETE FROM login_attempts WHERE since <= $1").int(oldest))
            .await?;
        let mut fits = true;
        // In one order, so that two attempts at once wait for each other and never both.
        let mut hashed: Vec<_> = attempts.iter().map(|it| (it.hash(), it.about.most())).collect();
        hashed.sort();
        for (hash, most) in hashed {
            let text = "INSERT INTO login_attempts (about, tries, since) VALUES ($1, 1, $2)
                        ON CONFLICT (about) DO UPDATE SET tries = login_attempts.tries + 1 RETURNING tries";
            let row = tx.first(sql(text).text(hash.as_str()).int(now.0)).await?;
            let tries = row.map_or(Ok(1), |row| row.columns().int("tries"))?;
            fits &= tries <= most;
        }
        tx.commit().await?;
        Ok(fits)
    }

    async fn forget_attempts(&self, attempts: &[Attempt]) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        for attempt in attempts {
            let hash = attempt.hash();
            let text = match attempt.about {
                About::Address => "UPDATE login_attempts SET tries = tries - 1 WHERE about = $1 AND tries > 0",
                About::AccountFromAddress | About::Account => "DELETE FROM login_attempts WHERE about = $1",
            };
            tx.execute(sql(text).text(hash.as_str())).await?;
        }
        tx.commit().await
    }
}
