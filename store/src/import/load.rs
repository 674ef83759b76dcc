//! The pipeline: a thread that reads and checks rows, and a task that writes them.

use super::cells::Terms;
use super::next::Next;
use super::report::BadRowsReport;
use super::row::{CellError, Row};
use super::schema::Schema;
use super::source::{Opened, Position, Source, open};
use super::summary::{Checked, file_told};
use super::zones::{Stored, Zones};
use super::{ImportError, ImportOptions, ImportProgress, ImportSummary, customer_file, order_file, word_file};
use crate::base::pools::Pools;
use crate::consent::file::FileWord;
use crate::guests::{CustomerCard, GuestBase, LiveOrder, Names, Organisation, RestaurantSpec, Written};
use crate::sql::{Session, sql};
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

/// What a row becomes, how it is read, and how a batch of it is written.
trait FileRow: Send + Sync + Sized + 'static {
    const SCHEMA: &'static Schema;

    fn read(row: &Row, terms: &mut Terms) -> Result<Self, Vec<CellError>>;

    fn write(
        store: &SqlStore,
        org: OrgId,
        rows: &[Self],
        now: Timestamp,
        names: &mut Names,
    ) -> impl Future<Output = Result<Written>> + Send;
}

impl FileRow for LiveOrder {
    const SCHEMA: &'static Schema = &order_file::SCHEMA;

    fn read(row: &Row, terms: &mut Terms) -> Result<Self, Vec<CellError>> {
        order_file::read(row, terms)
    }

    async fn write(store: &SqlStore, org: OrgId, rows: &[Self], now: Timestamp, names: &mut Names) -> Result<Written> {
        store.write_order_batch(org, rows, now, names).await
    }
}

impl FileRow for CustomerCard {
    const SCHEMA: &'static Schema = &customer_file::SCHEMA;

    fn read(row: &Row, terms: &mut Terms) -> Result<Self, Vec<CellError>> {
        customer_file::read(row, terms)
    }

    async fn write(store: &SqlStore, org: OrgId, rows: &[Self], now: Timestamp, names: &mut Names) -> Result<Written> {
        store.write_card_batch(org, rows, HOW, now, names).await
    }
}

impl FileRow for FileWord {
    const SCHEMA: &'static Schema = &word_file::SCHEMA;

    fn read(row: &Row, terms: &mut Terms) -> Result<Self, Vec<CellError>> {
        word_file::read(row, terms)
    }

    async fn write(store: &SqlStore, org: OrgId, rows: &[Self], now: Timestamp, _: &mut Names) -> Result<Written> {
        store.write_word_batch(org, rows, now).await
    }
}

/// Checked rows on their way to the database.
struct Batch<V> {
    good: Vec<V>,
    /// What the rows say of restaurants' time zones.
    zones: Vec<(String, Zone)>,
    /// Rows of the file up to the end of this batch, bad ones included.
    rows: u64,
    bad: u64,
    bytes: u64,
}

/// The reading side.
struct Reader {
    source: Source,
    position: Position,
    report: BadRowsReport,
    file: String,
    terms: Terms,
}

impl Reader {
    fn run<V: FileRow>(mut self, batches: &mpsc::Sender<Batch<V>>) -> Result<Checked, ImportError> {
        let (mut row, mut rows, mut good) = (Row::default(), 0, Vec::with_capacity(BATCH));
        loop {
            let next = self
                .source
                .next(&mut row, V::SCHEMA)
                .map_err(|error| ImportError::Unreadable {
                    file: self.file.clone(),
                    error,
                })?;
            let mut errors = match next {
                Next::End => break,
                Next::Bad(error) => vec![error],
                Next::Row => match V::read(&row, &mut self.terms) {
                    Ok(value) => {
                        good.push(value);
                        Vec::new()
                    }
                    Err(errors) => errors,
                },
            };
            rows += 1;
            if !errors.is_empty() {
                self.source.name_columns(&mut errors, V::SCHEMA);
                self.report.add(row.line, errors).map_err(ImportError::Report)?;
            }
            if good.len() >= BATCH && !self.send(&mut good, rows, batches) {
                break;
            }
        }
        self.send(&mut good, rows, batches);
        self.report.finish().map_err(ImportError::Report)?;
        Ok(Checked {
            rows,
            bad: self.report.rows,
            first_errors: self.report.first,
            told: file_told(&self.source, V::SCHEMA),
            notes: self.terms.zones.take_notes(),
        })
    }

