//! The guests of the benches that send, and the texts that they get.

use super::providers::Providers;
use anyhow::{Context, Result, bail};
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_store::{GuestBase, SqlStore};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// The text that is sent, with a ledger and without. Without a ledger it is rendered before the clock starts.
pub const TITLE: &str = "We miss you, {{ name }}!";
pub const BODY: &str = "Your table is waiting: 20 % off everything until Sunday, with the code BACK20 at the till.";

/// [`TITLE`] for a guest.
pub fn title(number: u32) -> String {
    TITLE.replace("{{ name }}", &format!("Guest {number}"))
}

/// The brand's own id of a guest.
pub fn external_id(number: u32) -> String {
    format!("guest-{number}")
}

/// A registration token as long as FCM's are: 163 characters.
pub fn registration_token(number: u32) -> String {
    format!("bench{number:017}:APA91b{}", "x".repeat(134))
}

/// [`registration_token`] of guest `i`.
const REGISTRATION_TOKEN: &str = "'bench' || lpad(i::TEXT, 17, '0') || ':APA91b' || repeat('x', 134)";
/// 32 bytes in hex digits, as Apple's tokens are. They begin with the guest's number, so that none of them is a token
/// of the simulated sandbox.
const DEVICE_TOKEN: &str = "lpad(to_hex(i), 8, '0') || md5(i::TEXT) || left(md5('b' || i), 24)";

/// Only sources, because the store itself must compute the facts about guests.
const GUESTS: [&str; 2] = [
    "INSERT INTO customers (id, org_id, external_id, name, locale)
     SELECT i, $1, 'guest-' || i, 'Guest ' || i, 'en' FROM generate_series(1, $2) i",
    "INSERT INTO stale_customers (customer_id, org_id) SELECT i, $1 FROM generate_series(1, $2) i",
];
const CONSENTS: &str = "INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
     SELECT $1, i, $3, 1, TRUE, 1, 0, 'bench' FROM generate_series(1, $2) i
     ON CONFLICT DO NOTHING"; // Two kinds of address may be one channel.
/// Endpoint `$3 + i` is guest i's.
const OWNERS: &str = "INSERT INTO customer_endpoints (customer_id, endpoint_id)
     SELECT i, $3 + i FROM generate_series(1, $2) i WHERE $1 > 0";
const SUBSCRIPTIONS: &str = "INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
     SELECT $2 + nth, $1, $3, address, 1, 0, 0 FROM UNNEST($4::TEXT[]) WITH ORDINALITY AS s (address, nth)";

/// More than a bench has guests; the endpoint ids of each kind begin at a multiple of it.
const IDS_OF_A_KIND: i64 = 10_000_000_000;
/// How many subscriptions the simulator makes at once.
const PAGE: u32 = 10_000;

/// Loads `count` guests, each with an address of each kind and a consent to marketing by its channel, and brings
/// statistics up to date.
///
/// # Errors
/// Errors of the database, and of the simulator if it makes subscriptions.
pub async fn load(
    database_url: &str,
    store: &SqlStore,
    providers: &Providers,
    org: OrgId,
    count: u32,
    kinds: &[EndpointKind],
) -> Result<()> {
    let mut base = Base {
        connection: PgConnection::connect(database_url).await?,
        org,
        count,
    };
    for statement in GUESTS {
        base.load(statement, None).await?;
    }
    for kind in kinds {
        base.give(*kind, providers).await?;
    }
    base.connection.execute("VACUUM ANALYZE").await?;
    store.settle(org).await?;
    base.connection.execute("VACUUM ANALYZE").await?;
    Ok(base.connection.close().await?)
}

/// A guest base that is being filled.
struct Base {
    connection: PgConnection,
    org: OrgId,
    count: u32,
}

impl Base {
    /// Runs a statement over all guests; `third` is its `$3`, if it has one.
    async fn load(&mut self, statement: &str, third: Option<i64>) -> Result<()> {
        let mut query = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .bind(self.org.0)
            .bind(i64::from(self.count));
        if let Some(third) = third {
            query = query.bind(third);
        }
        let loaded = query.execute(&mut self.connection).await;
        loaded.context("cannot load the guests")?;
        Ok(())
    }

    /// Gives each guest an address and a consent to its channel.
    async fn give(&mut self, kind: EndpointKind, providers: &Providers) -> Result<()> {
        let first = i64::from(kind.code()) * IDS_OF_A_KIND;
        match kind {
            EndpointKind::Fcm => self.give_tokens(kind, first, REGISTRATION_TOKEN).await?,
            EndpointKind::Apns => self.give_tokens(kind, first, DEVICE_TOKEN).await?,
            EndpointKind::WebPush => self.give_subscriptions(first, providers).await?,
            _ => {
                bail!("no bench sends to a {}", kind.name())
            }
        }
        self.load(OWNERS, Some(first)).await?;
        self.load(CONSENTS, Some(kind.channel() as i64)).await
    }

    /// `token` is SQL that uses the guest's number `i`.
    async fn give_tokens(&mut self, kind: EndpointKind, first: i64, token: &str) -> Result<()> {
        let kind = kind.code();
        let statement = format!(
            "INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
             SELECT $3 + i, $1, {kind}, {token}, 1, 0, 0 FROM generate_series(1, $2) i"
        );
        self.load(&statement, Some(first)).await
    }

    async fn give_subscriptions(&mut self, first: i64, providers: &Providers) -> Result<()> {
        for number in (1..=self.count).step_by(PAGE as usize) {
            let page = providers
                .subscriptions(number, PAGE.min(self.count - number + 1))
                .await?;
            let loaded = sqlx::query(SUBSCRIPTIONS)
                .bind(self.org.0)
                .bind(first + i64::from(number) - 1)
                .bind(EndpointKind::WebPush.code())
                .bind(page)
                .execute(&mut self.connection)
                .await;
            loaded.context("cannot load the subscriptions")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_long_as_a_real_one() {
        assert_eq!(registration_token(1).len(), 163);
        assert_eq!(registration_token(u32::MAX).len(), 163);
    }
}
