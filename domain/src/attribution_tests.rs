use super::*;
use proptest::prelude::*;

const WINDOW: Duration = Duration::from_millis(72);

fn order(placed_at: i64, promo: Option<&str>) -> PlacedOrder<'_> {
    PlacedOrder {
        placed_at: Timestamp(placed_at),
        status: OrderStatus::Delivered,
        promo,
    }
}

fn tap(mailing: i64, at: i64) -> Open {
    Open {
        mailing: MailingId(mailing),
        at: Timestamp(at),
        action: Action::Tap,
    }
}

fn promo<'a>(mailing: i64, target_promo: &'a str, launched_at: i64, sent: &'a [Timestamp]) -> PromoMailing<'a> {
    PromoMailing {
        mailing: MailingId(mailing),
        target_promo,
        launched_at: Timestamp(launched_at),
        sent,
    }
}

fn credited(mailing: i64, reason: Reason) -> Option<Credit> {
    Some(Credit {
        mailing: MailingId(mailing),
        reason,
    })
}

#[test]
fn the_latest_open_within_the_window_has_the_order() {
    let open = |mailing, at| credited(mailing, Reason::Open { at: Timestamp(at) });
    for (opens, placed_at, expected) in [
        (&[][..], 100, None),
        (&[tap(1, 100)], 100, open(1, 100)),
        (&[tap(1, 100)], 99, None),
        (&[tap(1, 100)], 172, open(1, 100)),
        (&[tap(1, 100)], 173, None),
        (&[tap(2, 100), tap(1, 110)], 120, open(1, 110)),
        (&[tap(1, 100), tap(2, 130)], 120, open(1, 100)),
        (&[tap(2, 100), tap(1, 100)], 120, open(2, 100)),
    ] {
        let credit = credit(&order(placed_at, None), opens, &[], WINDOW);
        assert_eq!(credit, expected, "{opens:?} {placed_at}");
    }
}

#[test]
fn a_read_alone_credits_nothing() {
    let read = Open {
        action: Action::Read,
        ..tap(1, 100)
    };
    assert_eq!(credit(&order(110, None), &[read], &[], WINDOW), None);
    for action in [Action::Tap, Action::Click, Action::Link] {
        assert!(credit(&order(110, None), &[Open { action, ..read }], &[], WINDOW).is_some());
    }
}

#[test]
fn a_target_promo_goes_before_opens() {
    const EARLY: &[Timestamp] = &[Timestamp(20)];
    const LATE: &[Timestamp] = &[Timestamp(10), Timestamp(40)];
    const AFTER: &[Timestamp] = &[Timestamp(900)];
    let back = |mailing, launched, sent| promo(mailing, "BACK", launched, sent);
    for (promos, expected) in [
        (&[back(1, 10, EARLY)][..], credited(1, Reason::Promo)),
        (&[back(1, 10, &[])], credited(1, Reason::PromoByNonRecipient)),
        // Sent to this guest last, not launched last.
        (&[back(1, 10, LATE), back(2, 15, EARLY)], credited(1, Reason::Promo)),
        (&[back(1, 10, EARLY), back(2, 30, &[])], credited(1, Reason::Promo)),
        // A send after the order does not count as the latest one before it, yet it makes the guest a recipient.
        (&[back(1, 10, EARLY), back(2, 15, AFTER)], credited(1, Reason::Promo)),
        (&[back(1, 10, &[]), back(2, 5, AFTER)], credited(2, Reason::Promo)),
        (
            &[back(1, 10, &[]), back(2, 20, &[])],
            credited(2, Reason::PromoByNonRecipient),
        ),
        // From the launch on, and only this promo.
        (&[back(1, 100, EARLY)], credited(1, Reason::Promo)),
        (&[back(1, 101, EARLY)], credited(9, Reason::Open { at: Timestamp(90) })),
        (
            &[promo(1, "back", 10, EARLY)],
            credited(9, Reason::Open { at: Timestamp(90) }),
        ),
    ] {
        let credit = credit(&order(100, Some("BACK")), &[tap(9, 90)], promos, WINDOW);
        assert_eq!(credit, expected, "{promos:?}");
    }
}

#[test]
fn a_cancelled_order_counts_for_none() {
    for status in OrderStatus::ALL {
        let order = PlacedOrder {
            status,
            ..order(100, Some("BACK"))
        };
        let by_open = credit(&order, &[tap(1, 90)], &[], WINDOW);
        let by_promo = credit(&order, &[], &[promo(1, "BACK", 10, &[])], WINDOW);
        let counts = status != OrderStatus::Cancelled;
        assert_eq!((by_open.is_some(), by_promo.is_some()), (counts, counts), "{status:?}");
    }
}

