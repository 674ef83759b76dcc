//! The pipeline: a thread that reads and checks rows, and a task that writes them.

use super::cells::Zones;
use super::report::Report;
use super::row::{CellError, Row, RowError, Schema};
use super::source::{Next, Opened, Position, Source, open};
use super::{ImportError, ImportOptions, ImportSummary, Progress, customer_file, order_file};
use crate::db::{Db, reading};
use crate::guests::{CustomerCard, GuestBase, LiveOrder, Names, Organisation, Written};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::{OrgId, Timestamp, Zone};
use std::io;
use std::path::Path;
use tokio::sync::mpsc;

/// Rows of one transaction.
const BATCH: usize = 20_000;
/// After so many rows the planner's statistics are out of date.
const MANY: u64 = 10_000;
/// How imports are named as the origin of a consent.
const HOW: &str = "import";

/// What a row becomes, and how a batch of it is written.
trait FileRow: Send + Sync + Sized + 'static {
    fn write(
        store: &SqlStore,
        org: OrgId,
        rows: &[Self],
        now: Timestamp,
        names: &mut Names,
    ) -> impl Future<Output = Result<Written>> + Send;
}

impl FileRow for LiveOrder {
    async fn write(store: &SqlStore, org: OrgId, rows: &[Self], _: Timestamp, names: &mut Names) -> Result<Written> {
        store.write_order_batch(org, rows, names).await
    }
}

impl FileRow for CustomerCard {
    async fn write(store: &SqlStore, org: OrgId, rows: &[Self], now: Timestamp, names: &mut Names) -> Result<Written> {
        store.write_card_batch(org, rows, HOW, now, names).await
    }
}

/// Checked rows on their way to the database.
struct Batch<V> {
    good: Vec<V>,
    /// Rows of the file up to the end of this batch, bad ones included.
    rows: u64,
    bytes: u64,
}

/// What the reading thread has to say in the end.
struct Checked {
    rows: u64,
    bad: u64,
    first_errors: Vec<RowError>,
    unknown_columns: Vec<String>,
}

/// The reading side.
struct Reader<F> {
    source: Source,
    schema: &'static Schema,
    position: Position,
    report: Report,
    unknown_columns: Vec<String>,
    file: String,
    read: F,
}

impl<F> Reader<F> {
    fn run<V>(mut self, batches: &mpsc::Sender<Batch<V>>) -> Result<Checked, ImportError>
    where
        F: Fn(&Row) -> Result<V, Vec<CellError>>,
    {
        let (mut row, mut rows, mut good) = (Row::default(), 0, Vec::with_capacity(BATCH));
        loop {
            let next = self
                .source
                .next(&mut row, self.schema)
                .map_err(|error| ImportError::Unreadable {
                    file: self.file.clone(),
                    error,
                })?;
            let errors = match next {
                Next::End => break,
                Next::Bad(error) => vec![error],
                Next::Row => match (self.read)(&row) {
                    Ok(value) => {
                        good.push(value);
                        Vec::new()
                    }
                    Err(errors) => errors,
                },
            };
            rows += 1;
            if !errors.is_empty() {
                self.report.add(row.line, errors).map_err(ImportError::Report)?;
            }
            if good.len() >= BATCH && !self.send(&mut good, rows, batches) {
                break;
            }
        }
        self.send(&mut good, rows, batches);
        self.report.finish().map_err(ImportError::Report)?;
        self.unknown_columns.extend(self.source.late_unknown_columns());
        Ok(Checked {
            rows,
            bad: self.report.rows,
            first_errors: self.report.first,
            unknown_columns: self.unknown_columns,
        })
    }

    /// Hands a batch over; `false` if the writing side has given up, whose error is then the one to report.
    fn send<V>(&self, good: &mut Vec<V>, rows: u64, batches: &mpsc::Sender<Batch<V>>) -> bool {
        let batch = Batch {
            good: std::mem::replace(good, Vec::with_capacity(BATCH)),
            rows,
            bytes: self.position.bytes(),
        };
        batches.blocking_send(batch).is_ok()
    }
}

