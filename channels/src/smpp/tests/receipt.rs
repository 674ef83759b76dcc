use super::super::receipt::{IdForm, ReceiptText, State, instant};
use crate::ReceiptStatus;
use bellhop_domain::Timestamp;
use proptest::prelude::*;

fn text(id: &str, stat: &str, err: &str, done: &str) -> ReceiptText {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ReceiptText {
        id: some(id),
        stat: some(stat),
        err: some(err),
        done: some(done),
    }
}

#[test]
fn the_text_in_all_its_shapes() {
    for (written, expected) in [
        (
            "id:0123456789 sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 stat:DELIVRD err:000 text:Pizza",
            text("0123456789", "DELIVRD", "000", "2603010901"),
        ),
        // Capitals, another order, seconds.
        (
            "STAT:undeliv ERR:69 Done Date:260301090159 ID:af-01 TEXT:",
            text("af-01", "UNDELIV", "69", "260301090159"),
        ),
        ("id:7 stat:EXPIRED", text("7", "EXPIRED", "", "")),
        ("stat: REJECTD id: 9 ", text("9", "REJECTD", "", "")),
        ("id:\tA stat:DELIVRD", text("A", "DELIVRD", "", "")),
        // The guest's words are not the operator's.
        ("id:7 stat:UNDELIV text:id:8 stat:DELIVRD", text("7", "UNDELIV", "", "")),
        ("id:7 text:stat:DELIVRD", text("7", "", "", "")),
        // Unless only they are left, in whatever order.
        ("text:Pizza id:7 stat:DELIVRD", text("7", "DELIVRD", "", "")),
        ("id: stat: err:", text("", "", "", "")),
        ("grid:7", text("", "", "", "")),
        ("", text("", "", "", "")),
    ] {
        assert_eq!(ReceiptText::read(written), expected, "{written:?}");
    }
}

proptest! {
    #[test]
    fn fields_are_found_in_any_order_and_case(
        order in Just(vec![0, 1, 2, 3, 4, 5]).prop_shuffle(),
        capitals: bool,
        id in "[0-9A-Fa-f]{1,20}",
        stat in prop_oneof![Just("DELIVRD"), Just("UNDELIV"), Just("ACCEPTD")],
        gap in "[ ]{1,3}",
    ) {
        let fields = [
            ("id", id.as_str()), ("sub", "001"), ("dlvrd", "001"),
            ("done date", "2603010901"), ("stat", stat), ("err", "000"),
        ];
        let write = |at: &usize| {
            let (name, value) = fields[*at];
            let name = if capitals { name.to_uppercase() } else { name.to_owned() };
            format!("{name}:{value}")
        };
        let written: Vec<_> = order.iter().map(write).collect();
        prop_assert_eq!(ReceiptText::read(&written.join(&gap)), text(&id, stat, "000", "2603010901"));
    }

    #[test]
    fn any_text_is_read_without_harm(written in "\\PC{0,200}|(id:|text:|stat:|done date:| |[а-я]){0,30}") {
        ReceiptText::read(&written);
    }
}

/// PROVIDERS.md §4.4, row by row.
#[test]
fn every_state() {
    let undelivered = |why: &str| ReceiptStatus::Undelivered {
        why: why.to_owned(),
        gone: false,
    };
    for (number, stat, status) in [
        (1, "ENROUTE", ReceiptStatus::Pending),
        (2, "DELIVRD", ReceiptStatus::Delivered),
        (3, "EXPIRED", undelivered("EXPIRED: not delivered in time (err 42)")),
        (4, "DELETED", undelivered("DELETED: deleted by the operator (err 42)")),
        (5, "UNDELIV", undelivered("UNDELIV: cannot be delivered (err 42)")),
        (6, "ACCEPTD", ReceiptStatus::Pending),
        (7, "UNKNOWN", ReceiptStatus::Pending),
        (
            8,
            "REJECTD",
            ReceiptStatus::Rejected {
                why: "REJECTD: refused by the operator: a filter or a block (err 42)".to_owned(),
            },
        ),
    ] {
        let state = State::of_stat(stat);
        assert_eq!(State::of_tlv(number), state, "{stat}");
        assert_eq!(state.unwrap().status(Some("42")), status, "{stat}");
    }
    assert_eq!(State::of_tlv(0), Some(State::Enroute));
    assert_eq!((State::of_tlv(9), State::of_stat("LOST")), (None, None));
    assert_eq!(
        State::Expired.status(Some("000")),
        undelivered("EXPIRED: not delivered in time"),
        "an error of zero is none"
    );
}

#[test]
fn ids_meet_whatever_way_they_are_written() {
    for (submit, answered, receipt, reported) in [
        (IdForm::AsIs, "0aF-1", IdForm::AsIs, "0aF-1"),
        (IdForm::Hex, "1F", IdForm::Decimal, "31"),
        (IdForm::Hex, "0x001f", IdForm::Decimal, "0000000031"),
        (IdForm::Decimal, "31", IdForm::Hex, "1f"),
        (IdForm::Hex, "00AB", IdForm::Hex, "ab"),
        (IdForm::Decimal, "0007", IdForm::Decimal, "7"),
        (IdForm::Hex, "not hex", IdForm::AsIs, "not hex"),
    ] {
        assert_eq!(
            submit.normal(answered),
            receipt.normal(reported),
            "{answered} {reported}"
        );
    }
    assert_ne!(IdForm::AsIs.normal("1F"), IdForm::AsIs.normal("31"));
    let long = "f".repeat(40);
    assert_eq!(IdForm::Hex.normal(&long), long, "longer than 128 bits");
    assert_eq!(IdForm::Decimal.normal("+5"), "+5", "a sign is no digit");
}

#[test]
fn an_instant_by_the_operators_clock() {
    let moscow = "+03:00".parse().unwrap();
    // 2026-03-01 09:01 in Moscow.
    assert_eq!(instant("2603010901", moscow), Some(Timestamp(1_772_344_860_000)));
    assert_eq!(instant("260301090105", moscow), Some(Timestamp(1_772_344_865_000)));
    for bad in ["", "2613010901", "260301090", "soonsoonso", "2603010901+3"] {
        assert_eq!(instant(bad, moscow), None, "{bad}");
    }
}