    /// Hands a batch over; `false` if the writing side has given up, whose error is then the one to report.
    fn send<V>(&mut self, good: &mut Vec<V>, rows: u64, batches: &mpsc::Sender<Batch<V>>) -> bool {
        let batch = Batch {
            good: std::mem::replace(good, Vec::with_capacity(BATCH)),
            zones: self.terms.zones.take_said(),
            rows,
            bad: self.report.rows,
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
        self.import::<LiveOrder>(org, file, options, now).await
    }

    /// Imports a customers file. The facts are true when it returns.
    pub async fn import_customers(
        &self,
        org: &Organisation,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        self.import::<CustomerCard>(org, file, options, now).await
    }

    /// Imports words of consent. The facts are true when it returns.
    pub async fn import_words(
        &self,
        org: &Organisation,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        self.import::<FileWord>(org, file, options, now).await
    }

    async fn import<V: FileRow>(
        &self,
        org: &Organisation,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        let region = org.settings.phone_region;
        let Opened {
            source,
            position,
            bytes,
            delimiter,
            format,
        } = open(file, V::SCHEMA, region.code(), &options.by_hand)?;
        let reader = Reader {
            source,
            position,
            report: BadRowsReport::new(options.errors, options.language).map_err(ImportError::Report)?,
            file: file.display().to_string(),
            terms: Terms {
                zones: Zones::new(org.timezone.clone(), self.stored_zones(org).await?),
                region,
                currency: org.currency.clone(),
                now,
            },
        };
        // One batch is written, one waits, one is being read.
        let (sender, mut batches) = mpsc::channel::<Batch<V>>(1);
        let reading = tokio::task::spawn_blocking(move || reader.run(&sender));
        let (mut names, mut written) = (Names::default(), Written::default());
        let whose = format!("import of {}", file.file_name().unwrap_or_default().display());
        let mut progress = ImportProgress {
            rows: 0,
            refused: 0,
            bytes: 0,
            of_bytes: bytes,
        };
        while let Some(batch) = batches.recv().await {
            if !options.dry_run {
                self.write(org, &batch, (&whose, now), &mut names, &mut written).await?;
            }
            (progress.rows, progress.refused, progress.bytes) = (batch.rows, batch.bad, batch.bytes);
            (options.progress)(progress);
        }
        let checked = reading.await.map_err(|panic| ImportError::Unreadable {
            file: file.display().to_string(),
            error: io::Error::other(panic),
        })??;
        if !options.dry_run {
            self.after_import(org.id, checked.rows).await?;
        }
        let unconfirmed = self.unconfirmed_restaurants(org.id).await?;
        Ok(checked.summary(options.dry_run, (format, delimiter), written, unconfirmed))
    }

    async fn write<V: FileRow>(
        &self,
        org: &Organisation,
        batch: &Batch<V>,
        (who, now): (&str, Timestamp),
        names: &mut Names,
        written: &mut Written,
    ) -> Result<()> {
        if !batch.zones.is_empty() {
            let spec = |(name, zone): &(String, Zone)| RestaurantSpec {
                organisation: org.slug.clone(),
                name: name.clone(),
                timezone: Some(zone.clone()),
                contact: None,
            };
            let zones: Vec<_> = batch.zones.iter().map(spec).collect();
            self.set_restaurant_zones(&zones, who, now).await?;
        }
        if !batch.good.is_empty() {
            *written += V::write(self, org.id, &batch.good, now, names).await?;
        }
        Ok(())
    }

    /// Brings statistics and facts up to date.
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
        match &self.db.pools {
            Pools::Sqlite { write, .. } => {
                // A sample of each index is enough, and takes no time (SQLite's manual, "Approximate ANALYZE").
                sqlx::query("PRAGMA analysis_limit = 1000").execute(write).await?;
                sqlx::query("ANALYZE").execute(write).await?;
            }
            Pools::Postgres { pool, silence, .. } => {
                let analyze = sqlx::query(
                    "ANALYZE customers, orders, order_items, endpoints, customer_endpoints, consents, consent_stands,
                    customer_tags, customer_attributes, customer_facts, customer_latest_orders",
                );
                silence.bounds(analyze.execute(pool)).await?;
            }
        }
        Ok(())
    }

    async fn stored_zones(&self, org: &Organisation) -> Result<Vec<Stored>> {
        let text = "SELECT name, timezone, timezone_confirmed FROM restaurants WHERE org_id = $1";
        let mut session = Session::read(&self.db).await?;
        let rows = session.fetch(sql(text).int(i64::from(org.id.0))).await?;
        let read = |row: &crate::sql::Row| {
            let c = row.columns();
            let name = c.text("name")?;
            match Zone::named(&c.text("timezone")?) {
                Ok(zone) => Ok((name, zone, c.flag("timezone_confirmed")?)),
                Err(e) => Err(StoreError::Corrupt {
                    what: "restaurant",
                    id: name,
                    problem: e.to_string(),
                }),
            }
        };
        rows.iter().map(read).collect()
    }
}
