//! The same client without a ledger: what the fleet is compared with.

use crate::stage::{Stage, used};
use crate::timed::{SENDING, Timed};
use anyhow::{Context, Result, ensure};
use bellhop_domain::EndpointKind;
use futures_util::TryStreamExt;
use sqlx::{Connection as _, PgConnection};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Writes the addresses of all guests, one a line, to a file for each kind: the same ones that the mailings go to.
pub async fn lists(stage: &Stage, kinds: &[EndpointKind]) -> Result<Vec<PathBuf>> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let mut written = Vec::new();
    for kind in kinds {
        let path = stage.folder.path().join(format!("{}.txt", kind.name()));
        let mut file = BufWriter::new(File::create(&path)?);
        let text = "SELECT address FROM endpoints WHERE kind = $1 ORDER BY id";
        let mut addresses = sqlx::query_scalar::<_, String>(text)
            .bind(kind.code())
            .fetch(&mut connection);
        while let Some(address) = addresses.try_next().await? {
            writeln!(file, "{address}")?;
        }
        file.flush()?;
        written.push(path);
    }
    connection.close().await?;
    Ok(written)
}

pub async fn run(stage: &Stage, kind: EndpointKind, list: &Path) -> Result<Timed> {
    stage.tidy().await?;
    let list = list.to_str().context("the temporary folder's name is not UTF-8")?;
    let arguments = ["--sender", kind.name(), "--addresses", list];
    let mut sender = stage.bare_child("bare-sender", &arguments)?;
    sender.first_words("ready").await?;
    // It sends from here on; the CPU time before was for reading the list.
    let processes = [(SENDING, sender.pid()?)];
    let before = stage.cpu(&processes, &[])?;
    let patience = Duration::from_secs(60 + u64::from(stage.recipients) / 100);
    let said = sender.line_after("done", patience).await?;
    let cpu = used(&before, &stage.cpu(&processes, &[])?);
    let (sent, us) = said.split_once(' ').context("the bare sender's count and time")?;
    let (sent, us): (u32, u64) = (sent.parse()?, us.parse()?);
    ensure!(
        sent == stage.recipients,
        "the bare sender sent {sent} of {} messages",
        stage.recipients
    );
    let (worker_memory, busiest_thread) = (sender.peak_memory()?, sender.busiest_thread()?);
    sender.stop().await?;
    stage.providers.took_each_once(kind, stage.recipients).await?;
    Ok(Timed {
        messages: stage.recipients,
        took: Duration::from_micros(us),
        cpu,
        worker_memory,
        busiest_thread,
    })
}
