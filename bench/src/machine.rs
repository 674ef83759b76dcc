//! The machine that a figure was measured on, without which the figure says nothing.

use anyhow::{Context, Result, bail};
use bellhop_test_services::Cluster;
use serde::Serialize;
use sqlx::{Connection as _, PgConnection};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
    /// The compiler's profile of this binary.
    pub build: &'static str,
    pub bellhop: &'static str,
    pub servers: BTreeMap<&'static str, String>,
}

impl Machine {
    /// Describes this machine and the servers that take part.
    ///
    /// # Errors
    /// When a server does not tell its version.
    pub async fn describe(cluster: &Cluster) -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Ok(Self {
            cpu: value_of(&read("/proc/cpuinfo"), "model name")
                .unwrap_or("unknown")
                .to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: memory_gib(&read("/proc/meminfo")).unwrap_or_default(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            bellhop: env!("CARGO_PKG_VERSION"),
            servers: BTreeMap::from([
                ("postgresql", postgresql(cluster.postgres.url()).await?),
                ("redis", redis(cluster.redis.url()).await?),
                ("rabbitmq", rabbitmq(cluster.rabbitmq.url())?),
            ]),
        })
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let servers: Vec<_> = self
            .servers
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        format!(
            "{}, {} cores, {:.0} GiB, Linux {}; {}; {} build",
            self.cpu,
            self.cores,
            self.memory_gib,
            self.kernel,
            servers.join(", "),
            self.build
        )
    }
}

/// The value of `key : value` in a text of such lines.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find_map(|(name, value)| (name.trim() == key).then_some(value.trim()))
}

fn memory_gib(meminfo: &str) -> Option<f64> {
    let kilobytes: f64 = value_of(meminfo, "MemTotal")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some((kilobytes / 1024.0 / 1024.0 * 10.0).round() / 10.0)
}

async fn postgresql(url: &str) -> Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    let version: String = sqlx::query_scalar("SHOW server_version")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(version.split(' ').next().unwrap_or_default().to_owned())
}

async fn redis(url: &str) -> Result<String> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
    value_of(&info, "redis_version")
        .map(str::to_owned)
        .context("Redis does not tell its version")
}

/// RabbitMQ names its version in the first frame that it sends (AMQP 0-9-1, `Connection.Start`, server-properties).
fn rabbitmq(url: &str) -> Result<String> {
    let address = url.rsplit('@').next().and_then(|rest| rest.split('/').next());
    let mut socket = TcpStream::connect(address.context("an AMQP address without a host")?)?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    std::io::Write::write_all(&mut socket, b"AMQP\0\0\x09\x01")?;
    let mut frame = vec![0; 4096];
    let read = socket.read(&mut frame)?;
    match string_after(&frame[..read], b"\x07versionS") {
        Some(version) => Ok(version),
        None => bail!("RabbitMQ does not tell its version"),
    }
}

/// The AMQP long string (32 bits of length, then the text) after a field's name and type.
fn string_after(frame: &[u8], field: &[u8]) -> Option<String> {
    let at = frame.windows(field.len()).position(|window| window == field)? + field.len();
    let length = u32::from_be_bytes(frame.get(at..at + 4)?.try_into().ok()?);
    let text = frame.get(at + 4..at + 4 + usize::try_from(length).ok()?)?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_in_their_texts() {
        assert_eq!(
            value_of("processor\t: 0\nmodel name\t: EPYC 9\n", "model name"),
            Some("EPYC 9")
        );
        assert_eq!(memory_gib("MemTotal:       25165824 kB\n"), Some(24.0));
        assert_eq!(
            string_after(b"..\x07versionS\0\0\0\x063.10.8..", b"\x07versionS").as_deref(),
            Some("3.10.8")
        );
    }
}
