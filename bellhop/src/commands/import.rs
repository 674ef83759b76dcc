//! `bellhop import customers | orders FILE`

use super::{Context, print_json, restaurant, table};
use crate::cli::{ImportArgs, ImportCommand};
use anyhow::{Context as _, Result};
use bellhop_domain::Timestamp;
use bellhop_domain::words::{Language, told};
use bellhop_store::SqlStore;
use bellhop_store::guests::Organisation;
use bellhop_store::import::{
    self as files, ByHand, Format, ImportError, ImportOptions, ImportProgress, ImportSummary, Note, RowError,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// What a file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Customers,
    Orders,
    /// Words about marketing and notifications.
    Words,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Customers => "customers",
            Kind::Orders => "orders",
            Kind::Words => "words",
        }
    }
}

/// Fails (exit code 1) if any row was bad, although the good ones were imported.
pub async fn run(context: &Context, command: ImportCommand) -> Result<ExitCode> {
    let (kind, args) = match command {
        ImportCommand::Customers(args) => (Kind::Customers, args),
        ImportCommand::Orders(args) => (Kind::Orders, args),
    };
    run_file(context, kind, args).await
}

/// The same for a file of a known kind.
pub async fn run_file(context: &Context, kind: Kind, args: ImportArgs) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let bar = progress_bar(&args.file);
    let shown = bar.clone();
    let options = ImportOptions {
        by_hand: by_hand(&args)?,
        dry_run: args.dry_run,
        errors: errors_file(args.errors.as_deref())?,
        language: args.language.0,
        progress: &move |progress: ImportProgress| shown.set_position(progress.bytes),
    };
    let summary = import_file(&parts.store, &organisation, kind, &args.file, options).await;
    bar.finish_and_clear();
    let summary = summary?;
    if args.json {
        print_json(&summary)?
    } else {
        print(kind, &summary, &args)
    }
    Ok(if summary.errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the arguments say of the file.
fn by_hand(args: &ImportArgs) -> Result<ByHand> {
    let encoding = args.encoding.as_deref().map(files::encoding).transpose();
    let delimiter = args.delimiter.as_deref().map(files::delimiter).transpose();
    Ok(ByHand {
        sheet: args.sheet.clone(),
        encoding: encoding.map_err(|why| anyhow::anyhow!("--encoding {why}"))?,
        delimiter: delimiter.map_err(|why| anyhow::anyhow!("--delimiter {why}"))?,
        ..ByHand::default()
    })
}

/// Imports one file.
pub async fn import_file(
    store: &SqlStore,
    organisation: &Organisation,
    kind: Kind,
    file: &Path,
    options: ImportOptions<'_>,
) -> Result<ImportSummary, ImportError> {
    let now = Timestamp::now();
    match kind {
        Kind::Customers => store.import_customers(organisation, file, options, now).await,
        Kind::Orders => store.import_orders(organisation, file, options, now).await,
        Kind::Words => store.import_words(organisation, file, options, now).await,
    }
}

/// The report of bad rows that was asked for.
pub(super) fn errors_file(path: Option<&Path>) -> Result<Option<Box<dyn Write + Send>>> {
    let Some(path) = path else { return Ok(None) };
    let file = File::create(path).with_context(|| format!("--errors: cannot write {}", path.display()))?;
    Ok(Some(Box::new(std::io::BufWriter::new(file))))
}

/// A bar over the bytes of the file; invisible if standard error is not a terminal.
pub(super) fn progress_bar(file: &Path) -> ProgressBar {
    let bytes = std::fs::metadata(file).map_or(0, |m| m.len());
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes);
    if let Ok(style) = ProgressStyle::with_template("  {bar:40} {percent:>3} %  {bytes}/{total_bytes}  {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn print(kind: Kind, summary: &ImportSummary, args: &ImportArgs) {
    let name = kind.name();
    let verb = if summary.dry_run {
        "would be imported; nothing was written (--dry-run)"
    } else {
        "imported"
    };
    println!("{} of {} rows {verb}.", summary.imported, summary.rows);
    let counted = [
        (name, "new", summary.created),
        (name, "changed", summary.updated),
        (name, "as they were", summary.unchanged),
        ("customers", "created by their orders", summary.customers_created),
    ];
    for (what, how, n) in counted.into_iter().filter(|(_, _, n)| *n > 0) {
        println!("  {n} {what} {how}");
    }
    print_taken(summary);
    if !summary.unknown_columns.is_empty() {
        println!(
            "Columns that mean nothing here and were left out: {}",
            summary.unknown_columns.join(", ")
        );
    }
    if summary.errors > 0 {
        println!("{} bad row(s) were left out:", summary.errors);
        let rows = bad_rows(&summary.first_errors, args.language.0);
        print!("{}", table::render(&["line", "column", "value", "what to do"], &rows));
        if args.errors.is_none() && summary.errors as usize > rows.len() {
            println!("  … --errors FILE writes them all.");
        }
    }
    print_notes(summary, args.language.0);
}

/// Bad rows as a table shows them.
pub(super) fn bad_rows(errors: &[RowError], language: Language) -> Vec<Vec<String>> {
    let row = |e: &RowError| {
        vec![
            e.line.to_string(),
            e.column.clone(),
            e.value.clone(),
            e.problem(language),
        ]
    };
    errors.iter().map(row).collect()
}

/// Prints how the file was interpreted.
fn print_taken(summary: &ImportSummary) {
    let form = match (summary.format, summary.delimiter) {
        (Format::Workbook, _) => "a sheet of Excel".to_owned(),
        (Format::JsonArray, _) => "a JSON array; a row's line is its number in it".to_owned(),
        (Format::Ndjson, _) | (Format::Csv, None) => "NDJSON".to_owned(),
        (Format::Csv, Some('\t')) => "CSV separated by tabs".to_owned(),
        (Format::Csv, Some(delimiter)) => format!("CSV separated by {delimiter}"),
    };
    println!("Read as {}, {form}.", summary.encoding);
    if !summary.headings.is_empty() {
        let taken = summary
            .headings
            .iter()
            .map(|it| format!("{} = {}", it.heading, it.column));
        println!("Columns read: {}", taken.collect::<Vec<_>>().join(", "));
    }
    for line in &summary.above_header {
        println!("Skipped above the column names: {line}");
    }
    for (rows, what) in [
        (summary.empty_rows, "empty rows"),
        (summary.total_rows, "rows of totals"),
    ] {
        if rows > 0 {
            println!("{rows} {what} were skipped.");
        }
    }
}

fn print_notes(summary: &ImportSummary, language: Language) {
    for Note(why) in &summary.notes {
        println!("Note: {}", told(why, language));
    }
    if let Some(warning) = restaurant::unconfirmed(&summary.unconfirmed_restaurants) {
        println!("Warning: {warning}");
        println!("  → {}", restaurant::MEND);
    }
}
