//! What strangers do, one kind after another, and how each of them is answered.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::crowd::{connect, gather, open_files};
use super::{IDLE_S, Report, Scale};

/// How the thief's devices begin.
pub(super) const THIEF: &str = "thief-";
const AT_ONCE: usize = 32;
const HUGE: usize = 8 << 20;
/// How much later than its limit something may end, on a busy machine.
const LATE: Duration = Duration::from_secs(30);

/// What strangers know: the address, a link that somebody forwarded, and the key inside the app.
pub(super) struct Target {
    pub url: String,
    pub app: String,
    pub link: String,
}

/// What was counted.
#[derive(Default)]
pub(super) struct Counted {
    pub claims: Vec<(&'static str, bool, String)>,
    pub connections: usize,
}

type Statuses = BTreeMap<u16, usize>;

/// Runs all attacks.
///
/// # Errors
/// When something of ours fails.
pub(super) async fn all(scale: Scale, report: &Report, target: &Target) -> Result<Counted> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .build()?;
    let mut random = StdRng::seed_from_u64(scale.seed);
    let strangers = Strangers { scale, target, client };
    let mut counted = Counted::default();
    report.tell("bodies of 8 MiB without a key, with forged keys, and in forged calls");
    strangers.huge_bodies(&mut random, &mut counted).await?;
    report.tell("forged keys and forged calls");
    strangers.forged(&mut random, &mut counted).await?;
    report.tell("huge user agents and addresses, one link opened without end");
    strangers.openings(&mut counted).await?;
    report.tell("an app's key against other guests");
    strangers.thief(&mut counted).await?;
    report.tell("bodies that stop in the middle");
    strangers.slow_bodies(&mut counted).await?;
    let (wanted, files) = (scale.pick(10_000, 2_000), open_files()?);
    report.tell(format!(
        "{wanted} connections with half a header; this machine gives a process {files} files"
    ));
    strangers.connections(wanted, &mut counted).await?;
    Ok(counted)
}

struct Strangers<'a> {
    scale: Scale,
    target: &'a Target,
    client: Client,
}

