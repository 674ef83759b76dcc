//! Every error row of PROVIDERS.md: the simulator gives the answer, a real Bellhop sends a real mailing, and the
//! ledger shows what followed for the message, the address, the run and the sender.

mod asked;
mod facts;
mod files;
mod old_token;
mod pages;
mod plan;
mod row;
mod senders;
mod stage;
mod tables;
mod then;
mod verdict;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;
use bellhop_domain::EndpointKind;

use super::{Report, Scale};
use crate::patience::eventually;
use facts::Snapshot;
use plan::{Plan, Play, Provider, States};
use row::Row;
use stage::Stage;
use tables::{apns, fcm, linked_phones, smpp, sms_gateways, web_push, whatsapp};
use verdict::Verdict;

/// The time for everything that happens together, and for each thing that follows one by one.
const PATIENCE: Duration = Duration::from_secs(120);
const PATIENCE_OF_ONE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(250);

fn providers() -> Vec<Provider> {
    use EndpointKind::{Apns, Fcm, Phone, WebPush, WhatsApp};
    let page = |name, lane, kind, rows: Vec<Row>| Provider {
        name,
        lane,
        kind,
        rows,
        states: None,
    };
    let states = |path, working, all| Some(States { path, working, all });
    vec![
        page("fcm", "push", Fcm, fcm::rows()),
        page("apns", "apns", Apns, apns::rows()),
        page("web_push", "web_push", WebPush, web_push::rows()),
        page("smpp", "smpp", Phone, smpp::rows()),
        page("twilio", "sms", Phone, sms_gateways::twilio()),
        page("smsc_ru", "sms", Phone, sms_gateways::smsc_ru()),
        page("sms_ru", "sms", Phone, sms_gateways::sms_ru()),
        page("kannel", "sms", Phone, sms_gateways::kannel()),
        page("whatsapp_cloud", "whatsapp", WhatsApp, whatsapp::rows()),
        Provider {
            states: states("waha/session", "WORKING", &linked_phones::WAHA_STATES),
            ..page("waha", "waha", WhatsApp, linked_phones::waha())
        },
        Provider {
            states: states("green_api/state", "authorized", &linked_phones::GREEN_API_STATES),
            ..page("green_api", "green_api", WhatsApp, linked_phones::green_api())
        },
    ]
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let providers = providers();
    let plan = Plan::of(&providers);
    report.tell(format!(
        "{} rows of {} providers; {} organisations, {} mailings, {} answers ordered",
        plan.plays.len(),
        providers.len(),
        plan.halls.len(),
        plan.mailings.len(),
        plan.orders.len()
    ));
    let stage = Stage::set(&plan, &providers, scale.seed).await?;
    report.tell("bellhop up is ready, with a sender for each organisation; importing guests, creating mailings");
    let told = story(report, &stage, &plan, &providers).await;
    if told.is_err() {
        eprintln!("{}", stage.last_words());
    }
    let verdicts = told?;
    claim(report, &providers, &verdicts);
    if !verdicts.iter().all(|verdict| verdict.ok) {
        eprintln!("{}", stage.last_words());
    }
    Ok(())
}

async fn story(report: &Report, stage: &Stage, plan: &Plan, providers: &[Provider]) -> Result<Vec<Verdict>> {
    stage.invite(plan, providers).await?;
    let ids = stage.create(plan, providers).await?;
    report.tell("launching");
    let mut verdicts = together(report, stage, plan, &ids, providers).await?;
    report.tell("all at once is done; what stops the senders of the ordinary rows follows, one by one");
    verdicts.extend(one_by_one(stage, plan, &ids, providers).await?);
    verdicts.extend(told_states(stage, providers).await?);
    verdicts.extend(by_an_old_token(stage, providers).await?);
    asked(stage, &mut verdicts).await?;
    verdicts.sort_by_key(|verdict| verdict.place);
    Ok(verdicts)
}

