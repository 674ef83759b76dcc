use super::Word::*;
use super::*;
use proptest::prelude::*;

fn stand(words: &[(Word, i64)]) -> Stand {
    words
        .iter()
        .fold(Stand::default(), |stand, (word, at)| stand.hear(*word, Timestamp(*at)))
}

#[test]
fn what_an_addresses_words_come_to() {
    for (words, stops, held, given) in [
        (&[][..], false, false, None),
        (&[(Given, 1)], false, false, Some(1)),
        (&[(Withdrawn, 1)], true, false, None),
        (&[(Withdrawn, 1), (Given, 2)], false, false, Some(2)),
        (&[(Withdrawn, 2), (Given, 1)], true, false, None),
        (&[(Withdrawn, 1), (Given, 2), (Withdrawn, 3)], true, false, None),
        // Of two words in the same second, the no wins.
        (&[(Withdrawn, 1), (Given, 1)], true, false, None),
        (&[(Held, 1)], true, true, None),
        (&[(Given, 1), (Held, 1)], true, true, Some(1)),
        (&[(Held, 1), (Given, 2)], false, false, Some(2)),
        (&[(Held, 1), (Withdrawn, 2)], true, false, None),
        (&[(Withdrawn, 1), (Held, 2)], true, false, None),
        // It was not a no: what was said before is in force again, even if that was a no.
        (&[(Held, 1), (Released, 1)], false, false, None),
        (&[(Given, 0), (Held, 1), (Released, 2)], false, false, Some(0)),
        (&[(Withdrawn, 0), (Held, 1), (Released, 2)], true, false, None),
        (&[(Held, 1), (Released, 2), (Held, 3)], true, true, None),
    ] {
        let stand = stand(words);
        assert_eq!(
            (stand.stops(), stand.is_held(), stand.given_at()),
            (stops, held, given.map(Timestamp)),
            "{words:?}"
        );
    }
}

#[test]
fn who_overrules_whom() {
    use WordSource::*;
    let said = |given, at, source| CardWord {
        given,
        at: Timestamp(at),
        source,
    };
    for (known, new, expected) in [
        (said(true, 1, Import), said(false, 2, Import), true),
        (said(true, 2, Import), said(false, 1, Import), false),
        // The guest's own no outranks anybody else's yes, whenever that was said.
        (said(true, 2, Import), said(false, 1, Guest), true),
        (said(true, 2, Operator), said(false, 1, Provider), true),
        (said(true, 2, Guest), said(false, 1, Guest), false),
        (said(false, 1, Guest), said(true, 2, Import), false),
        (said(false, 1, Provider), said(true, 2, Api), false),
        (said(false, 1, Guest), said(true, 2, Operator), false),
        (said(false, 1, Guest), said(true, 2, Guest), true),
        (said(false, 1, Provider), said(true, 2, Guest), true),
        (said(false, 2, Guest), said(true, 2, Guest), false),
        (said(false, 1, Import), said(true, 2, Api), true),
        (said(false, 2, Import), said(true, 1, Api), false),
        (said(true, 1, Guest), said(false, 2, Api), true),
        (said(true, 1, Guest), said(true, 1, Import), true),
    ] {
        assert_eq!(new.overrules(&known), expected, "{known:?} {new:?}");
    }
}

#[test]
fn marketing_goes_to_whom_some_word_gives_it_and_none_stops_it() {
    let card = |given, at| {
        Some(CardWord {
            given,
            at: Timestamp(at),
            source: WordSource::Import,
        })
    };
    for (card, stands, expected) in [
        (None, &[][..], false),
        (card(true, 1), &[], true),
        (card(false, 1), &[], false),
        (None, &[stand(&[(Given, 1)])], true),
        (card(false, 1), &[stand(&[(Given, 2)])], true),
        (card(false, 2), &[stand(&[(Given, 2)])], false),
        (card(true, 9), &[stand(&[(Withdrawn, 1)])], false),
        (card(true, 9), &[stand(&[(Held, 1)])], false),
        // A no from one of the guest's addresses is enough.
        (card(true, 9), &[stand(&[(Given, 8)]), stand(&[(Withdrawn, 1)])], false),
    ] {
        assert_eq!(allows(card, stands), expected, "{card:?} {stands:?}");
    }
}

#[test]
fn a_stop_covers_what_the_setting_says() {
    let channel = StopCovers::Channel;
    assert_eq!(channel.words(Channel::Sms, Withdrawn), [(Channel::Sms, Withdrawn)]);
    let all = StopCovers::AllChannels;
    assert_eq!(all.words(Channel::Sms, Withdrawn), Channel::ALL.map(|c| (c, Withdrawn)));
    let given = all.words(Channel::Sms, Given);
    assert!(given.contains(&(Channel::Sms, Given)) && given.contains(&(Channel::Telegram, Released)));
    assert_eq!("all_channels".parse(), Ok(all));
    assert!("everything".parse::<StopCovers>().is_err());
}

#[test]
fn every_kind_is_in_one_space_and_an_address_is_a_spelling_of_itself() {
    for kind in EndpointKind::ALL {
        let space = Space::of(kind);
        assert!(space.kinds().any(|other| other == kind));
        assert!(space.spellings("+79990000001").contains(&"+79990000001".to_owned()));
        assert!(space.spellings("123@lid").contains(&"123@lid".to_owned()));
    }
    assert_eq!(Space::of(EndpointKind::Phone), Space::of(EndpointKind::WhatsApp));
}

fn word() -> impl Strategy<Value = (Word, i64)> {
    (prop::sample::select(Word::ALL.to_vec()), 0..5i64)
}

proptest! {
    #[test]
    fn the_order_of_hearing_is_nothing(words in prop::collection::vec(word(), 0..8), turn in any::<prop::sample::Index>()) {
        let mut turned = words.clone();
        turned.reverse();
        if !turned.is_empty() {
            let at = turn.index(turned.len());
            turned.rotate_left(at);
        }
        prop_assert_eq!(stand(&words), stand(&turned));
        let twice: Vec<_> = words.iter().chain(&words).copied().collect();
        prop_assert_eq!(stand(&words), stand(&twice));
    }

    #[test]
    fn after_a_no_only_a_later_yes_lets_marketing_go(words in prop::collection::vec(word(), 0..8), at in 0..5i64) {
        let all: Vec<_> = words.iter().copied().chain([(Withdrawn, at)]).collect();
        let later_yes = words.iter().any(|(word, when)| *word == Given && *when > at);
        prop_assert!(stand(&all).stops() || later_yes);
    }
}
