//! `bellhop audience export FILE --filter JSON`: an audience as a file for people, a part of its guests in memory at a time.

use super::{Context, instant, print_json};
use crate::cli::{AudienceExportArgs, ExportFormat};
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::nearest;
use bellhop_domain::Timestamp;
use bellhop_domain::segment::Segment;
use bellhop_store::audience::Audience as _;
use bellhop_store::export::{ExportFile, ExportForm, ExportOf, Exporting as _, TextForm};
use serde_json::json;
use std::path::Path;

pub async fn run(context: &Context, args: &AudienceExportArgs, segment: &Segment) -> Result<()> {
    let form = form(args)?;
    let (parts, organisation) = context.open().await?;
    let as_of = instant(args.as_of.as_deref(), &organisation)?;
    let store = parts.store.as_ref();
    for hint in nearest::hints(&store.unknown_names(organisation.id, segment).await?) {
        eprintln!("! {hint}");
    }
    let of = ExportOf::Guests {
        segment: segment.clone(),
        as_of,
    };
    let unwritable = || format!("{}: cannot be written", args.file.display());
    let mut file = ExportFile::begin(&args.file, form, of.name(), of.headings()).with_context(unwritable)?;
    let (mut after, mut guests) = (Some((i64::MIN, 0)), 0u64);
    while let Some(place) = after {
        let part = store.export_part(&organisation, &of, place).await?;
        after = part.next;
        guests += part.rows.len() as u64;
        file.add(part.rows).with_context(unwritable)?;
    }
    file.finish().with_context(unwritable)?;
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
fn form(args: &AudienceExportArgs) -> Result<ExportForm> {
    let extension = args.file.extension().and_then(|it| it.to_str()).unwrap_or_default();
    let format = args.format.or(match extension.to_ascii_lowercase().as_str() {
        "csv" | "txt" => Some(ExportFormat::Csv),
        "xlsx" => Some(ExportFormat::Xlsx),
        _ => None,
    });
    match format {
        Some(ExportFormat::Csv) => Ok(ExportForm::Text(TextForm::Csv)),
        Some(ExportFormat::Xlsx) => Ok(ExportForm::Xlsx),
        None => bail!("{}: neither .csv nor .xlsx; say which by --format", args.file.display()),
    }
}