/// Plays everything except what stops the senders of the ordinary rows.
async fn together(
    report: &Report,
    stage: &Stage,
    plan: &Plan,
    ids: &[i64],
    providers: &[Provider],
) -> Result<Vec<Verdict>> {
    let mut waiting: Vec<_> = plan
        .mailings
        .iter()
        .zip(ids)
        .filter(|(mailing, _)| !mailing.last)
        .collect();
    let plays: Vec<&Play> = plan.plays.iter().filter(|play| !play.row.then.is_last()).collect();
    let mut seen: Vec<Option<Verdict>> = plays.iter().map(|_| None).collect();
    let (started, mut known) = (Instant::now(), None);
    loop {
        let is_due = |after: &[String], organisation: &str| match &known {
            _ if after.is_empty() => true,
            Some(snapshot) => Snapshot::were_tried(snapshot, organisation, after),
            None => false,
        };
        let due: Vec<(&str, i64)> = waiting
            .extract_if(.., |(mailing, _)| is_due(&mailing.after, &mailing.organisation))
            .map(|(mailing, id)| (mailing.organisation.as_str(), *id))
            .collect();
        stage.launch(&due).await?;
        if known.is_none() {
            report.tell("all are launched");
        }
        let snapshot = stage.ledger.look().await?;
        for (play, seen) in plays.iter().zip(&mut seen) {
            if seen.is_none() {
                *seen = Some(Verdict::of(play, providers, &snapshot)).filter(|verdict| verdict.ok);
            }
        }
        let open = seen.iter().filter(|seen| seen.is_none()).count();
        if open == 0 || started.elapsed() > PATIENCE {
            report.tell(format!("{} rows seen, {open} not", plays.len() - open));
            return Ok(settled(&plays, seen, &snapshot, providers));
        }
        known = Some(snapshot);
        tokio::time::sleep(POLL).await;
    }
}

/// Waits count as they were seen; everything else must still be true when all is over.
fn settled(plays: &[&Play], seen: Vec<Option<Verdict>>, end: &Snapshot, providers: &[Provider]) -> Vec<Verdict> {
    let judge = |(play, seen): (&&Play, Option<Verdict>)| match seen {
        Some(seen) if play.row.then.passes() => seen,
        _ => Verdict::of(play, providers, end),
    };
    plays.iter().zip(seen).map(judge).collect()
}

/// Plays reports that stop a sender, each after the one before was seen and the sender was resumed.
async fn one_by_one(stage: &Stage, plan: &Plan, ids: &[i64], providers: &[Provider]) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for (mailing, id) in plan.mailings.iter().zip(ids).filter(|(mailing, _)| mailing.last) {
        let organisation = mailing.organisation.as_str();
        stage.launch(&[(organisation, *id)]).await?;
        let of_mailing = |play: &&Play| play.organisation == organisation && play.tag == mailing.tag;
        for play in plan.plays.iter().filter(of_mailing) {
            let look = async || {
                let verdict = Verdict::of(play, providers, &stage.ledger.look().await?);
                Ok(verdict.ok.then_some(verdict))
            };
            let verdict = match eventually("the sender stops", PATIENCE_OF_ONE, look).await {
                Ok(verdict) => verdict,
                Err(_) => Verdict::of(play, providers, &stage.ledger.look().await?),
            };
            verdicts.push(verdict);
        }
        stage.resume(organisation).await?;
    }
    Ok(verdicts)
}

/// Plays the session states that are reported by a call: a state that cannot send stops the sender until it works
/// again.
async fn told_states(stage: &Stage, providers: &[Provider]) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for (place, provider) in providers.iter().enumerate() {
        let Some(states) = &provider.states else { continue };
        stage.put_into(states.path, states.working).await?;
        stage.goes(provider.name, PATIENCE_OF_ONE).await?;
        for (state, stops) in states.all {
            stage.put_into(states.path, state).await?;
            let told = async || Ok(stage.ledger.health(provider.name, state).await?.then_some(()));
            let heard = eventually("the state is known", PATIENCE_OF_ONE, told).await.is_ok();
            let reason = stage.stopped(provider.name).await?;
            stage.put_into(states.path, states.working).await?;
            let back = stage.goes(provider.name, PATIENCE_OF_ONE).await.is_ok();
            verdicts.push(Verdict::of_state(
                place,
                provider,
                (state, *stops),
                reason,
                heard && back,
            ));
        }
    }
    Ok(verdicts)
}

/// Plays the answer to an APNs token that is old enough to be renewed.
async fn by_an_old_token(stage: &Stage, providers: &[Provider]) -> Result<Option<Verdict>> {
    let Some(place) = providers.iter().position(|provider| provider.name == "apns") else {
        return Ok(None);
    };
    let outcome = old_token::play(&stage.apns()?).await?;
    Ok(Some(Verdict::of_outcome(
        place,
        &providers[place],
        &apns::old_token(),
        &outcome,
    )))
}

