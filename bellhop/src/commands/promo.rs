//! `bellhop promo import | list | show | delete | tags | set-tags`

use super::{Context, clock, import, print_json, table, who};
use crate::cli::{JsonArg, PromoCommand, PromoImportArgs};
use anyhow::{Context as _, Result, bail};
use bellhop_domain::{Timestamp, Zone, promo};
use bellhop_store::SqlStore;
use bellhop_store::guests::{Organisation, tag_name};
use bellhop_store::import::{ImportOptions, ImportProgress};
use bellhop_store::promos::{NewPromoList, PromoBook, PromoImport, PromoList};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

/// An import fails (exit code 1) if any row was bad, although the good ones were imported.
pub async fn run(context: &Context, command: PromoCommand) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    let done = |()| ExitCode::SUCCESS;
    match command {
        PromoCommand::Import(args) => import_codes(store, &organisation, &args).await,
        PromoCommand::List(JsonArg { json }) => list(store, &organisation, json).await.map(done),
        PromoCommand::Show { list, json } => show(store, &organisation, &list, json).await.map(done),
        PromoCommand::Delete { list, json } => delete(store, &organisation, &list, json).await.map(done),
        PromoCommand::Tags(JsonArg { json }) => tags(store, &organisation, json).await.map(done),
        PromoCommand::SetTags { promo, tag, json, .. } => {
            set_tags(store, &organisation, &promo, &tag, json).await.map(done)
        }
    }
}

