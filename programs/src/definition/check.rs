//! What is wrong with a definition that could be read, before it is switched on.

use super::filter::absent;
use super::{Again, Definition, Per, Trigger};
use crate::order_told::tells_of_orders;
use bellhop_domain::event::{EventKind, FieldKind};
use bellhop_domain::fault::{Fault, Found, Why};
use bellhop_domain::mailing::VARIABLES;
use bellhop_templating::{Surface, Template};
use std::collections::BTreeSet;

/// More days than this are a slip of the finger.
const MOST_DAYS: u16 = 366;
/// Filters of texts that take a number, and that take a date.
const OF_NUMBERS: [&str; 5] = ["money", "number", "plural", "round", "int"];
const OF_DATES: [&str; 1] = ["date"];

/// Everything that is wrong, and what one has to know; `attributes` are the keys of the custom attributes that any guest
/// of the organisation has. With an error the program cannot be switched on.
pub fn check(definition: &Definition, attributes: &BTreeSet<String>) -> Vec<Found> {
    let mut faults = Vec::new();
    if definition.name.trim().is_empty() {
        faults.push(Why::ProgramNameEmpty.at("name"));
    }
    trigger(definition, &mut faults);
    re_entry(definition, &mut faults);
    for (i, filter) in definition.cancel_on.iter().enumerate() {
        faults.extend(filter.faults(&format!("cancel_on[{i}]")));
    }
    grant(definition, &mut faults);
    let of_mailing = definition.mailing().problems().into_iter();
    // The name was looked at, and what is sent on demand is not the author's word.
    faults.extend(of_mailing.filter(|it| it.place != "name" && !it.place.starts_with("on_demand")));
    faults.extend(fields_in_texts(definition));
    faults
        .into_iter()
        .map(Found::error)
        .chain(texts(definition, attributes))
        .collect()
}

fn trigger(definition: &Definition, faults: &mut Vec<Fault>) {
    let mut most = |days: u16, place: &str| {
        if days > MOST_DAYS {
            let most = usize::from(MOST_DAYS);
            faults.push(Why::DaysTooMany { most }.at(place));
        }
    };
    match &definition.trigger {
        Trigger::Event(filter) => {
            if !definition.values.is_empty() && filter.kind != EventKind::Custom {
                faults.push(Why::ValuesOfCustom.at("values"));
            }
            return faults.extend(filter.faults("trigger.event"));
        }
        Trigger::Birthday(it) => {
            most(it.days_before, "trigger.birthday.days_before");
            most(
                it.through_days_after.unwrap_or_default(),
                "trigger.birthday.through_days_after",
            );
        }
        Trigger::BonusesBurn(it) => most(it.days_before, "trigger.bonuses_burn.days_before"),
        Trigger::Retention(it) if it.into.is_empty() => {
            faults.push(Why::RetentionIntoNothing.at("trigger.retention.into"));
        }
        Trigger::Retention(_) => {}
    }
    if definition.delay.is_some() {
        faults.push(Why::DelayOfDate.at("delay"));
    }
    if !definition.values.is_empty() {
        faults.push(Why::ValuesOfCustom.at("values"));
    }
}

fn re_entry(definition: &Definition, faults: &mut Vec<Fault>) {
    let Trigger::Event(filter) = &definition.trigger else {
        if matches!(definition.again, Again::OncePer(_)) {
            faults.push(Why::AgainOfDate.at("again"));
        }
        if definition.restarts {
            faults.push(Why::RestartsOfDate.at("restarts"));
        }
        return;
    };
    let one = matches!(definition.again, Again::OncePer(_));
    if definition.restarts && one {
        faults.push(Why::RestartsOfOne.at("restarts"));
    }
    if definition.again == Again::OncePer(Per::Order) && !tells_of_orders(filter.kind) {
        let event = filter.kind.name().to_owned();
        faults.push(Why::OrderOfNoEvent { event }.at("again"));
    }
}

