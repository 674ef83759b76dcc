//! `bellhop audience export FILE --filter JSON`: an audience as a file for people, a page of guests in memory at a time.

mod cells;
mod sheet;

use super::{Context, instant, print_json};
use crate::cli::{AudienceExportArgs, ExportFormat};
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::nearest;
use bellhop_domain::money::decimals;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, Timestamp};
use bellhop_store::audience::{Audience as _, AudienceExport};
use cells::{HEADINGS, Look, row};
use serde_json::json;
use sheet::Sheet;
use std::path::{Path, PathBuf};

/// How many guests are read at a time.
const PAGE: u32 = 2_000;

pub async fn run(context: &Context, args: &AudienceExportArgs, segment: &Segment) -> Result<()> {
    let format = format(args)?;
    let (parts, organisation) = context.open().await?;
    let as_of = instant(args.as_of.as_deref(), &organisation)?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    for hint in nearest::hints(&store.unknown_names(org, segment).await?) {
        eprintln!("! {hint}");
    }
    let look = Look {
        zone: organisation.timezone.clone(),
        decimals: decimals(&organisation.currency),
    };
    let mut sheet = Sheet::begin(&args.file, format, &HEADINGS)?;
    let (mut after, mut guests) = (CustomerId(0), 0u64);
    loop {
        let page = store.export_page(org, segment, as_of, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        guests += page.len() as u64;
        for guest in &page {
            sheet.add(row(guest, &look))?;
        }
    }
    sheet.finish()?;
    told(&args.file, guests, as_of, args.json)
}

fn told(file: &Path, guests: u64, as_of: Timestamp, json: bool) -> Result<()> {
    let name = file.display().to_string();
    if json {
        return print_json(&json!({ "file": name, "guests": guests, "as_of": as_of }));
    }
    println!("{guests} guests written to {name}; it holds names and phones, so keep it where only you can read it.");
    Ok(())
}

/// The one that was asked for, or the one that the file's name tells.
fn format(args: &AudienceExportArgs) -> Result<ExportFormat> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let extension = args.file.extension().and_then(|it| it.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "txt" => Ok(ExportFormat::Csv),
        "xlsx" => Ok(ExportFormat::Xlsx),
        _ => bail!("{}: neither .csv nor .xlsx; say which by --format", args.file.display()),
    }
}

/// Where a file is made until it is whole.
fn folder(file: &Path) -> Result<PathBuf> {
    let parent = file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    folder
        .canonicalize()
        .with_context(|| format!("{}: there is no such folder", folder.display()))
}
