//! The real APNs client against the simulated Apple: two implementations of one protocol, over TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_channels::{AttemptKey, Content, OutgoingMessage, Provider, Push, config, registry};
use bellhop_domain::{MessageId, Outcome, Timestamp};
use bellhop_simulator::{ApnsConfig, ChannelFaults, Faults, Running, Simulator, SimulatorConfig, Tls};
use bellhop_tests::simulator::SimulatorBooks;
use serde_json::{Value, json};

const DEVICE: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const DEVELOPERS: &str = "sandbox:de7e10adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const APPS: [&str; 2] = ["com.example.app", "com.example.pizza"];

/// A simulated Apple and a folder with its key and authority.
struct Stage {
    apple: Running,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn set(faults: ChannelFaults) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let apple = Simulator::start(SimulatorConfig {
            tls: Tls::SelfSigned {
                ca_file: folder.path().join("ca.pem"),
            },
            apns: Some(ApnsConfig {
                topics: APPS.map(str::to_owned).to_vec(),
                key_file: Some(folder.path().join("AuthKey_SIMKEY0001.p8")),
                ..ApnsConfig::default()
            }),
            faults: Faults {
                apns: faults,
                ..Faults::default()
            },
            ..SimulatorConfig::default()
        })
        .await?;
        Ok(Self { apple, folder })
    }

    fn sender(&self, topic: &str) -> Result<Arc<dyn Provider>> {
        let section = json!({
            "key": {"file": self.folder.path().join("AuthKey_SIMKEY0001.p8")},
            "key_id": "SIMKEY0001",
            "team_id": "SIMTEAM001",
            "topic": topic,
            "production_url": self.apple.apns_url(),
            "sandbox_url": self.apple.apns_sandbox_url(),
            "connections": 1,
            "http": {"ca_file": self.folder.path().join("ca.pem")},
        });
        Ok(registry::build("apns", &section, &config::process_environment)?)
    }

    /// `accepted`, `refused`, `unique_recipients`, `duplicates` of the lane.
    fn counts(&self) -> Result<[u64; 4]> {
        let summary: Value = serde_json::to_value(self.apple.summary())?;
        let of = |name| summary["channels"]["apns"][name].as_u64().context("no such count");
        Ok([
            of("accepted")?,
            of("refused")?,
            of("unique_recipients")?,
            of("duplicates")?,
        ])
    }
}

fn message(id: u64, address: &str, now: Timestamp) -> OutgoingMessage<'_> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(id),
            lease: 1,
        },
        address,
        content: Content::Push(Push {
            title: "Пицца",
            body: "Сегодня за полцены",
            image: Some("https://cdn.example/p.jpg"),
            link: Some("https://go.example/a/1"),
        }),
        collapse_key: "run-7",
        expires: now.plus(Duration::from_secs(3_600)),
        now,
        last_inbound: None,
        customer: Some("guest-9"),
    }
}

fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { provider_id: Some(id), .. } if id.len() == 36)
}

#[tokio::test]
async fn pushes_to_both_hosts_are_taken_as_they_were_sent() -> Result<()> {
    let stage = Stage::set(ChannelFaults::default()).await?;
    let sender = stage.sender(APPS[0])?;
    for (id, address) in [(1, DEVICE), (2, DEVELOPERS)] {
        let outcome = sender.send(&message(id, address, Timestamp::now())).await;
        assert!(is_accepted(&outcome), "{outcome:?}");
    }
    assert_eq!(stage.counts()?, [2, 0, 2, 0]);
    let admin: SocketAddr = stage.apple.admin_addr;
    let book = SimulatorBooks::at(admin)?.book("apns").await?;
    let mut recipients: Vec<_> = book.0.iter().map(|taken| taken.recipient.as_str()).collect();
    recipients.sort_unstable();
    assert_eq!(recipients, [DEVICE, DEVELOPERS]);
    assert!(
        book.0
            .iter()
            .all(|taken| taken.collapse_key == "run-7" && !taken.key_changed)
    );
    stage.apple.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_410_says_since_when_the_device_is_gone() -> Result<()> {
    let stage = Stage::set(ChannelFaults::default()).await?;
    let before = Timestamp::now();
    let outcome = stage.sender(APPS[0])?.send(&message(1, "00fa017001", before)).await;
    let Outcome::RecipientGone { since: Some(since), .. } = outcome else {
        anyhow::bail!("{outcome:?}");
    };
    assert!(since >= before && since <= Timestamp::now(), "{since:?}");
    assert_eq!(stage.counts()?, [0, 1, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn a_token_of_the_other_host_is_given_up_only_where_the_credentials_are_proven() -> Result<()> {
    let stage = Stage::set(ChannelFaults::default()).await?;
    let sender = stage.sender(APPS[0])?;
    let misplaced = DEVELOPERS.trim_start_matches("sandbox:");
    let now = Timestamp::now();
    assert!(matches!(
        sender.send(&message(1, misplaced, now)).await,
        Outcome::Failed { .. }
    ));
    assert!(is_accepted(&sender.send(&message(2, DEVICE, now)).await));
    assert!(matches!(
        sender.send(&message(3, misplaced, now)).await,
        Outcome::RecipientGone { .. }
    ));
    Ok(())
}

#[tokio::test]
async fn an_expired_provider_token_is_renewed_within_the_send() -> Result<()> {
    let stage = Stage::set(ChannelFaults::default()).await?;
    let sender = stage.sender(APPS[0])?;
    let now = Timestamp::now();
    let earlier = now.minus(Duration::from_secs(30 * 60));
    assert!(is_accepted(&sender.send(&message(1, DEVICE, earlier)).await));
    // Ends in the digits of ExpiredProviderToken at the first try.
    let outcome = sender.send(&message(2, "00fa017120", now)).await;
    assert!(is_accepted(&outcome), "{outcome:?}");
    assert_eq!(stage.apple.apns_provider_tokens(), 2);
    assert_eq!(stage.counts()?, [2, 1, 2, 0]);
    assert_eq!(
        stage.apple.connections(),
        2,
        "the connection that had seen an expired token was left"
    );
    Ok(())
}

#[tokio::test]
async fn two_apps_with_one_key_share_its_provider_token() -> Result<()> {
    let stage = Stage::set(ChannelFaults::default()).await?;
    let (one, other) = (stage.sender(APPS[0])?, stage.sender(APPS[1])?);
    for (id, sender) in [(1, &one), (2, &other), (3, &one)] {
        let outcome = sender.send(&message(id, DEVICE, Timestamp::now())).await;
        assert!(is_accepted(&outcome), "{outcome:?}");
    }
    assert_eq!(stage.apple.apns_provider_tokens(), 1);
    Ok(())
}

#[tokio::test]
async fn connections_that_are_told_to_go_away_lose_no_push() -> Result<()> {
    let stage = Stage::set(ChannelFaults {
        goaway_after: Some(7),
        ..ChannelFaults::default()
    })
    .await?;
    let sender = stage.sender(APPS[0])?;
    for id in 1..=30 {
        let outcome = sender.send(&message(id, DEVICE, Timestamp::now())).await;
        assert!(is_accepted(&outcome), "{id}: {outcome:?}");
    }
    assert_eq!(stage.counts()?, [30, 0, 1, 0]);
    assert!(stage.apple.connections() >= 4, "{}", stage.apple.connections());
    Ok(())
}