fn opens() -> impl Strategy<Value = Vec<Open>> {
    let action = prop_oneof![
        Just(Action::Tap),
        Just(Action::Click),
        Just(Action::Link),
        Just(Action::Read)
    ];
    let open = (1..5i64, 0..200i64, action).prop_map(|(mailing, at, action)| Open {
        action,
        ..tap(mailing, at)
    });
    prop::collection::vec(open, 0..8)
}

/// A mailing: id, whether its promo is ours, its launch, the sends to the guest.
type Campaign = (i64, bool, i64, Vec<Timestamp>);

fn campaigns() -> impl Strategy<Value = Vec<Campaign>> {
    let sends = prop::collection::vec((0..200i64).prop_map(Timestamp), 0..3);
    prop::collection::vec((1..5i64, any::<bool>(), 0..200i64, sends), 0..5)
}

fn seen(campaigns: &[Campaign]) -> Vec<PromoMailing<'_>> {
    campaigns
        .iter()
        .map(|(mailing, ours, launched_at, sent)| PromoMailing {
            mailing: MailingId(*mailing),
            target_promo: if *ours { "BACK" } else { "OTHER" },
            launched_at: Timestamp(*launched_at),
            sent,
        })
        .collect()
}

proptest! {
    #[test]
    fn a_credit_has_its_ground_among_the_facts(
        placed_at in 0..300i64, with_promo: bool, opens in opens(), campaigns in campaigns(),
    ) {
        let order = order(placed_at, with_promo.then_some("BACK"));
        let promos = seen(&campaigns);
        let usable = |p: &&PromoMailing<'_>| with_promo && p.target_promo == "BACK" && p.launched_at.0 <= placed_at;
        match credit(&order, &opens, &promos, WINDOW) {
            None => {
                prop_assert!(!promos.iter().any(|p| usable(&p)));
                let in_window = |o: &Open| o.action.credits() && (0..=72).contains(&(placed_at - o.at.0));
                prop_assert!(!opens.iter().any(in_window));
            }
            Some(Credit { mailing, reason: Reason::Open { at } }) => {
                prop_assert!(!promos.iter().any(|p| usable(&p)), "a promo goes first");
                prop_assert!(opens.iter().any(|o| o.mailing == mailing && o.at == at && o.action.credits()));
                prop_assert!((0..=72).contains(&(placed_at - at.0)));
            }
            Some(Credit { mailing, reason }) => {
                let sent = |p: &PromoMailing<'_>| p.sent.is_empty() != (reason == Reason::Promo);
                prop_assert!(promos.iter().filter(usable).any(|p| p.mailing == mailing && sent(p)));
                let any_recipient = promos.iter().filter(usable).any(|p| !p.sent.is_empty());
                prop_assert_eq!(any_recipient, reason == Reason::Promo, "a mailing sent to the guest goes first");
            }
        }
    }

    #[test]
    fn the_order_of_the_facts_does_not_matter(
        placed_at in 0..300i64, opens in opens(), campaigns in campaigns(),
    ) {
        let order = order(placed_at, Some("BACK"));
        let (mut opens_back, mut campaigns_back) = (opens.clone(), campaigns.clone());
        opens_back.reverse();
        campaigns_back.reverse();
        let mailing = |credit: Option<Credit>| credit.map(|c| c.mailing);
        prop_assert_eq!(
            mailing(credit(&order, &opens, &seen(&campaigns), WINDOW)),
            mailing(credit(&order, &opens_back, &seen(&campaigns_back), WINDOW))
        );
    }

    /// An order never goes to an older open instead of a newer one, nor to an open that came after it.
    #[test]
    fn an_older_or_later_open_changes_nothing(
        placed_at in 0..300i64, opens in opens(), mailing in 1..5i64, back in 1..200i64, later in 1..100i64,
    ) {
        let order = order(placed_at, None);
        let before = credit(&order, &opens, &[], WINDOW);
        let mut more = opens.clone();
        more.push(tap(mailing, placed_at + later));
        if let Some(Credit { reason: Reason::Open { at }, .. }) = before {
            more.push(tap(mailing, at.0 - back));
        }
        prop_assert_eq!(credit(&order, &more, &[], WINDOW), before);
    }

    #[test]
    fn a_wider_window_loses_no_order(placed_at in 0..300i64, opens in opens(), wider in 0..100u64) {
        let order = order(placed_at, None);
        let narrow = credit(&order, &opens, &[], WINDOW);
        let wide = credit(&order, &opens, &[], WINDOW + Duration::from_millis(wider));
        prop_assert!(narrow.is_none() || wide == narrow);
    }
}
