use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

/// Keys as there are: of the months from 2020 to 2040, and of the millions of numbers of each.
fn key() -> impl Strategy<Value = MessageKey> {
    (600..840u32, 1..1_i64 << NUMBER_BITS).prop_map(|(month, number)| MessageKey(Era(month).first_key().0 + number))
}

fn one(secret: [u8; 32]) -> MessageIds {
    changed(&[(0, secret)])
}

fn changed(secrets: &[(i64, [u8; 32])]) -> MessageIds {
    let of = |&(from, secret): &(i64, [u8; 32])| MessageSecret {
        from: MessageKey(from),
        secret,
    };
    MessageIds::new(&secrets.iter().map(of).collect::<Vec<_>>()).unwrap()
}

proptest! {
    #[test]
    fn each_key_has_an_id_and_the_id_the_key(secret: [u8; 32], key in 0..=i64::MAX - 1) {
        let ids = one(secret);
        let key = MessageKey(key);
        prop_assert_eq!(ids.key(ids.id(key)), Some(key));
        prop_assert!(ids.is_told_apart(key));
    }

    /// And no two keys share one: what is made of an id, whatever it is, makes that id again.
    #[test]
    fn each_id_has_one_key(secret: [u8; 32], id: u64) {
        let ids = one(secret);
        let stretch = &ids.0[0];
        prop_assert_eq!(stretch.id(stretch.key(MessageId(id))), MessageId(id));
    }

    /// Half of the bits, give or take six standard deviations of a coin thrown 64 times.
    #[test]
    fn neighbours_have_nothing_in_common(secret: [u8; 32], key in key(), further in 1..100i64) {
        let ids = one(secret);
        let neighbour = MessageKey(key.0 + further);
        let differ = (ids.id(key).0 ^ ids.id(neighbour).0).count_ones();
        prop_assert!((8..=56).contains(&differ), "{differ} bits");
        let step = |from: i64| ids.id(MessageKey(from + 1)).0.wrapping_sub(ids.id(MessageKey(from)).0);
        prop_assert_ne!(step(key.0), step(key.0 + 1), "the steps are not the same");
    }

    #[test]
    fn two_secrets_make_two_ids(first: [u8; 32], second: [u8; 32], key in key()) {
        prop_assume!(first != second);
        prop_assert_ne!(one(first).id(key), one(second).id(key));
    }

    /// An id that was given out under an old secret is read for ever, and so is one under a new secret.
    #[test]
    fn a_changed_secret_leaves_old_ids_alive(
        secrets: [[u8; 32]; 3], key in key(), changes in [600..720u32, 720..840u32],
    ) {
        prop_assume!(secrets[0] != secrets[1] && secrets[1] != secrets[2] && secrets[0] != secrets[2]);
        let begins = changes.map(|month| Era(month).first_key().0);
        let mut known = vec![(0, secrets[0])];
        let mut before = changed(&known);
        for (begin, secret) in begins.into_iter().zip(&secrets[1..]) {
            let given = before.is_told_apart(key).then(|| before.id(key)).filter(|_| key.0 < begin);
            known.push((begin, *secret));
            let after = changed(&known);
            if let Some(id) = given {
                prop_assert_eq!(after.key(id), Some(key));
                prop_assert_eq!(after.id(key), id);
            }
            before = after;
        }
        if before.is_told_apart(key) {
            prop_assert_eq!(before.key(before.id(key)), Some(key));
            let in_force = known.iter().rfind(|(from, _)| *from <= key.0);
            prop_assert_eq!(in_force.map(|(_, secret)| one(*secret).id(key)), Some(before.id(key)));
        }
    }
}

/// Of a large sample each bit of the ids is set about as often as not, and set in one of two neighbours about as often as not.
#[test]
fn no_bit_of_an_id_follows_the_numbers() {
    const KEYS: i64 = 20_000;
    let ids = one([7; 32]);
    let first = Era(682).first_key().0;
    let made: Vec<u64> = (1..=KEYS).map(|number| ids.id(MessageKey(first + number)).0).collect();
    assert_eq!(made.iter().collect::<HashSet<_>>().len(), KEYS as usize, "none twice");
    for bit in 0..64 {
        let set = made.iter().filter(|id| *id >> bit & 1 == 1).count() as f64;
        let changes = made.windows(2).filter(|two| (two[0] ^ two[1]) >> bit & 1 == 1).count() as f64;
        for share in [set / KEYS as f64, changes / KEYS as f64] {
            assert!((0.47..0.53).contains(&share), "bit {bit}: {share}");
        }
    }
}

/// A few new ids could be read as old ones: their keys are told from the others, and nothing else is.
#[test]
fn keys_whose_ids_could_be_read_as_old_ones_are_not_used() {
    // The old secret had half of all keys, so that the case is not rare.
    let begin = i64::MAX / 2;
    let ids = changed(&[(0, [1; 32]), (begin, [2; 32])]);
    let keys = (1..2_000).map(|number| MessageKey(begin + number));
    let (apart, not): (Vec<_>, Vec<_>) = keys.partition(|key| ids.is_told_apart(*key));
    assert!((300..700).contains(&not.len()), "a quarter: {}", not.len());
    assert!(apart.iter().all(|key| ids.key(ids.id(*key)) == Some(*key)));
    assert!(
        not.iter()
            .all(|key| ids.key(ids.id(*key)).is_some_and(|old| old.0 < begin))
    );
}

#[test]
fn a_secret_must_be_there_and_begin_somewhere_of_its_own() {
    let secret = |from| MessageSecret {
        from: MessageKey(from),
        secret: [0; 32],
    };
    assert!(MessageIds::new(&[]).is_none());
    assert!(MessageIds::new(&[secret(-1)]).is_none());
    assert!(MessageIds::new(&[secret(0), secret(5), secret(5)]).is_none());
    let ids = MessageIds::new(&[secret(9), secret(0)]).unwrap();
    assert_eq!((ids.0[0].from, ids.0[0].until, ids.0[1].until), (0, 9, i64::MAX));
    assert_eq!(format!("{ids:?}"), "MessageIds(2 secrets)");
}

/// Whoever has the secret can compute an id elsewhere: Blowfish, the bytes of numbers in the order of writing.
#[test]
fn an_id_stays_the_same_in_all_versions() {
    let ids = one(*b"a secret of thirty-two bytes, ok");
    let key = MessageKey(Era(682).first_key().0 + 1);
    assert_eq!(ids.id(key).to_string(), "FgtY0AG90LW");
}

#[test]
fn an_era_is_a_month() {
    for (at, months, name) in [
        ("1969-07-20T20:17:00Z", 0, "1970-01"),
        ("1970-01-31T23:59:59.999Z", 0, "1970-01"),
        ("1970-02-01T00:00:00Z", 1, "1970-02"),
        ("2026-11-30T23:59:59.999Z", 682, "2026-11"),
        ("2026-12-01T00:00:00Z", 683, "2026-12"),
        ("2027-01-01T00:00:00Z", 684, "2027-01"),
    ] {
        let at: Timestamp = at.parse::<DateTime<Utc>>().unwrap().into();
        let era = Era::of(at);
        assert_eq!((era.months(), era.to_string().as_str()), (months, name));
        assert!(months == 0 || era.starts() <= at && at < era.next().starts(), "{at}");
        let last = MessageKey(era.next().first_key().0 - 1);
        assert_eq!((Era::of_key(era.first_key()), Era::of_key(last)), (era, era));
    }
    assert_eq!(Era::of(Timestamp(i64::MAX)), Era(0), "no instant that a calendar has");
}
