//! `bellhop user list | invite | disable | reset`

use super::{Context, clock, print_json, table, who};
use crate::cli::{InviteArgs, RoleArg, UserCommand};
use crate::opening::Parts;
use crate::welcome::address;
use anyhow::{Context as _, Result, ensure};
use bellhop_domain::{Timestamp, Zone, person};
use bellhop_store::accounts::{Invited, Links, PeopleBook, Person, PersonChange};
use bellhop_store::guests::Organisation;
use secrecy::SecretString;
use serde_json::json;

pub async fn run(context: &Context, command: UserCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        UserCommand::List(args) => list(&parts, &organisation, args.json).await,
        UserCommand::Invite(args) => invite(context, &parts, &organisation, &args).await,
        UserCommand::Disable { email } => {
            let it = named(&parts, &organisation, &email).await?;
            set_disabled(&parts, &it, true).await?;
            println!("{} is out, and can not log in.", it.email);
            Ok(())
        }
        UserCommand::Reset { email, json } => {
            let it = named(&parts, &organisation, &email).await?;
            set_disabled(&parts, &it, false).await?;
            let (who, now) = (who(), Timestamp::now());
            let link = parts.store.reset(organisation.id, it.id, rand::random(), &who, now);
            tell(context, &it.email, &link.await?, json)
        }
    }
}

async fn set_disabled(parts: &Parts, it: &Person, disabled: bool) -> Result<()> {
    let change = PersonChange {
        disabled: Some(disabled),
        ..PersonChange::default()
    };
    let (who, now) = (who(), Timestamp::now());
    let changed = parts.store.change_person(it.org, it.id, &change, &who, now);
    changed.await?;
    Ok(())
}

async fn list(parts: &Parts, organisation: &Organisation, json: bool) -> Result<()> {
    let people = parts.store.people(organisation.id).await?;
    if json {
        return print_json(&people);
    }
    if people.is_empty() {
        println!("There is nobody; `bellhop user invite EMAIL` makes a link for the first administrator.");
        return Ok(());
    }
    let rows: Vec<_> = people.iter().map(|it| row(it, &organisation.timezone)).collect();
    let head = [
        "email",
        "name",
        "role",
        "restaurants",
        "state",
        "second factor",
        "last login",
    ];
    print!("{}", table::render(&head, &rows));
    println!("Times by {}.", organisation.timezone.name());
    Ok(())
}

fn row(it: &Person, zone: &Zone) -> Vec<String> {
    vec![
        it.email.clone(),
        it.name.clone(),
        it.role.name().to_owned(),
        it.restaurants
            .as_ref()
            .map_or_else(|| "all".to_owned(), |names| names.join(",")),
        it.state.name().to_owned(),
        if it.totp { "on" } else { "off" }.to_owned(),
        it.login_at.map_or_else(String::new, |at| clock(zone, at)),
    ]
}

async fn invite(context: &Context, parts: &Parts, organisation: &Organisation, args: &InviteArgs) -> Result<()> {
    let RoleArg(role) = args.role;
    let email = person::email(&args.email).ok().with_context(|| {
        format!(
            "{:?} is no e-mail address; write one, like anna@example.com",
            args.email
        )
    })?;
    let restaurants: Vec<_> = args.restaurants.iter().map(|it| it.trim().to_owned()).collect();
    ensure!(
        restaurants.iter().all(|it| !it.is_empty()),
        "--restaurants has an empty name; leave it out, or name the restaurants"
    );
    let section = parts.sections.organisation(Some(&organisation.slug));
    let invited = Invited {
        email: &email,
        role,
        restaurants: (!restaurants.is_empty()).then_some(restaurants.as_slice()),
        locale: section.map_or("en", |it| it.locale.as_str()),
    };
    let (who, now) = (who(), Timestamp::now());
    let made = parts.store.invite(organisation.id, invited, rand::random(), &who, now);
    let (_, link) = made.await?;
    tell(context, &email, &link, args.json)
}

async fn named(parts: &Parts, organisation: &Organisation, email: &str) -> Result<Person> {
    let found = match person::email(email) {
        Ok(email) => parts.store.person_by_email(organisation.id, &email).await?,
        Err(_) => None,
    };
    found.with_context(|| {
        format!(
            "{} has nobody with the e-mail {email}; see `bellhop user list`",
            organisation.slug
        )
    })
}

fn tell(context: &Context, email: &str, link: &SecretString, json: bool) -> Result<()> {
    let link = address(&context.config.http.public_url, link);
    if json {
        return print_json(&json!({ "email": email, "link": link }));
    }
    println!("{link}");
    eprintln!("Hand this link to {email}: it is good once, for three days, and is shown only now.");
    Ok(())
}
