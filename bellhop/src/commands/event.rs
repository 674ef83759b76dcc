//! `bellhop event send FILE|-`

use super::{Context, print_json, table};
use crate::cli::EventCommand;
use anyhow::{Context as _, Result};
use bellhop_domain::Timestamp;
use bellhop_domain::fault::Fault;
use bellhop_domain::words::{Language, told};
use bellhop_store::events::{End, Outcome, tell};
use serde_json::{Deserializer, Value, json};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Events of one transaction.
const AT_ONCE: usize = 1_000;
/// Refused events that are shown.
const SHOWN: usize = 20;

/// Fails (exit code 1) if any event was refused, although the others were taken.
pub async fn run(context: &Context, command: EventCommand) -> Result<ExitCode> {
    let EventCommand::Send { file, language, json } = command;
    let events = events(&read(&file)?)?;
    let (parts, organisation) = context.open().await?;
    let region = organisation.settings.phone_region;
    let mut outcomes = Vec::with_capacity(events.len());
    for some in events.chunks(AT_ONCE) {
        let now = Timestamp::now();
        outcomes.extend(tell(parts.store.as_ref(), organisation.id, region, some.to_vec(), now).await?);
    }
    if json {
        print_json(&outcomes.iter().map(written).collect::<Vec<_>>())?;
    } else {
        print(&outcomes, language.0);
    }
    let is_refused = |it: &Outcome| matches!(it.end, End::Refused(_));
    Ok(match outcomes.iter().any(is_refused) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn read(file: &Path) -> Result<String> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        let all = std::io::stdin().read_to_string(&mut text);
        all.context("the standard input cannot be read; pipe events into it as JSON in UTF-8")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The events of a text, however they stand in it.
fn events(text: &str) -> Result<Vec<Value>> {
    let mut events = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        match value.context("this is not JSON; correct it there")? {
            Value::Array(all) => events.extend(all),
            Value::Object(mut keys) => match keys.remove("events") {
                Some(Value::Array(all)) if keys.is_empty() => events.extend(all),
                Some(other) => {
                    keys.insert("events".to_owned(), other);
                    events.push(Value::Object(keys));
                }
                None => events.push(Value::Object(keys)),
            },
            other => events.push(other),
        }
    }
    Ok(events)
}

/// An outcome as the HTTP API answers it.
fn written(outcome: &Outcome) -> Value {
    let id = &outcome.id;
    match &outcome.end {
        End::Taken => json!({"id": id, "result": "taken"}),
        End::Known => json!({"id": id, "result": "known"}),
        End::Refused(faults) => json!({"id": id, "result": "refused", "errors": faults}),
    }
}

fn print(outcomes: &[Outcome], language: Language) {
    let number = |end: fn(&End) -> bool| outcomes.iter().filter(|it| end(&it.end)).count();
    let taken = number(|end| *end == End::Taken);
    println!("{taken} of {} events taken.", outcomes.len());
    let known = number(|end| *end == End::Known);
    if known > 0 {
        println!("{known} were known: told before, they change nothing.");
    }
    let refused = outcomes.iter().enumerate().flat_map(|(i, it)| {
        let faults = match &it.end {
            End::Refused(faults) => faults.as_slice(),
            End::Taken | End::Known => &[],
        };
        faults.iter().map(move |fault| row(i + 1, it, fault, language))
    });
    let refused: Vec<_> = refused.collect();
    if !refused.is_empty() {
        println!("{} refused:", number(|end| matches!(end, End::Refused(_))));
        let shown = &refused[..refused.len().min(SHOWN)];
        print!("{}", table::render(&["event", "id", "place", "what to do"], shown));
        if refused.len() > SHOWN {
            println!("  … --json shows them all.");
        }
    }
}

fn row(number: usize, outcome: &Outcome, fault: &Fault, language: Language) -> Vec<String> {
    let id = outcome.id.clone().unwrap_or_default();
    vec![number.to_string(), id, fault.place.clone(), told(&fault.why, language)]
}

#[cfg(test)]
mod tests {
    use super::events;

    #[test]
    fn events_stand_in_a_text_in_several_ways() {
        for text in [
            r#"{"events": [{"id": "1"}, {"id": "2"}]}"#,
            r#"[{"id": "1"}, {"id": "2"}]"#,
            "{\"id\": \"1\"}\n{\"id\": \"2\"}\n",
        ] {
            assert_eq!(events(text).unwrap().len(), 2, "{text}");
        }
        assert!(events("").unwrap().is_empty());
        assert!(events("{\"id\": ").is_err());
    }
}