/// Claims that providers with look-ups were asked about messages in doubt.
async fn asked(stage: &Stage, verdicts: &mut [Verdict]) -> Result<()> {
    let row = |verdict: &&mut Verdict| (verdict.provider, verdict.code) == ("smsc_ru", "status -3");
    let Some(verdict) = verdicts.iter_mut().find(row) else {
        return Ok(());
    };
    let look = async || Ok(stage.asked_in_vain().await?.then_some(()));
    let asked = eventually("the question is answered", PATIENCE_OF_ONE, look)
        .await
        .is_ok();
    verdict.and(asked, "asked, and not found");
    Ok(())
}

fn claim(report: &mut Report, providers: &[Provider], verdicts: &[Verdict]) {
    for line in verdict::table(verdicts) {
        report.line(line);
    }
    let facts = pages::rows();
    for provider in providers {
        report.about(provider.name);
        let own: Vec<_> = verdicts
            .iter()
            .filter(|verdict| verdict.provider == provider.name)
            .collect();
        let wrong = own.iter().filter(|verdict| !verdict.ok).count();
        report.claim(
            "what follows is what the page asks for",
            wrong == 0 && !own.is_empty(),
            format!("{} of {} tries", own.len() - wrong, own.len()),
        );
        let known: BTreeSet<&str> = facts
            .iter()
            .filter(|fact| fact.provider == provider.name)
            .map(|fact| fact.code)
            .collect();
        let played: BTreeSet<&str> = own.iter().map(|verdict| verdict.code).collect();
        let missing: Vec<_> = known.symmetric_difference(&played).copied().collect();
        report.claim(
            "no row of the page is missing",
            missing.is_empty() && !known.is_empty(),
            match missing.as_slice() {
                [] => format!("{} rows", known.len()),
                missing => format!("missing here or there: {}", missing.join(", ")),
            },
        );
    }
    report.figure("rows", facts.len());
    let open = facts.iter().filter(|fact| fact.asks == asked::LEFT_OPEN).count();
    report.figure("left open by the pages", open);
    report.figure("tries", verdicts.len());
    report.figure("channels", providers.len());
    report.figure("wrong", verdicts.iter().filter(|verdict| !verdict.ok).count());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_pages_is_played_and_no_other() {
        for provider in providers() {
            let states = provider
                .states
                .iter()
                .flat_map(|states| states.all)
                .map(|(state, _)| *state);
            let played: BTreeSet<&str> = provider.rows.iter().map(|row| row.code).chain(states).collect();
            let rows = pages::rows();
            let known: BTreeSet<&str> = rows
                .iter()
                .filter(|fact| fact.provider == provider.name)
                .map(|fact| fact.code)
                .collect();
            assert_eq!(played, known, "{}", provider.name);
        }
    }

    #[test]
    fn what_must_follow_is_what_the_page_asks_for() {
        for provider in providers() {
            for row in provider.rows.iter().chain(&[apns::old_token()]) {
                let asks = pages::find(provider.name, row.code).map_or("", |fact| fact.asks);
                let is_elsewhere = row.code == apns::old_token().code && provider.name != "apns";
                assert!(
                    is_elsewhere || asked::admits(asks, row.then),
                    "{} {} ({}) asks for {asks:?}: {}",
                    provider.name,
                    row.code,
                    row.case,
                    row.then.words()
                );
            }
        }
    }

    #[test]
    fn every_guest_has_an_address_and_a_mailing_of_their_own() {
        let providers = providers();
        let plan = Plan::of(&providers);
        let mut addresses = BTreeSet::new();
        for (name, hall) in &plan.halls {
            let lane = providers[hall.provider].lane;
            for person in &hall.people {
                assert!(addresses.insert((lane, person.number)), "{name}: {}", person.id);
                let of_guest = |mailing: &&plan::Mailing| mailing.organisation == *name && mailing.tag == person.tag;
                assert_eq!(
                    plan.mailings.iter().filter(of_guest).count(),
                    1,
                    "{name}: {}",
                    person.id
                );
            }
        }
    }
}
