//! `bellhop restaurant list | set-timezone`

use super::{Context, print_json, table, who};
use crate::cli::RestaurantCommand;
use anyhow::{Result, ensure};
use bellhop_domain::{Timestamp, Zone, visible};
use bellhop_store::guests::RestaurantSpec;

/// What to do about restaurants whose time zone nobody has confirmed.
pub const MEND: &str = "bellhop restaurant set-timezone ZONE NAME… (or --unconfirmed for all of them), or a column restaurant_timezone in the file";
const HEADER: [&str; 6] = ["restaurant", "time zone", "", "guests", "phone", "address"];
/// The most names that are shown.
const SHOWN: usize = 10;

pub async fn run(context: &Context, command: RestaurantCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        RestaurantCommand::List(args) => {
            let restaurants = parts.store.restaurants(organisation.id).await?;
            if args.json {
                return print_json(&restaurants);
            }
            let rows: Vec<_> = restaurants
                .iter()
                .map(|it| {
                    let said = if it.timezone_confirmed { "said" } else { "assumed" };
                    vec![
                        it.name.clone(),
                        it.timezone.clone(),
                        said.to_owned(),
                        it.guests.to_string(),
                        it.phone.clone().unwrap_or_default(),
                        it.address.clone().unwrap_or_default(),
                    ]
                })
                .collect();
            print!("{}", table::render(&HEADER, &rows));
            let assumed = restaurants.into_iter().filter(|it| !it.timezone_confirmed);
            if let Some(warning) = unconfirmed(&assumed.map(|it| it.name).collect::<Vec<_>>()) {
                println!("\n{warning}\n  → {MEND}");
            }
        }
        RestaurantCommand::SetTimezone {
            zone,
            restaurants,
            unconfirmed,
        } => {
            let zone = Zone::named(&zone)?;
            let names = match unconfirmed {
                true => parts.store.unconfirmed_restaurants(organisation.id).await?,
                false => restaurants.iter().map(|name| visible::key(name).into_owned()).collect(),
            };
            let known = parts.store.restaurants(organisation.id).await?;
            for name in &names {
                ensure!(
                    known.iter().any(|it| it.name == *name),
                    "there is no restaurant {name:?}; nothing was changed. `bellhop restaurant list` shows all of them"
                );
            }
            let spec = |name: &String| RestaurantSpec {
                organisation: organisation.slug.clone(),
                name: name.clone(),
                timezone: Some(zone.clone()),
                contact: None,
            };
            let zones: Vec<_> = names.iter().map(spec).collect();
            parts
                .store
                .set_restaurant_zones(&zones, &who(), Timestamp::now())
                .await?;
            for name in &names {
                println!("{name}: {}", zone.name());
            }
        }
    }
    Ok(())
}

/// What to say about restaurants whose time zone nobody has confirmed, if there are any.
pub fn unconfirmed(names: &[String]) -> Option<String> {
    let shown = names
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let more = match names.len() {
        0 => return None,
        n @ 1..=SHOWN => format!("{n} ({shown})"),
        n => format!("{n} ({shown} and {} more)", n - SHOWN),
    };
    Some(format!(
        "restaurants whose time zone nobody has set, so their guests get marketing by the organisation's clock: {more}"
    ))
}

#[cfg(test)]
mod tests {
    use super::unconfirmed;

    #[test]
    fn a_few_names_are_shown() {
        let names: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        assert_eq!(unconfirmed(&[]), None);
        assert!(unconfirmed(&names[..2]).unwrap().ends_with("2 (0, 1)"));
        assert!(
            unconfirmed(&names)
                .unwrap()
                .ends_with("12 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more)")
        );
    }
}