fn grant(definition: &Definition, faults: &mut Vec<Fault>) {
    let Some(grant) = definition.grant else { return };
    if grant.bonuses.0 <= 0 {
        faults.push(Why::GrantOfNothing.at("grant.bonuses"));
    }
    if grant.days.is_some_and(|days| days > MOST_DAYS) {
        let most = usize::from(MOST_DAYS);
        faults.push(Why::DaysTooMany { most }.at("grant.days"));
    }
    if matches!(definition.trigger, Trigger::BonusesBurn(_)) {
        faults.push(Why::GrantOfBurn.at("grant"));
    }
}

/// The texts as those of any mailing, with the values that a message brings along.
fn texts(definition: &Definition, attributes: &BTreeSet<String>) -> Vec<Found> {
    let mut known = attributes.clone();
    known.extend(definition.given());
    known.extend(definition.values.iter().cloned());
    // Paths are looked at here, by the event's schema.
    known.extend(uses(definition).map(|it| it.name).filter(|name| is_path(name)));
    bellhop_templating::check(&definition.contents, definition.link.as_deref(), &known)
}

/// A field in a text: where, and through which filter if through any.
struct Use {
    place: String,
    name: String,
    filter: Option<&'static str>,
}

fn uses(definition: &Definition) -> impl Iterator<Item = Use> {
    let mut all = Vec::new();
    let mapped = definition.contents.try_map(|channel, text| {
        // What cannot be compiled is reported with the texts.
        let template = Template::compile(text, Surface::Push).ok();
        let place = format!("contents.{channel}");
        all.extend(template.iter().flat_map(Template::uses).map(|it| Use {
            place: place.clone(),
            name: it.name,
            filter: it.filter,
        }));
        Ok::<_, std::convert::Infallible>(())
    });
    let Ok(_) = mapped;
    all.into_iter()
}

fn is_path(name: &str) -> bool {
    name.contains(['.', '['])
}

fn fields_in_texts(definition: &Definition) -> Vec<Fault> {
    let faults = uses(definition).filter_map(|it| Some(unfit(definition, &it)?.at(it.place)));
    let mut seen: Vec<Fault> = Vec::new();
    for fault in faults {
        if !seen.contains(&fault) {
            seen.push(fault);
        }
    }
    seen
}

fn unfit(definition: &Definition, used: &Use) -> Option<Why> {
    let Trigger::Event(filter) = &definition.trigger else {
        return is_path(&used.name).then(|| Why::EventLacksField {
            field: used.name.clone(),
            event: definition.trigger.name().to_owned(),
            known: String::new(),
        });
    };
    let Some(kind) = filter.kind.field(&used.name) else {
        return is_path(&used.name).then(|| absent(filter.kind, &used.name));
    };
    let field = used.name.clone();
    match (kind, used.filter) {
        (FieldKind::Object(_) | FieldKind::List(_), _) => Some(Why::FieldOfParts { field }),
        // `{{ valid_to }}` and the like are told as dates by themselves.
        (FieldKind::Date | FieldKind::Instant, None) if !VARIABLES.contains(&&*field) => {
            Some(Why::DateUnformatted { field })
        }
        (kind, Some(filter)) if !takes(filter, kind) => {
            let filter = filter.to_owned();
            Some(Why::FieldFilterOfText { field, filter })
        }
        _ => None,
    }
}

/// Whether a filter of texts can take a field of a kind.
fn takes(filter: &str, kind: &FieldKind) -> bool {
    match kind {
        FieldKind::Number | FieldKind::Money => !OF_DATES.contains(&filter),
        FieldKind::Date | FieldKind::Instant => !OF_NUMBERS.contains(&filter),
        FieldKind::Text | FieldKind::Flag => !OF_NUMBERS.contains(&filter) && !OF_DATES.contains(&filter),
        FieldKind::Plain | FieldKind::Object(_) | FieldKind::List(_) => true,
    }
}
