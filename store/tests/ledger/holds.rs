//! An answer that may have been a no holds marketing until the guest or a human says what it was.

use crate::consent::{address, register, says, told, willing};
use crate::incoming::{SMSC, all_but, card, consents, take};
use crate::world::*;
use bellhop_domain::consent::{Stand, Word};
use bellhop_domain::fault::Why;
use bellhop_domain::opt_out::{Reading, read};
use bellhop_domain::*;
use bellhop_store::StoreError;
use bellhop_store::consent::ConsentLedger;
use bellhop_store::ledger::Asking;

crate::on_both![
    the_columns_say_what_the_rule_says,
    a_hold_stops_at_once_and_is_seen,
    a_humans_verdict_settles_it,
    a_sure_answer_settles_it,
    a_guest_is_asked_once_for_each_hold,
];

const PHONE: &str = "+79990000001";
/// Neither a plain no nor an ordinary answer.
const DOUBTFUL: &str = "стоп?";

/// Every combination of times: `consent_stands.stops` and `.held` are the domain's.
async fn the_columns_say_what_the_rule_says(world: World) {
    let times = [None, Some(1), Some(2), Some(3)];
    let mut expected = Vec::new();
    for said in [None, Some(Word::Given), Some(Word::Withdrawn)] {
        for (said_at, held, released) in (0..64).map(|n| (times[n / 16], times[n / 4 % 4], times[n % 4])) {
            if said.is_some() != said_at.is_some() {
                continue;
            }
            let stand = Stand {
                said: said_at.map(Timestamp).zip(said),
                held: held.map(Timestamp),
                released: released.map(Timestamp),
            };
            let n = expected.len();
            expected.push(format!("{} {}", i32::from(stand.stops()), i32::from(stand.is_held())));
            let sql = |time: Option<i64>| time.map_or("NULL".to_owned(), |time| time.to_string());
            world
                .exec(&format!(
                    "INSERT INTO consent_stands (org_id, space, address, channel, purpose, said, said_at, held_at, released_at)
                     VALUES (1, 4, 'a{n}', {n}, 1, {}, {}, {}, {})",
                    sql(said.map(|word| i64::from(word.code()))),
                    sql(said_at),
                    sql(held),
                    sql(released)
                ))
                .await;
        }
    }
    let told = "SELECT CASE WHEN stops THEN '1' ELSE '0' END || ' ' || CASE WHEN held THEN '1' ELSE '0' END AS x
        FROM consent_stands ORDER BY channel";
    assert_eq!(world.column(told).await, expected);
}

async fn a_hold_stops_at_once_and_is_seen(mut world: World) {
    assert!(matches!(read(DOUBTFUL), Reading::Doubtful { .. }));
    for (n, kind) in (0..).zip(EndpointKind::ALL) {
        let at = address(kind, n);
        let guest = willing(&world, kind.name()).await;
        register(&world, kind, &at, kind.name()).await;
        world.later(MINUTE);
        take(&world, &told(kind), &says(&at, kind.name(), world.now, DOUBTFUL)).await;
        assert_eq!(consents(&world, guest).await, all_but(&[kind.channel()]), "{kind:?}");
    }
    let held = world.store.held(ORG).await.unwrap();
    assert_eq!(held.len(), EndpointKind::ALL.len());
    for (held, kind) in held.iter().zip(EndpointKind::ALL) {
        assert_eq!((held.channel, held.wrote.as_deref()), (kind.channel(), Some(DOUBTFUL)));
    }
    // It holds for a card that comes later, and in mid-mailing.
    let again = card(&world, "again", &address(EndpointKind::Phone, 3)).await;
    assert_eq!(consents(&world, again).await, all_but(&[Channel::Sms]));
    card(&world, "mid", "+79990000007").await;
    world.planned(&[SMS]).await;
    let batch = world.hold(EndpointKind::Phone).await;
    take(&world, &SMSC, &says("+79990000007", "mid", world.now, DOUBTFUL)).await;
    assert_eq!(world.start(&batch).await, []);
}

