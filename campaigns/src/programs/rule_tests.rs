use super::*;
use bellhop_domain::{Channel, CustomerId, EndpointId, FiringId, Permission};
use bellhop_store::ledger::PlanGuest;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn known(preset: &str) -> Known {
    let preset = bellhop_programs::presets::Preset::named(preset).unwrap();
    Known::of(preset.definition().unwrap())
}

fn firing(ago_ms: i64) -> DueFiring {
    DueFiring {
        id: FiringId(1),
        customer: CustomerId(1),
        occasion: "event:5".to_owned(),
        fired_at: Timestamp(NOW.0 - ago_ms),
        due_at: Timestamp(NOW.0 - ago_ms),
        sent_before: None,
        lets_go: true,
        given: Some(r#"{"cart.total":"1250"}"#.to_owned()),
    }
}

fn standing(consents: i64, channels: &[Channel]) -> Standing {
    let mut endpoints = [None; Channel::ALL.len()];
    for channel in channels {
        let kind = EndpointKind::ALL
            .into_iter()
            .find(|it| it.channel() == *channel)
            .unwrap();
        endpoints[*channel as usize] = Some((kind, EndpointId(7)));
    }
    Standing {
        guest: PlanGuest {
            customer: CustomerId(1),
            blacklisted: false,
            may: Permission::of_consents(consents),
            endpoints,
        },
        holds: true,
        zone: None,
        burns: None,
    }
}

fn code(reason: Reason) -> programs::Verdict {
    programs::Verdict::Skip(ReasonCode(reason.code()))
}

#[test]
fn a_firing_goes_or_says_why_not() {
    let known = known("abandoned-cart");
    let rule = ByDefinition::new(&known, &EndpointKind::ALL, Zone::utc(), None);
    let push = Channel::Push;
    let agreed = || standing(push.bit(), &[push]);
    let sent = rule.decide(&firing(0), Some(&agreed()), NOW);
    let programs::Verdict::Send { step: 0, given, .. } = &sent else {
        panic!("{sent:?}");
    };
    assert_eq!(given.as_deref(), Some(r#"{"cart.total":"1250"}"#));
    let hour = 3_600_000;
    let off = DueFiring {
        lets_go: false,
        ..firing(0)
    };
    let again = DueFiring {
        sent_before: Some(Timestamp(NOW.0 - hour)),
        ..firing(0)
    };
    let blacklisted = || {
        let mut it = agreed();
        it.guest.blacklisted = true;
        it
    };
    let guarded = || Standing {
        holds: false,
        ..agreed()
    };
    for (firing, standing, expected) in [
        (firing(0), None, Reason::Erased),
        (off.clone(), None, Reason::SwitchedOff),
        (off, Some(agreed()), Reason::SwitchedOff),
        (firing(4 * hour), Some(agreed()), Reason::Late),
        (again, Some(agreed()), Reason::ReEntry),
        (firing(0), Some(guarded()), Reason::Guard),
        (firing(0), Some(blacklisted()), Reason::Blacklisted),
        (firing(0), Some(standing(0, &[push])), Reason::NoConsent),
        (firing(0), Some(standing(push.bit(), &[])), Reason::NoAddress),
    ] {
        assert_eq!(
            rule.decide(&firing, standing.as_ref(), NOW),
            code(expected),
            "{firing:?}"
        );
    }
    let later = rule.decide(&firing(-hour), Some(&agreed()), NOW);
    assert_eq!(later, programs::Verdict::Wait(Timestamp(NOW.0 + hour)));
}

#[test]
fn what_does_not_burn_any_more_is_not_told_of() {
    let known = known("bonus-expiry");
    let rule = ByDefinition::new(&known, &EndpointKind::ALL, Zone::utc(), None);
    assert!(rule.needs().burns && rule.needs().zones);
    let day = Zone::utc().local(NOW).unwrap().date().tomorrow().unwrap();
    let about = DueFiring {
        occasion: format!("burn:{day}"),
        given: None,
        ..firing(0)
    };
    let told = |burns: &str| {
        let standing = Standing {
            burns: Some(burns.to_owned()),
            ..standing(Channel::Push.bit(), &[Channel::Push])
        };
        rule.decide(&about, Some(&standing), NOW)
    };
    let burns = format!(r#"[{{"amount":"50","at":"{day}T12:00:00Z"}}]"#);
    let programs::Verdict::Send { given, .. } = told(&burns) else {
        panic!("{:?}", told(&burns));
    };
    let given: BTreeMap<String, String> = serde_json::from_str(&given.unwrap()).unwrap();
    assert_eq!(given["bonus_amount"], "50");
    assert_eq!(told("[]"), code(Reason::Guard));
}

#[test]
fn a_message_whose_life_ends_in_the_night_is_not_made() {
    let known = known("abandoned-cart");
    let hours = serde_json::from_str(r#""22:00-10:00""#).unwrap();
    let holding = Holding {
        hours,
        release: std::time::Duration::from_secs(1_800),
    };
    let rule = ByDefinition::new(&known, &EndpointKind::ALL, Zone::utc(), Some(holding));
    assert!(rule.needs().zones);
    // It lives for twelve hours, and the night from ten to ten is as long.
    let at = |text: &str| Zone::utc().parse(text).unwrap();
    let decided = |zone: Option<&str>, now: Timestamp| {
        let standing = Standing {
            zone: zone.map(str::to_owned),
            ..standing(Channel::Push.bit(), &[Channel::Push])
        };
        let firing = DueFiring {
            fired_at: now,
            due_at: now,
            ..firing(0)
        };
        rule.decide(&firing, Some(&standing), now)
    };
    assert_eq!(decided(None, at("2026-12-01T22:00:00")), code(Reason::QuietLifeEnded));
    assert!(matches!(
        decided(None, at("2026-12-01T22:30:00")),
        programs::Verdict::Send { .. }
    ));
    // In the guest's own zone it is two hours later.
    let helsinki = Some("Europe/Helsinki");
    assert!(matches!(
        decided(helsinki, at("2026-12-01T22:00:00")),
        programs::Verdict::Send { .. }
    ));
}

/// Where it is NOW, another day has begun in Apia.
#[test]
fn a_webhook_is_told_of_the_bonuses_by_the_guests_calendar() {
    let known = known("review-bonus");
    let grant = known.definition.grant.unwrap();
    let rule = ByDefinition::new(&known, &EndpointKind::ALL, Zone::utc(), None);
    assert!(rule.needs().zones);
    for zone in ["UTC", "Pacific/Apia"] {
        let standing = Standing {
            zone: Some(zone.to_owned()),
            ..standing(i64::MAX, &Channel::ALL)
        };
        let about = DueFiring {
            given: None,
            ..firing(0)
        };
        let verdict = rule.decide(&about, Some(&standing), NOW);
        let programs::Verdict::Send { granted, .. } = verdict else {
            panic!("{verdict:?}");
        };
        let granted: serde_json::Value = serde_json::from_str(&granted.unwrap()).unwrap();
        let today = Zone::named(zone).unwrap().local(NOW).unwrap().date();
        let last = (0..grant.days.unwrap()).fold(today, |day, _| day.tomorrow().unwrap());
        assert_eq!(granted["valid_to"], last.to_string(), "{zone}");
        assert_eq!(granted["bonuses"], money(grant.bonuses));
    }
}
