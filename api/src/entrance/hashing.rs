//! Passwords by Argon2id. A hash takes tens of milliseconds and 19 MiB on purpose, so it is made beside the threads that
//! serve requests, few at a time, and only so many wait for their turn.

use crate::problem::Problem;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use bellhop_domain::fault::Why;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What OWASP asks of Argon2id at least: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const BYTES: usize = 32;

/// How many are made at the same time, and how many wait beside these.
const AT_ONCE: usize = 2;
const WAITING: usize = 30;

/// What nobody's password makes: whoever has none is compared with it, so that this takes as long.
const NOBODYS: [u8; BYTES] = [0; BYTES];

/// The hashing of one process.
#[derive(Debug, Clone)]
pub(crate) struct Hashing {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }
}

/// A hash with what it was made with, as the PHC writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    params: (u32, u32, u32),
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn of(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (params, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = params.split(',').zip(["m=", "t=", "p="]);
        let mut number = || {
            let (text, key) = numbers.next()?;
            text.strip_prefix(key)?.parse().ok()
        };
        Some(Self {
            params: (number()?, number()?, number()?),
            salt: BASE64.decode(salt).ok()?,
            hash: BASE64.decode(hash).ok()?,
        })
    }

    fn written(&self) -> String {
        let (m, t, p) = self.params;
        let (salt, hash) = (BASE64.encode(&self.salt), BASE64.encode(&self.hash));
        format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}")
    }
}

impl Hashing {
    /// What is stored of a password.
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, Problem> {
        let params = (MEMORY_KIB, PASSES, LANES);
        let hash = self.made(password, salt.to_vec(), params, BYTES).await?;
        let salt = salt.to_vec();
        Ok(Stored { params, salt, hash }.written())
    }

    /// Whether the password is the stored one. It takes as long if there is none.
    pub async fn fits(&self, password: String, stored: Option<&str>) -> Result<bool, Problem> {
        let nobodys = || Stored {
            params: (MEMORY_KIB, PASSES, LANES),
            salt: vec![0; 16],
            hash: NOBODYS.to_vec(),
        };
        let stored = stored.and_then(Stored::of).unwrap_or_else(nobodys);
        let made = self
            .made(password, stored.salt, stored.params, stored.hash.len())
            .await?;
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(&made, &stored.hash).is_ok();
        Ok(same && stored.hash != NOBODYS)
    }

    async fn made(
        &self,
        password: String,
        salt: Vec<u8>,
        params: (u32, u32, u32),
        bytes: usize,
    ) -> Result<Vec<u8>, Problem> {
        let _place = self.places.try_acquire().map_err(|_| Problem::full())?;
        // Whoever gives up waiting leaves the thread at work, which keeps its turn.
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Problem::full())?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let (m, t, p) = params;
            let params = Params::new(m, t, p, Some(bytes))?;
            let mut hash = vec![0; bytes];
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                password.as_bytes(),
                &salt,
                &mut hash,
            )?;
            Ok::<_, argon2::Error>(hash)
        });
        let broken = |_| Problem::unavailable(Why::Defect);
        hashed.await.map_err(broken)?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Problem::unavailable(Why::StoredUnreadable)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let hashing = Hashing::default();
        let stored = hashing.hash("kettle on the roof".to_owned(), [7; 16]).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"),
            "{stored}"
        );
        let fits = |password: &str, stored: Option<&str>| {
            let (hashing, password, stored) = (hashing.clone(), password.to_owned(), stored.map(str::to_owned));
            async move { hashing.fits(password, stored.as_deref()).await.unwrap() }
        };
        assert!(fits("kettle on the roof", Some(&stored)).await);
        assert!(!fits("kettle on the root", Some(&stored)).await);
        assert!(!fits("kettle on the roof", None).await);
        assert!(!fits("kettle on the roof", Some("no hash")).await);
        let other = hashing.hash("kettle on the roof".to_owned(), [8; 16]).await.unwrap();
        assert_ne!(other, stored);
    }

    /// The reference vector of RFC 9106 has a secret and data of its own; this is the one of the reference program:
    /// `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`.
    #[tokio::test]
    async fn other_programs_make_the_same_hash() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(
            Hashing::default()
                .fits("password".to_owned(), Some(stored))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn few_wait_and_the_rest_are_told_to_come_back() {
        let hashing = Hashing::default();
        let held = hashing.turns.clone().acquire_many_owned(AT_ONCE as u32).await.unwrap();
        let places = hashing
            .places
            .clone()
            .acquire_many_owned((AT_ONCE + WAITING) as u32)
            .await
            .unwrap();
        assert!(hashing.fits("x".to_owned(), None).await.is_err());
        drop((held, places));
        assert!(hashing.fits("x".to_owned(), None).await.is_ok());
    }
}