impl SqlStore {
    /// Imports an orders file. The facts are true when it returns.
    pub async fn import_orders(
        &self,
        org: &Organisation,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        let zones = self.zones(org).await?;
        let read = move |row: &Row| order_file::read(row, &zones);
        self.import(org.id, file, &order_file::SCHEMA, read, options, now).await
    }

    /// Imports a customers file. The facts are true when it returns.
    pub async fn import_customers(
        &self,
        org: &Organisation,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        let zones = self.zones(org).await?;
        let region = org.settings.phone_region;
        let read = move |row: &Row| customer_file::read(row, &zones, region);
        self.import(org.id, file, &customer_file::SCHEMA, read, options, now)
            .await
    }

    async fn import<V: FileRow>(
        &self,
        org: OrgId,
        file: &Path,
        schema: &'static Schema,
        read: impl Fn(&Row) -> Result<V, Vec<CellError>> + Send + 'static,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        let Opened {
            source,
            unknown_columns,
            position,
            bytes,
        } = open(file, schema)?;
        let reader = Reader {
            source,
            schema,
            position,
            report: Report::new(options.errors).map_err(ImportError::Report)?,
            unknown_columns,
            file: file.display().to_string(),
            read,
        };
        // One batch is written, one waits, one is being read.
        let (sender, mut batches) = mpsc::channel::<Batch<V>>(1);
        let reading = tokio::task::spawn_blocking(move || reader.run(&sender));
        let (mut names, mut written) = (Names::default(), Written::default());
        let mut progress = Progress {
            rows: 0,
            bytes: 0,
            of_bytes: bytes,
        };
        while let Some(batch) = batches.recv().await {
            if !options.dry_run && !batch.good.is_empty() {
                written += V::write(self, org, &batch.good, now, &mut names).await?;
            }
            (progress.rows, progress.bytes) = (batch.rows, batch.bytes);
            (options.progress)(progress);
        }
        let checked = reading.await.map_err(|panic| ImportError::Unreadable {
            file: file.display().to_string(),
            error: io::Error::other(panic),
        })??;
        if !options.dry_run {
            self.after_import(org, checked.rows).await?;
        }
        Ok(ImportSummary {
            dry_run: options.dry_run,
            rows: checked.rows,
            imported: checked.rows - checked.bad,
            created: written.created,
            updated: written.updated,
            unchanged: written.unchanged,
            customers_created: written.customers_created,
            errors: checked.bad,
            unknown_columns: checked.unknown_columns,
            first_errors: checked.first_errors,
        })
    }

    /// Makes statistics and facts true.
    async fn after_import(&self, org: OrgId, rows: u64) -> Result<()> {
        if rows >= MANY {
            self.analyze().await?;
        }
        self.settle(org).await?;
        if rows >= MANY {
            self.analyze().await?;
        }
        Ok(())
    }

    async fn analyze(&self) -> Result<()> {
        match &self.db {
            Db::Sqlite { write, .. } => {
                // A sample of each index is enough, and takes no time (SQLite's manual, "Approximate ANALYZE").
                sqlx::query("PRAGMA analysis_limit = 1000").execute(write).await?;
                sqlx::query("ANALYZE").execute(write).await?;
            }
            Db::Postgres(pool) => {
                sqlx::query(
                    "ANALYZE customers, orders, order_items, endpoints, customer_endpoints, consents, consent_stands,
                    customer_tags, customer_attributes, customer_facts, customer_latest_orders",
                )
                .execute(pool)
                .await?;
            }
        }
        Ok(())
    }

    async fn zones(&self, org: &Organisation) -> Result<Zones> {
        let rows: Vec<(String, String)> = reading!(&self.db, pool => {
            sqlx::query_as("SELECT name, timezone FROM restaurants WHERE org_id = $1")
                .bind(org.id.0)
                .fetch_all(pool)
                .await?
        });
        let zone = |(name, zone): (String, String)| match Zone::named(&zone) {
            Ok(zone) => Ok((name, zone)),
            Err(e) => Err(StoreError::Corrupt {
                what: "restaurant",
                id: name,
                problem: e.to_string(),
            }),
        };
        Ok(Zones {
            restaurants: rows.into_iter().map(zone).collect::<Result<_>>()?,
            organisation: org.timezone.clone(),
        })
    }
}
