//! What every limiter must do about limits that depend on whom a message is for.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::people::{
    Admission, Answer, HeldBy, PastPerson, PeopleRequest, PeopleRules, Person, PersonId, Portfolio, Vacancy,
};
use bellhop_rate_limits::{Limiter, Restored, Urgency};

fn portfolio(people: u32, reserve_percent: u8) -> Portfolio {
    Portfolio {
        name: "506914307656634".to_owned(),
        people: NonZeroU32::new(people).unwrap(),
        reserve_percent,
    }
}

fn person(address: &str, counts: bool) -> Person {
    Person {
        id: PersonId::of(address),
        counts,
    }
}

async fn ask(limiter: &dyn Limiter, rules: &PeopleRules, urgency: Urgency, people: &[Person]) -> Result<Admission> {
    let request = PeopleRequest { rules, people, urgency };
    Ok(limiter.admit(&request, Timestamp::now()).await?)
}

async fn told(
    limiter: &dyn Limiter,
    rules: &PeopleRules,
    urgency: Urgency,
    people: &[Person],
) -> Result<(Vec<Answer>, Option<Vacancy>)> {
    match ask(limiter, rules, urgency, people).await? {
        Admission::Told { answers, room, .. } => Ok((answers, room)),
        Admission::Lost { rolls, .. } => bail!("lost: {rolls:?}"),
    }
}

async fn restore(limiter: &dyn Limiter, rules: &PeopleRules, past: &[PastPerson]) -> Result<()> {
    for roll in rules.rolls() {
        loop {
            let now = Timestamp::now();
            match limiter.restore_roll(roll, past, now).await? {
                Restored::Open => break,
                Restored::TooEarly(again) => tokio::time::sleep(again.since(now)).await,
            }
        }
    }
    Ok(())
}

pub async fn one_guest_hears_from_one_number_once_in_a_while(limiter: &dyn Limiter) -> Result<()> {
    let rules = |sender| PeopleRules::new(OrgId(7), sender, Some(Duration::from_secs(1)), None);
    let (number, other) = (rules("number"), rules("other"));
    restore(limiter, &number, &[]).await?;
    restore(limiter, &other, &[]).await?;
    let guest = [person("+79990000001", true)];
    let both = [guest[0], person("+79990000002", true)];
    ensure!(told(limiter, &number, Urgency::Marketing, &both).await? == (vec![Answer::Go; 2], None));
    ensure!(
        told(limiter, &other, Urgency::Marketing, &guest).await?.0 == [Answer::Go],
        "another number"
    );
    let began = Instant::now();
    let next = loop {
        match told(limiter, &number, Urgency::Reply, &guest).await?.0[..] {
            [Answer::Go] => break began.elapsed(),
            [Answer::NotBefore(at, HeldBy::Pair)] => {
                let (marketing, _) = told(limiter, &number, Urgency::Marketing, &guest).await?;
                ensure!(marketing != [Answer::Go], "a mailing before the reply");
                tokio::time::sleep(at.since(Timestamp::now()).max(Duration::from_millis(1))).await;
            }
            ref answer => bail!("{answer:?}"),
        }
    };
    ensure!((1_000..4_000).contains(&next.as_millis()), "after {next:?}");
    Ok(())
}

pub async fn a_portfolio_counts_guests_over_all_its_numbers(limiter: &dyn Limiter) -> Result<()> {
    let portfolio = portfolio(10, 10);
    let rules = |org, sender| PeopleRules::new(OrgId(org), sender, None, Some(&portfolio));
    let (one, two) = (rules(7, "one"), rules(8, "two"));
    restore(limiter, &one, &[]).await?;
    let guests: Vec<Person> = (0..12).map(|nth| person(&format!("+7999000{nth:04}"), true)).collect();
    let (answers, room) = told(limiter, &one, Urgency::Marketing, &guests[..6]).await?;
    ensure!(
        answers == [Answer::Go; 6] && room == Some(Vacancy::Places(3)),
        "{answers:?} {room:?}"
    );
    let (answers, room) = told(limiter, &two, Urgency::Marketing, &guests[4..]).await?;
    ensure!(
        answers[..5] == [Answer::Go; 5],
        "two are counted, three are new: {answers:?}"
    );
    let day = Duration::from_secs(24 * 3600);
    let soon = |at: Timestamp| at.since(Timestamp::now().plus(day)) < Duration::from_secs(10) && at > Timestamp::now();
    ensure!(
        answers[5..]
            .iter()
            .all(|it| matches!(it, Answer::NotBefore(at, HeldBy::Ceiling) if soon(*at))),
        "{answers:?}"
    );
    ensure!(matches!(room, Some(Vacancy::NotBefore(at)) if soon(at)), "{room:?}");
    ensure!(
        told(limiter, &one, Urgency::Transactional, &guests[9..10]).await?.0 == [Answer::Go],
        "the reserve"
    );
    let last = told(limiter, &one, Urgency::Reply, &guests[10..11]).await?.0;
    ensure!(matches!(last[..], [Answer::NotBefore(_, HeldBy::Ceiling)]), "{last:?}");
    let inside = person("+79990000010", false);
    ensure!(
        told(limiter, &one, Urgency::Marketing, &[inside]).await?.0 == [Answer::Go],
        "an open window"
    );
    Ok(())
}

pub async fn who_was_written_to_is_lost_until_it_is_told(limiter: &dyn Limiter) -> Result<()> {
    let portfolio = portfolio(3, 0);
    let rules = PeopleRules::new(OrgId(7), "n", Some(Duration::from_secs(6)), Some(&portfolio));
    let stranger = [person("+79990000009", true)];
    let Admission::Lost { rolls, read_from } = ask(limiter, &rules, Urgency::Reply, &stranger).await? else {
        bail!("an unknown past is no past")
    };
    ensure!(
        rolls.len() == 2 && read_from.since(Timestamp::now()) <= Duration::from_secs(4),
        "{rolls:?}"
    );
    let past = |address, seconds| PastPerson {
        id: PersonId::of(address),
        at: Timestamp::now().minus(Duration::from_secs(seconds)),
    };
    let past = [
        past("+79990000001", 3600),
        past("+79990000001", 1),
        past("+79990000002", 80_000),
    ];
    restore(limiter, &rules, &past).await?;
    let (answers, room) = told(limiter, &rules, Urgency::Marketing, &[]).await?;
    ensure!(answers.is_empty() && room == Some(Vacancy::Places(1)), "{room:?}");
    let known = told(limiter, &rules, Urgency::Marketing, &[person("+79990000001", true)])
        .await?
        .0;
    ensure!(matches!(known[..], [Answer::NotBefore(_, HeldBy::Pair)]), "{known:?}");
    ensure!(told(limiter, &rules, Urgency::Marketing, &stranger).await?.0 == [Answer::Go]);
    Ok(())
}
