use super::{Dress, frame, plain, settings, tlv};
use crate::Event;
use crate::smpp::deliver::heard;
use crate::smpp::parts::Parts;
use crate::smpp::tests::NOW;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::Inbound;
use serde_json::json;

fn texts(events: &[Event]) -> Vec<&str> {
    let words = |event| match event {
        &Event::Inbound(Inbound { ref content, .. }) => content.words().unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    events.iter().map(words).collect()
}

#[test]
fn parts_by_header_or_by_tlvs_make_one_message() {
    let settings = settings(&json!({}));
    let by_header = |reference: u8, number: u8, text: &str| {
        let text = [&[5, 0, 3, reference, 2, number], text.as_bytes()].concat();
        heard(
            &frame(&Dress {
                esm_class: 0x40,
                ..plain(&text)
            }),
            &settings,
            NOW,
        )
    };
    let by_tlvs = |number: u8, text: &str| {
        let behind = [tlv(0x020C, &[0, 9]), tlv(0x020E, &[2]), tlv(0x020F, &[number])].concat();
        heard(
            &frame(&Dress {
                behind,
                ..plain(text.as_bytes())
            }),
            &settings,
            NOW,
        )
    };
    let mut parts = Parts::default();
    // Heard together, in any order, with a duplicate and a part of another message.
    let (events, whole) = parts.events(
        vec![
            by_header(9, 2, "OP"),
            by_header(7, 1, "else"),
            by_header(9, 2, "OP"),
            by_header(9, 1, "ST"),
        ],
        NOW,
    );
    assert_eq!(texts(&events), ["else", "STOP"]);
    // Not stored: it comes again.
    let (again, _) = parts.events(vec![by_header(9, 1, "ST")], NOW);
    assert_eq!(texts(&again), ["STOP"]);
    parts.forget(&whole);
    // One after the other, and a reference that is used again.
    let (events, _) = parts.events(vec![by_header(9, 1, "ST")], NOW);
    assert_eq!(texts(&events), ["ST"]);
    let (events, whole) = parts.events(vec![by_header(9, 2, "OP")], NOW);
    assert_eq!(texts(&events), ["STOP"]);
    parts.forget(&whole);
    assert_eq!(
        texts(&parts.events(vec![by_tlvs(1, "ST"), by_tlvs(2, "OP")], NOW).0),
        ["STOP"]
    );
    // Too late to belong together.
    parts.events(vec![by_header(1, 1, "ST")], NOW);
    let late = Timestamp(NOW.0 + 11 * 60_000);
    assert_eq!(texts(&parts.events(vec![by_header(1, 2, "OP")], late).0), ["OP"]);
}
