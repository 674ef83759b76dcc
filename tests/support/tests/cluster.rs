//! The harness against the real servers: what proofs rely on when they break things.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bellhop_test_services::{Cluster, Data, Options, SERVICES_FILE, Services};
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;

/// One command to Redis in its inline form; the reply's first line.
fn redis(url: &str, command: &str) -> Result<String> {
    let address = url.trim_start_matches("redis://").trim_end_matches("/0");
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    socket.write_all(format!("{command}\r\n").as_bytes())?;
    let mut reply = [0; 512];
    let length = socket.read(&mut reply)?;
    Ok(String::from_utf8_lossy(&reply[..length]).trim().to_owned())
}

fn sql(url: &str, statement: &str) -> Result<String> {
    let output = Command::new("psql")
        .args(["-X", "-q", "-t", "-A", "-c", statement, url])
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The queue in which [`rabbitmq_keeps_or_loses`] leaves a trace.
const QUEUE: &str = "trace";

async fn amqp_channel(url: &str) -> Result<(lapin::Connection, lapin::Channel)> {
    let connection = lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}

async fn declare_durable_queue(url: &str) -> Result<()> {
    let (_connection, channel) = amqp_channel(url).await?;
    let options = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .queue_declare(QUEUE.into(), options, FieldTable::default())
        .await?;
    Ok(())
}

async fn has_queue(url: &str) -> Result<bool> {
    let (_connection, channel) = amqp_channel(url).await?;
    let options = QueueDeclareOptions {
        passive: true,
        ..Default::default()
    };
    Ok(channel
        .queue_declare(QUEUE.into(), options, FieldTable::default())
        .await
        .is_ok())
}

/// A process and everything it has started: pid and start time, which together name a process for ever.
fn family_of(leader: u32) -> Result<Vec<(u32, u64)>> {
    let rows: Vec<_> = std::fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| stat(&entry.path()))
        .collect();
    let mut family = vec![leader];
    while let Some(child) = rows
        .iter()
        .find(|row| family.contains(&row.1) && !family.contains(&row.0))
    {
        family.push(child.0);
    }
    Ok(rows
        .iter()
        .filter(|row| family.contains(&row.0))
        .map(|row| (row.0, row.2))
        .collect())
}

/// Pid, parent and start time of a process that is not a zombie.
fn stat(folder: &Path) -> Option<(u32, u32, u64)> {
    let text = std::fs::read_to_string(folder.join("stat")).ok()?;
    let pid = text.split(' ').next()?.parse().ok()?;
    let fields: Vec<_> = text.rsplit_once(") ")?.1.split(' ').collect();
    let alive = *fields.first()? != "Z";
    alive.then_some((pid, fields.get(1)?.parse().ok()?, fields.get(19)?.parse().ok()?))
}

fn all_gone(family: &[(u32, u64)]) -> bool {
    let lives =
        |(pid, started): &(u32, u64)| stat(Path::new(&format!("/proc/{pid}"))).is_some_and(|row| row.2 == *started);
    !family.iter().any(lives)
}