async fn a_humans_verdict_settles_it(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    let settle = async |world: &World, is_stop| {
        let told = [PHONE.to_owned()];
        world
            .store
            .settle_hold(ORG, &told, Channel::Sms, is_stop, "boris", world.now)
            .await
    };
    for (n, is_stop) in [(1, false), (2, true)] {
        take(&world, &SMSC, &says(PHONE, &n.to_string(), world.now, DOUBTFUL)).await;
        world.later(MINUTE);
        settle(&world, is_stop).await.unwrap();
        let expected = if is_stop {
            all_but(&[Channel::Sms])
        } else {
            Channel::ALL.to_vec()
        };
        assert_eq!(consents(&world, anna).await, expected);
        assert_eq!(world.store.held(ORG).await.unwrap(), []);
        let nothing = settle(&world, is_stop).await.unwrap_err();
        assert!(matches!(nothing, StoreError::Conflict(Why::NothingHeld { .. })));
        world.later(MINUTE);
    }
    let holds = world
        .column("SELECT id AS x FROM consent_words WHERE word = 3 ORDER BY id")
        .await;
    let deeds = "SELECT action || ' ' || who || ' ' || object || ', ' || detail AS x FROM audit_log
                 WHERE action LIKE 'consent.%' ORDER BY id";
    assert_eq!(
        world.column(deeds).await,
        [
            format!("consent.keep boris hold {}, sms of {PHONE}", holds[0]),
            format!("consent.stop boris hold {}, sms of {PHONE}", holds[1]),
        ]
    );
    // What follows the audit is logged.
    let digits = &PHONE[1..];
    let logged = format!("SELECT COUNT(*) AS x FROM outbox WHERE body LIKE '%{digits}%'");
    assert_eq!(world.number(&logged).await, 0);
    let words = world.store.words_of_customer(ORG, "anna").await.unwrap();
    let words: Vec<Word> = words.into_iter().map(|said| said.word).collect();
    assert_eq!(
        words,
        [Word::Given, Word::Held, Word::Released, Word::Held, Word::Withdrawn]
    );
    // To keep is not to give: who had said no stays with it.
    take(&world, &SMSC, &says("+79990000002", "no", world.now, "STOP")).await;
    let boris = card(&world, "boris", "+79990000002").await;
    assert_eq!(consents(&world, boris).await, all_but(&[Channel::Sms]));
}

async fn a_sure_answer_settles_it(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    for (id, text, expected) in [
        ("1", "START", Channel::ALL.to_vec()),
        ("2", "STOP", all_but(&[Channel::Sms])),
    ] {
        take(&world, &SMSC, &says(PHONE, &format!("{id}?"), world.now, DOUBTFUL)).await;
        world.later(MINUTE);
        take(&world, &SMSC, &says(PHONE, id, world.now, text)).await;
        assert_eq!(consents(&world, anna).await, expected, "{text}");
        assert_eq!(world.store.held(ORG).await.unwrap(), [], "{text}");
        world.later(MINUTE);
    }
}

async fn a_guest_is_asked_once_for_each_hold(mut world: World) {
    card(&world, "anna", PHONE).await;
    let doubtful = says(PHONE, "1", world.now, DOUBTFUL);
    for _ in 0..2 {
        take(&world, &SMSC, &doubtful).await;
        world.later(MINUTE);
    }
    // The second doubt of the same hold is no new question, and nobody is asked who gets nothing.
    take(&world, &SMSC, &says(PHONE, "2", world.now, DOUBTFUL)).await;
    take(&world, &SMSC, &says("+79990000002", "3", world.now, DOUBTFUL)).await;
    let open = world.store.open_questions(10).await.unwrap();
    assert_eq!(open.len(), 1);
    assert!(open[0].is_open && open[0].kind == EndpointKind::Phone);
    world.later(MINUTE);
    take(&world, &SMSC, &says(PHONE, "4", world.now, "START")).await;
    let open = world.store.open_questions(10).await.unwrap();
    assert!(!open[0].is_open, "answered before it was asked");
    world.store.close_question(open[0].id, None, world.now).await.unwrap();
    assert_eq!(world.store.open_questions(10).await.unwrap(), []);
    world.later(MINUTE);
    take(&world, &SMSC, &says(PHONE, "5", world.now, DOUBTFUL)).await;
    assert_eq!(world.store.open_questions(10).await.unwrap().len(), 1);
}