impl Strangers<'_> {
    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.target.url))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.target.url))
    }

    async fn huge_bodies(&self, random: &mut StdRng, counted: &mut Counted) -> Result<()> {
        let count = self.scale.pick(200, 24);
        let orders = "{},".repeat(HUGE / 3);
        let body = axum::body::Bytes::from(format!("{{\"orders\":[{orders}{{}}]}}"));
        let requests = (0..count).map(|i| {
            let path = [
                "/v1/orders",
                "/v1/messages",
                "/webhooks/default/whatsapp",
                "/webhooks/default/sms",
            ][i % 4];
            let request = self.post(path).header("content-type", "application/json");
            let request = match path.starts_with("/v1") {
                true if i % 8 < 4 => request,
                true => request.bearer_auth(forged_key(random)),
                false => request.header("x-hub-signature-256", format!("sha256={}", "0".repeat(64))),
            };
            request.body(body.clone())
        });
        let statuses = throw(requests.collect()).await;
        let refused = sum(&statuses, &[401, 413]);
        counted.claim("huge bodies are refused", refused == count, &statuses);
        Ok(())
    }

    async fn forged(&self, random: &mut StdRng, counted: &mut Counted) -> Result<()> {
        let count = self.scale.pick(5_000, 600);
        let open = json!({ "message_id": self.target.link });
        let keys = (0..count).map(|_| self.post("/v1/opens").bearer_auth(forged_key(random)).json(&open));
        let statuses = throw(keys.collect()).await;
        counted.claim("forged keys are refused", sum(&statuses, &[401]) == count, &statuses);
        let calls = (0..count).map(|i| {
            let status = format!(
                "id={}-1&phone=79990000001&status=1&err=0&md5={:032x}",
                self.target.link, i
            );
            match i % 3 {
                0 => self
                    .post("/webhooks/default/sms")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(status),
                1 => self
                    .post("/webhooks/default/whatsapp")
                    .header("x-hub-signature-256", format!("sha256={i:064x}"))
                    .body("{}"),
                _ => self.post("/webhooks/default/waha").body("{}"),
            }
        });
        let statuses = throw(calls.collect()).await;
        let refused = sum(&statuses, &[400, 401]);
        counted.claim("forged calls are refused", refused == count, &statuses);
        Ok(())
    }

    async fn openings(&self, counted: &mut Counted) -> Result<()> {
        let count = self.scale.pick(3_000, 400);
        let path = format!("/l/{}", self.target.link);
        let agents = (0..count).map(|i| {
            self.get(&path)
                .header("user-agent", format!("Mozilla/5.0 {i} {}", "a".repeat(8_000)))
        });
        let statuses = throw(agents.collect()).await;
        counted.claim(
            "a link leads on however often it is opened",
            sum(&statuses, &[302]) == count,
            &statuses,
        );
        let too_long = (0..100).map(|i| match i % 2 {
            0 => self.get(&path).header("user-agent", "a".repeat(60_000)),
            _ => self.get(&format!("/l/{}", "a".repeat(5_000 + i * 100))),
        });
        let statuses = throw(too_long.collect()).await;
        counted.claim(
            "headers and addresses without end are refused",
            sum(&statuses, &[414, 431]) == 100,
            &statuses,
        );
        let unknown = (0..count).map(|i| self.get(&format!("/l/{i:011}")));
        let statuses = throw(unknown.collect()).await;
        counted.claim(
            "tokens of nobody lead nowhere",
            sum(&statuses, &[404]) == count,
            &statuses,
        );
        Ok(())
    }

    async fn thief(&self, counted: &mut Counted) -> Result<()> {
        let count = 100;
        let tries = (1..=count).map(|i| {
            let body = match i % 2 {
                0 => json!({ "kind": "fcm", "address": format!("{THIEF}{i}"), "customer_id": format!("guest-{i}") }),
                _ => json!({ "kind": "fcm", "address": format!("{THIEF}{i}"), "customer_token": format!("guest-{i}") }),
            };
            self.post("/v1/endpoints").bearer_auth(&self.target.app).json(&body)
        });
        let statuses = throw(tries.collect()).await;
        counted.claim(
            "an app's key names no guest",
            sum(&statuses, &[422]) == count,
            &statuses,
        );
        Ok(())
    }

    /// Some come to a provider's address, some with the key that every app has.
    async fn slow_bodies(&self, counted: &mut Counted) -> Result<()> {
        let (count, to) = (self.scale.pick(600, 150), self.address()?);
        let head = |i: usize| match i % 2 {
            0 => "POST /webhooks/default/sms HTTP/1.1\r\nHost: b\r\nContent-Length: 200000\r\n\r\nid=".to_owned(),
            _ => format!(
                "POST /v1/endpoints HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
                 Content-Length: 16000\r\n\r\n{{",
                self.target.app
            ),
        };
        let slow = stream::iter(0..count).map(|i| async move {
            let mut connection = connect(Ipv4Addr::new(127, 0, 2, 1), to).await?;
            let _ = connection.write_all(head(i).as_bytes()).await;
            let began = Instant::now();
            let _ = connection.read_to_end(&mut Vec::new()).await;
            anyhow::Ok(began.elapsed())
        });
        let mut slow = slow.buffer_unordered(count);
        let (mut longest, mut ended) = (Duration::ZERO, 0);
        while let Some(lived) = slow.next().await {
            longest = longest.max(lived?);
            ended += 1;
        }
        counted.claims.push((
            "bodies that stop are not waited for",
            longest < Duration::from_secs(IDLE_S) + LATE,
            format!("{ended} were ended, the last after {} s", longest.as_secs()),
        ));
        Ok(())
    }

    async fn connections(&self, wanted: usize, counted: &mut Counted) -> Result<()> {
        let seen = gather(self.address()?, wanted).await?;
        counted.connections = seen.connected;
        counted.claims.push((
            "connections that say half a header are ended",
            seen.connected > 0 && seen.longest < Duration::from_secs(IDLE_S) + LATE,
            format!(
                "{} of {wanted} connections from {} processes, the longest lived {} s",
                seen.connected,
                seen.processes,
                seen.longest.as_secs()
            ),
        ));
        Ok(())
    }

    fn address(&self) -> Result<SocketAddr> {
        let address = self
            .target
            .url
            .strip_prefix("http://")
            .context("the API has an address")?;
        Ok(address.parse()?)
    }
}

impl Counted {
    fn claim(&mut self, what: &'static str, holds: bool, statuses: &Statuses) {
        let told: Vec<_> = statuses
            .iter()
            .map(|(status, count)| format!("{count} × {status}"))
            .collect();
        self.claims.push((what, holds, told.join(", ")));
    }
}

/// A forged key that looks like a real one.
fn forged_key(random: &mut StdRng) -> String {
    let mut bytes = [0; 32];
    random.fill_bytes(&mut bytes);
    format!("bellhop_{}", hex::encode(bytes))
}

fn sum(statuses: &Statuses, of: &[u16]) -> usize {
    of.iter().filter_map(|status| statuses.get(status)).sum()
}

/// Makes the requests, many at once; status 0 stands for a connection that ended without an answer.
async fn throw(requests: Vec<RequestBuilder>) -> Statuses {
    let answers = stream::iter(requests).map(|request| async move {
        let answer = request.send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    });
    let mut answers = answers.buffer_unordered(AT_ONCE);
    let mut statuses = Statuses::new();
    while let Some(status) = answers.next().await {
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}