fn wait_for(what: &str, condition: impl Fn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(180);
    while !condition()? {
        if Instant::now() > deadline {
            bail!("{what} did not happen within three minutes");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_keep_their_address_and_lose_only_what_they_are_told_to() -> Result<()> {
    let cluster = Cluster::start(Options::bench().postgres("work_mem", "17MB")).await?;
    assert_eq!(sql(cluster.postgres.url(), "SHOW work_mem")?, "17MB");
    assert_eq!(sql(cluster.postgres.url(), "SHOW fsync")?, "on");
    postgres_keeps_what_was_committed(&cluster).await?;
    redis_keeps_or_loses(&cluster).await?;
    rabbitmq_keeps_or_loses(&cluster).await?;

    Ok(())
}

async fn postgres_keeps_what_was_committed(cluster: &Cluster) -> Result<()> {
    let url = cluster.create_database("kept").await?;
    sql(
        &url,
        "CREATE TABLE guest (name text); INSERT INTO guest VALUES ('Анна')",
    )?;
    cluster.postgres.restart(Data::Kept).await?;
    assert_eq!(sql(&url, "SELECT lower(name) FROM guest")?, "анна");
    // A backend that computes must die with the server, or the next start would be refused.
    let mut busy = Command::new("psql");
    busy.args(["-X", "-c", "SELECT count(*) FROM generate_series(1, 10000000000)", &url]);
    let mut busy = quiet(&mut busy).spawn()?;
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%10000000000%' AND state = 'active'";
    wait_for("a long query", || Ok(sql(&url, running)? == "2"))?;
    cluster.postgres.kill().await?;
    assert!(!busy.wait()?.success());
    assert!(sql(&url, "SELECT 1").is_err());
    cluster.postgres.start().await?;
    assert_eq!(sql(&url, "SELECT count(*) FROM guest")?, "1");
    Ok(())
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

async fn redis_keeps_or_loses(cluster: &Cluster) -> Result<()> {
    let url = cluster.redis.url();
    assert_eq!(redis(url, "SET permits 7")?, "+OK");
    cluster.redis.restart(Data::Kept).await?;
    assert_eq!(redis(url, "GET permits")?, "$1\r\n7");
    cluster.redis.crash(Data::Kept).await?;
    assert_eq!(redis(url, "GET permits")?, "$1\r\n7");
    cluster.redis.restart(Data::Lost).await?;
    assert_eq!(redis(url, "GET permits")?, "$-1");
    Ok(())
}

async fn rabbitmq_keeps_or_loses(cluster: &Cluster) -> Result<()> {
    let url = cluster.rabbitmq.url();
    declare_durable_queue(url).await?;
    cluster.rabbitmq.restart(Data::Kept).await?;
    assert!(has_queue(url).await?);
    cluster.rabbitmq.kill().await?;
    assert!(amqp_channel(url).await.is_err());
    cluster.rabbitmq.start().await?;
    assert!(has_queue(url).await?);
    cluster.rabbitmq.restart(Data::Lost).await?;
    assert!(!has_queue(url).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_share_servers_but_not_what_is_in_them() -> Result<()> {
    let (first, second) = tokio::try_join!(
        bellhop_test_services::fresh_database(),
        bellhop_test_services::fresh_database(),
    )?;
    assert_ne!(first.url(), second.url());
    sql(first.url(), "CREATE TABLE only_here (id int)")?;
    assert!(sql(second.url(), "SELECT * FROM only_here").is_err());
    let copy = bellhop_test_services::fresh_database_like(&first).await?;
    assert_eq!(sql(copy.url(), "SELECT count(*) FROM only_here")?, "0");

    let services = Services::shared().await?;
    assert!(
        first
            .url()
            .starts_with(services.postgres_url().trim_end_matches("postgres"))
    );
    let (one, other) = (
        bellhop_test_services::redis_space().await?,
        bellhop_test_services::redis_space().await?,
    );
    assert_eq!(
        (one.url.as_str(), one.url.as_str()),
        (other.url.as_str(), services.redis_url())
    );
    assert_ne!(one.prefix, other.prefix);
    assert_ne!(
        bellhop_test_services::rabbitmq_space().await?.prefix,
        bellhop_test_services::rabbitmq_space().await?.prefix
    );
    Ok(())
}

/// `bellhop-test-services run` with its three servers up and a command that waits for ever.
struct Starter {
    process: Child,
    services: Services,
}

impl Starter {
    fn with_servers_up() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let words = folder.path().join("words");
        let mut process = Command::new(env!("CARGO_BIN_EXE_bellhop-test-services"))
            .args(["run", "--", "sh", "-c"])
            .arg(format!("cat \"${SERVICES_FILE}\"; echo up; exec cat"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&words)?)
            .spawn()?;
        let output = BufReader::new(process.stdout.take().context("stdout is piped")?);
        let told: Vec<_> = output
            .lines()
            .map_while(Result::ok)
            .take_while(|line| line != "up")
            .collect();
        let file = folder.path().join("services");
        std::fs::write(&file, told.join("\n"))?;
        match Services::read(&file) {
            Ok(services) => Ok(Self { process, services }),
            Err(_) => bail!(
                "the servers did not start ({}); what was said:\n{}",
                process.wait()?,
                std::fs::read_to_string(&words)?
            ),
        }
    }

    fn family(&self) -> Result<Vec<(u32, u64)>> {
        let family = family_of(self.process.id())?;
        // Itself, the command, three watchdogs, Redis, RabbitMQ's epmd and Erlang, PostgreSQL and its children.
        assert!(family.len() > 10, "only {} processes found", family.len());
        Ok(family)
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn starters_at_once_have_servers_of_their_own() -> Result<()> {
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(Starter::with_servers_up);
        (Starter::with_servers_up(), other.join())
    });
    let (one, other) = (one?, other.expect("a starter does not panic")?);
    let urls = |of: &Starter| {
        let services = &of.services;
        [services.postgres_url(), services.redis_url(), services.amqp_url()].map(str::to_owned)
    };
    for (url, others) in urls(&one).iter().zip(&urls(&other)) {
        assert_ne!(url, others);
    }
    for starter in [&one, &other] {
        assert_eq!(redis(starter.services.redis_url(), "PING")?, "+PONG");
        assert_eq!(sql(starter.services.postgres_url(), "SELECT 1")?, "1");
    }
    Ok(())
}

#[test]
fn no_process_is_left_when_the_starter_ends() -> Result<()> {
    let mut starter = Starter::with_servers_up()?;
    let family = starter.family()?;
    drop(starter.process.stdin.take()); // ends `cat`
    assert!(starter.process.wait()?.success());
    assert!(all_gone(&family));
    Ok(())
}

#[test]
fn no_process_is_left_when_the_starter_is_killed() -> Result<()> {
    let mut starter = Starter::with_servers_up()?;
    let family = starter.family()?;
    let command_input = starter.process.stdin.take();
    starter.process.kill()?;
    starter.process.wait()?;
    drop(command_input);
    wait_for("the end of the servers", || Ok(all_gone(&family)))
}

#[test]
fn the_command_run_decides_the_exit_code_and_up_waits_for_down() -> Result<()> {
    let program = env!("CARGO_BIN_EXE_bellhop-test-services");
    let status = Command::new(program)
        .args(["run", "--", "sh", "-c", "exit 7"])
        .status()?;
    assert_eq!(status.code(), Some(7));

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("services");
    assert!(
        Command::new(program)
            .arg("up")
            .arg(&file)
            .stdout(Stdio::null())
            .status()?
            .success()
    );
    let services = Services::read(&file)?;
    assert_eq!(redis(services.redis_url(), "PING")?, "+PONG");
    assert!(Command::new(program).arg("down").arg(&file).status()?.success());
    assert!(redis(services.redis_url(), "PING").is_err());
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