async fn import_codes(store: &SqlStore, organisation: &Organisation, args: &PromoImportArgs) -> Result<ExitCode> {
    let common = args.common.as_deref().map(common_code).transpose()?;
    let ends_at = args.ends_at.as_deref().map(|text| end(text, &organisation.timezone));
    let list = NewPromoList {
        name: &args.list,
        common_code: common.as_deref(),
        ends_at: ends_at.transpose()?,
    };
    let list = store
        .put_promo_list(organisation.id, list, &who(), Timestamp::now())
        .await?;
    let Some(file) = &args.file else {
        return print_list(&list, &organisation.timezone, args.json).map(|()| ExitCode::SUCCESS);
    };
    let done = import_file(store, organisation, &list, file, args).await?;
    match args.json {
        true => print_json(&done)?,
        false => print_import(&done, args),
    }
    Ok(if done.errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn common_code(text: &str) -> Result<String> {
    let code = promo::code(text).map_err(|why| anyhow::anyhow!("--common {why}"))?;
    code.context("--common is empty; give the code")
}

/// A day is valid to its end, by the organisation's clock.
fn end(text: &str, zone: &Zone) -> Result<Timestamp> {
    let at = zone.parse(text).context("--ends-at")?;
    let is_day = !text.contains(['T', 't', ' ', ':']);
    Ok(if is_day { zone.next_midnight(at)? } else { at })
}

async fn import_file(
    store: &SqlStore,
    organisation: &Organisation,
    list: &PromoList,
    file: &Path,
    args: &PromoImportArgs,
) -> Result<PromoImport> {
    let bar = import::progress_bar(file);
    let shown = bar.clone();
    let options = ImportOptions {
        by_hand: Default::default(),
        dry_run: false,
        errors: import::errors_file(args.errors.as_deref())?,
        language: args.language.0,
        progress: &move |progress: ImportProgress| shown.set_position(progress.bytes),
    };
    let done = store
        .import_promo_codes(organisation.id, &list.name, file, options)
        .await;
    bar.finish_and_clear();
    Ok(done?)
}

fn print_import(done: &PromoImport, args: &PromoImportArgs) {
    println!(
        "{} of {} codes imported into {}; {} are left to give.",
        done.imported, done.rows, done.list, done.left
    );
    if done.errors == 0 {
        return;
    }
    println!("{} bad row(s) were left out:", done.errors);
    let rows = import::bad_rows(&done.first_errors, args.language.0);
    print!("{}", table::render(&["line", "column", "value", "what to do"], &rows));
    if args.errors.is_none() && done.errors as usize > rows.len() {
        println!("  … --errors FILE writes them all.");
    }
}

fn ends(list: &PromoList, zone: &Zone) -> String {
    list.ends_at.map_or_else(|| "–".to_owned(), |at| clock(zone, at))
}

async fn list(store: &SqlStore, organisation: &Organisation, json: bool) -> Result<()> {
    let lists = store.promo_lists(organisation.id).await?;
    if json {
        return print_json(&lists);
    }
    if lists.is_empty() {
        println!(
            "{} has no promo codes; `bellhop promo import LIST FILE` brings some.",
            organisation.slug
        );
        return Ok(());
    }
    let zone = &organisation.timezone;
    let row = |list: &PromoList| {
        let (kind, codes, left) = match list.is_common() {
            true => ("for all", "–".to_owned(), "–".to_owned()),
            false => ("personal", list.codes.to_string(), list.left.to_string()),
        };
        vec![list.name.clone(), kind.to_owned(), codes, left, ends(list, zone)]
    };
    let rows: Vec<_> = lists.iter().map(row).collect();
    print!(
        "{}",
        table::render(&["list", "codes are", "codes", "left", "end"], &rows)
    );
    println!("Times by {}.", zone.name());
    Ok(())
}

async fn show(store: &SqlStore, organisation: &Organisation, name: &str, json: bool) -> Result<()> {
    let list = store.promo_list(organisation.id, name).await?;
    let list = list.with_context(|| {
        format!(
            "there is no list of promo codes {name:?} in {}; `bellhop promo list` shows all",
            organisation.slug
        )
    })?;
    print_list(&list, &organisation.timezone, json)
}

fn print_list(list: &PromoList, zone: &Zone, json: bool) -> Result<()> {
    if json {
        return print_json(list);
    }
    println!("{}", list.name);
    let mut rows = match &list.common_code {
        Some(code) => vec![("code of all guests", code.clone())],
        None => vec![
            ("personal codes", list.codes.to_string()),
            ("left to give", list.left.to_string()),
        ],
    };
    rows.push(("end", ends(list, zone)));
    rows.push(("made", clock(zone, list.created_at)));
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    print!("{}", table::render(&[], &rows));
    println!("Times by {}.", zone.name());
    Ok(())
}

async fn delete(store: &SqlStore, organisation: &Organisation, name: &str, json: bool) -> Result<()> {
    let deleted = store
        .delete_promo_list(organisation.id, name, &who(), Timestamp::now())
        .await?;
    if json {
        return print_json(&json!({ "deleted": name, "codes": deleted }));
    }
    println!("{name} is deleted, with {deleted} codes that nobody got. Mailings that name it send nothing more.");
    Ok(())
}

async fn tags(store: &SqlStore, organisation: &Organisation, json: bool) -> Result<()> {
    let all = store.promo_tags(organisation.id).await?;
    if json {
        return print_json(&all);
    }
    if all.is_empty() {
        println!("No promo sets tags; `bellhop promo set-tags PROMO --tag TAG` says that one does.");
        return Ok(());
    }
    let rows: Vec<_> = all.into_iter().map(|it| vec![it.promo, it.tags.join(", ")]).collect();
    print!("{}", table::render(&["promo", "tags"], &rows));
    Ok(())
}

async fn set_tags(
    store: &SqlStore,
    organisation: &Organisation,
    promo: &str,
    given: &[String],
    json: bool,
) -> Result<()> {
    let promo = bellhop_domain::visible::key(promo);
    if promo.is_empty() {
        bail!("name the promo, as orders have it");
    }
    let mut tags = BTreeSet::new();
    for text in given {
        let name = tag_name(text).map_err(|why| anyhow::anyhow!("--tag {why}"))?;
        tags.insert(name.context("--tag is empty; give the tag's name")?);
    }
    store
        .set_promo_tags(organisation.id, &promo, &tags, &who(), Timestamp::now())
        .await?;
    if json {
        return print_json(&json!({ "promo": promo, "tags": tags }));
    }
    match tags.is_empty() {
        true => println!("{promo} sets no tags any more."),
        false => {
            let tags: Vec<_> = tags.into_iter().collect();
            println!("Whoever uses {promo} in an order gets: {}", tags.join(", "));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_valid_to_its_end() {
        let zone = Zone::named("Europe/Moscow").unwrap();
        let at = |text| zone.parse(text).unwrap();
        assert_eq!(end("2026-12-31", &zone).unwrap(), at("2027-01-01T00:00:00"));
        assert_eq!(end("2026-12-31T18:00", &zone).unwrap(), at("2026-12-31T18:00:00"));
        assert_eq!(end("2026-12-31T18:00:00Z", &zone).unwrap(), at("2026-12-31T21:00:00"));
        assert!(end("soon", &zone).is_err());
    }
}
